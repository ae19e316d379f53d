"""Proof: what in an article version satisfies one term of a query."""

from datetime import datetime

from schemas import Entity, Evidence, Mention
from tocsin.query.nearness import near
from tocsin.query.nodes import NAMED, WRITTEN, Clock, Copies, Dated, Exact, Field, Leaf, Near, Term
from tocsin.query.places import Place, names, places
from tocsin.query.printer import print_query
from tocsin.query.view import View, Written


def term_evidence(node: Term, view: View) -> tuple[Evidence, ...] | None:
    """Find what satisfies a term: the first place in the title, else in the text; None without.

    Of a NEAR every part is proved, by places that stand close together.
    """
    if isinstance(node, Near):
        found = near(node, view)
        if found is None:
            return None
        written, close = found
        return tuple(_at(each.leaf, written, each.place) for each in close)
    proof = _leaf_evidence(node, view)
    return None if proof is None else (proof,)


def _leaf_evidence(node: Leaf | Exact | Copies | Dated, view: View) -> Evidence | None:
    if isinstance(node, Copies):
        copies = view.article_version.copies
        return _value_of(node, str(copies)) if node.includes(copies) else None
    if isinstance(node, Dated):
        instant = instant_of(node, view)
        return _value_of(node, f"{instant:%Y-%m-%dT%H:%M:%SZ}") if node.includes(instant) else None
    if isinstance(node, Exact) or node.field in WRITTEN:
        return _written_evidence(node, view)
    if node.field == Field.ACTOR:
        return _mention_evidence(node, view)
    if node.field in NAMED:
        return _entity_evidence(node, view)
    is_so = (node.field or Field.TEXT, node.text.lower()) in view.values
    return _value_of(node, _value(node, view)) if is_so else None


def instant_of(node: Dated, view: View) -> datetime | None:
    """Read the clock of an article version that a date is compared with."""
    article = view.article_version.article
    return article.published if node.clock is Clock.PUBLISHED else article.first_seen


def _value_of(node: Term, value: str) -> Evidence:
    return Evidence(leaf=print_query(node), text=value)


def _value(node: Leaf, view: View) -> str:
    """Say the value of the article version that satisfied a leaf about metadata."""
    article = view.article_version.article
    if node.field == Field.LANGUAGE:
        return view.article_version.language or article.language
    if node.field == Field.PUBLISHER:
        return article.publisher
    return article.feed if node.field == Field.FEED else node.text.lower()


def _written_evidence(node: Leaf | Exact, view: View) -> Evidence | None:
    for written in (view.title, view.text):
        place = next(places(node, view, written), None)
        if place:
            return _at(node, written, place)
    return None


def _at(node: Leaf | Exact, written: Written, place: Place) -> Evidence:
    return _quoted(node, written, *written.span(place.first, place.last))


def _quoted(node: Leaf | Exact, written: Written, start: int, end: int) -> Evidence:
    """Make evidence of a span of a field, with its sentence."""
    first, last = written.sentence(start, end)
    return Evidence(
        leaf=print_query(node),
        text=written.original[start:end],
        field=written.field,
        start=start,
        end=end,
        sentence=written.original[first:last],
    )


def _order(found: Mention | Entity) -> tuple[bool, int, int]:
    """Put what stands in the title first."""
    return found.field != "title", found.start, found.end


def _mention_evidence(node: Leaf, view: View) -> Evidence | None:
    wanted = node.actor
    mentions = [each for each in view.article_version.mentions if each.actor == wanted]
    if not mentions:
        return None
    first = min(mentions, key=_order)
    return Evidence(
        leaf=print_query(node),
        text=first.surface,
        field=first.field,
        start=first.start,
        end=first.end,
        sentence=first.sentence,
    )


def _entity_evidence(node: Leaf, view: View) -> Evidence | None:
    found = [each for each in view.article_version.entities if names(node, each)]
    if not found:
        return None
    first = min(found, key=_order)
    written = view.title if first.field == "title" else view.text
    return _quoted(node, written, first.start, first.end)
