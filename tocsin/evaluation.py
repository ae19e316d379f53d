"""Evaluation: what the matcher finds against what people labelled, by language.

A labelled document lists surface forms with the thing each names. Recall is counted over documents
(the actor is found at all) and over forms (each labelled form is found). Precision has no full
answer, because labels leave out adjectives: counted are mentions by name that are labelled as
something else (`wrong`) or not labelled at all (`unlabelled`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas import Article, Mention, MentionKind
from tocsin.folding import fold
from tocsin.matcher import Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One labelled document: `labels` are (surface form, id of the thing named)."""

    name: str
    language: str
    title: str
    text: str
    labels: tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts of one language. `misses` and `alarms` are lines for people."""

    documents: int = 0
    wanted_documents: int = 0
    found_documents: int = 0
    wanted_forms: int = 0
    found_forms: int = 0
    by_name: int = 0
    wrong: int = 0
    unlabelled: int = 0
    misses: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)


def score(
    documents: Iterable[Labelled], matcher: Matcher, *, actor: str, ids: frozenset[str]
) -> dict[str, Score]:
    """Score each language, `ids` being the labels of the actor."""
    scores: dict[str, Score] = defaultdict(Score)
    for document in documents:
        article = Article(id=document.name, version="", title=document.title, text=document.text)
        mentions, _ = matcher.find(article, language=document.language, story=document.name)
        own = [mention for mention in mentions if mention.actor == actor]
        _count(scores[document.language], document, own, ids)
    return dict(sorted(scores.items()))


def _count(into: Score, document: Labelled, mentions: list[Mention], ids: frozenset[str]) -> None:
    found = {fold(mention.surface).text for mention in mentions}
    wanted = [surface for surface, label in document.labels if label in ids]
    missed = [surface for surface in wanted if not _is_among(surface, found)]
    into.documents += 1
    into.wanted_documents += bool(wanted)
    into.found_documents += bool(wanted) and bool(mentions)
    into.wanted_forms += len(wanted)
    into.found_forms += len(wanted) - len(missed)
    into.misses += [f"{document.name}: {surface}" for surface in missed]
    _count_alarms(into, document, mentions, ids)


def _count_alarms(
    into: Score, document: Labelled, mentions: list[Mention], ids: frozenset[str]
) -> None:
    """Count the forms found by name that are labelled otherwise, or nowhere, once a document."""
    by_name = (MentionKind.NAME, MentionKind.ACRONYM)
    for surface in sorted({each.surface for each in mentions if each.kind in by_name}):
        labels = {
            label for written, label in document.labels if _is_among(surface, {fold(written).text})
        }
        into.by_name += 1
        if labels and not labels & ids:
            into.wrong += 1
            into.alarms.append(f"{document.name}: {surface} ({', '.join(sorted(labels))})")
        elif not labels:
            into.unlabelled += 1
            into.alarms.append(f"{document.name}: {surface} (no label)")


def _is_among(surface: str, found: set[str]) -> bool:
    """Tell whether the form was found, as it is or as part of a longer one, or the other way."""
    wanted = fold(surface).text
    return any(wanted in each or each in wanted for each in found)
