"""Places: where in one field of an article version a leaf is satisfied, counted in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas import Entity, EntityType, Mention
from tocsin.query.nodes import NAMED, WRITTEN, Exact, Field, Leaf, Or
from tocsin.query.spelling import is_spelled
from tocsin.query.view import ENTITY_TYPES, View, Written
from tocsin.query.words import is_within, words_of


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """From the first word to the last word of what satisfies a leaf, counted from 0."""

    first: int
    last: int


def places(node: Leaf | Exact, view: View, written: Written) -> Iterator[Place]:
    """Find every place of a leaf in one field; none for a leaf that looks elsewhere."""
    if isinstance(node, Exact):
        found = places(node.leaf, view, written)
        yield from (place for place in found if is_spelled(node, written, place.first))
    elif node.field in WRITTEN:
        if node.field in (None, Field(written.field)):
            words = words_of(node.text)
            for first, last in written.places(words, is_prefix=node.is_prefix):
                yield Place(first, last)
    elif node.field == Field.ACTOR:
        wanted = node.actor
        mentions = view.article_version.mentions
        yield from _named([each for each in mentions if each.actor == wanted], written)
    elif node.field in NAMED:
        entities = view.article_version.entities
        yield from _named([each for each in entities if names(node, each)], written)


def _named(found: Iterable[Mention | Entity], written: Written) -> Iterator[Place]:
    """Find the places of mentions or entities."""
    for each in found:
        words = written.words_in(each.start, each.end) if each.field == written.field else None
        if words:
            yield Place(*words)


def choices(part: Leaf | Exact | Or) -> tuple[Leaf | Exact, ...]:
    """List the leaves of which any will do."""
    nodes = part.parts if isinstance(part, Or) else (part,)
    return tuple(node for node in nodes if isinstance(node, Leaf | Exact))


def names(node: Leaf, entity: Entity) -> bool:
    """Tell whether an entity is what a leaf asks for.

    A person is known by any part of the name, so that `person:Bazoum` finds Mohamed Bazoum; of all
    others the whole name is asked for, so that `place:Niger` is not the Niger Delta. An id (a
    Wikidata item, a country code) may be asked for instead. A country is known by its code, which
    begins those of its regions.
    """
    if entity.type not in ENTITY_TYPES[node.field or Field.ENTITY]:
        return False
    if node.field == Field.COUNTRY:
        return entity.id.partition("-")[0] == node.target
    if entity.id and node.text.casefold() == entity.id.casefold():
        return True
    wanted = words_of(node.text)
    known = (words_of(entity.name), words_of(entity.text))
    if entity.type == EntityType.PERSON:
        return any(is_within(wanted, words, is_prefix=node.is_prefix) for words in known)
    if node.is_prefix:
        return any(" ".join(words).startswith(" ".join(wanted)) for words in known)
    return wanted in known
