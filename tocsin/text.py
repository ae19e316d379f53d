"""What every reader of text needs: its folded form for matching, and its sentences."""

from tocsin.folding import Folded, fold
from tocsin.sentences import WIDEST, sentence_around, sentences, shorten

__all__ = ["WIDEST", "Folded", "fold", "sentence_around", "sentences", "shorten"]
