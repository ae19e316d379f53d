"""Windows: whether words of a NEAR stand close together, where no two parts can share a word."""

from bisect import bisect_right

from tocsin.query.nodes import Leaf, Near
from tocsin.query.places import choices
from tocsin.query.view import View
from tocsin.query.words import words_of

Words = tuple[tuple[str, ...], ...]
"""The words that each part of a NEAR may be."""


def words_apart(node: Near) -> Words | None:
    """Give the words of each part; None if one is more than single words, or a word is in two parts."""
    parts = tuple(tuple(_word(each) for each in choices(part)) for part in node.parts)
    found = [word for part in parts for word in part]
    return parts if all(found) and len(set(found)) == sum(map(len, map(set, parts))) else None


def _word(leaf: object) -> str:
    """Give the word of a leaf that is one word anywhere, else nothing."""
    if not isinstance(leaf, Leaf) or leaf.field is not None or leaf.is_prefix:
        return ""
    words = words_of(leaf.text)
    return words[0] if len(words) == 1 else ""


def are_close(words: Words, node: Near, view: View) -> bool:
    """Tell whether a window holds a word of every part, and no more others than the distance."""
    places = [
        sorted(place for word in part for place in view.positions.get(word, ())) for part in words
    ]
    width = len(words) + node.distance
    return _in_order(places, width) if node.is_ordered else _in_any_order(places, width)


def _in_order(places: list[list[int]], width: int) -> bool:
    """Take from each start the next place of each part: no other choice ends sooner."""
    for start in places[0]:
        at = start
        for later in places[1:]:
            number = bisect_right(later, at)
            if number == len(later):
                return False
            at = later[number]
        if at - start < width:
            return True
    return False


def _in_any_order(places: list[list[int]], width: int) -> bool:
    """Keep the last place of each part: the window from the earliest of them on holds all."""
    last = [-width] * len(places)
    for place, part in sorted((place, part) for part, each in enumerate(places) for place in each):
        last[part] = place
        if place - min(last) < width:
            return True
    return False
