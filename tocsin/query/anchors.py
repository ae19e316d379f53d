"""What must be in an article version before a term can be satisfied: keys, which are cheap to look up.

A key is a word, a short phrase, or a kind of value with the value.
"""

from dataclasses import dataclass
from itertools import pairwise

from tocsin.query.nodes import NAMED, WRITTEN, Exact, Field, Leaf, Near, Or, Term
from tocsin.query.words import words_of

Key = str | tuple[str, ...]
"""A word; or the words of a phrase; or a kind of key, which begins with a colon, and its value."""

LONGEST_PHRASE = 5
"""Words of a phrase that is a key. Of a longer one each two neighbours are, and it takes a closer look."""

PREFIX = ":prefix"
ACTOR = ":actor"
NAME = ":name"
ANY_ENTITY = (":entities", "")
ANYTHING = (":anything", "")

Keys = tuple[Key, ...]
"""Keys of which an article version has at least one."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What an article version must have before a term can be satisfied: one of each of `keys`.

    If `suffice`, it is satisfied wherever they are there; else it takes a closer look.
    """

    keys: tuple[Keys, ...]
    suffice: bool = False


def value_key(field: Field, value: str) -> tuple[str, str]:
    """Make the key of a value of metadata."""
    return f":{field}", value


def needs_of(term: Term) -> Needs:
    """Say what a term needs."""
    if isinstance(term, Exact):
        return Needs(needs_of(term.leaf).keys)
    if isinstance(term, Near):
        return Needs(tuple(dict.fromkeys(each for part in term.parts for each in _of_part(part))))
    if not isinstance(term, Leaf):
        return Needs(((ANYTHING,),))
    if term.field in WRITTEN:
        return _of_words(term)
    if term.field in NAMED:
        return _of_name(term)
    if term.field == Field.ACTOR:
        return Needs((((ACTOR, term.actor),),), suffice=True)
    return Needs(((value_key(term.field or Field.TEXT, term.text.lower()),),), suffice=True)


def _of_part(part: Leaf | Exact | Or) -> tuple[Keys, ...]:
    """Say what a part of a NEAR needs; of an OR, one thing of each of its leaves."""
    if not isinstance(part, Or):
        return needs_of(part).keys
    firsts = [needs_of(each).keys[0] for each in part.parts if isinstance(each, Leaf | Exact)]
    return (tuple(dict.fromkeys(key for keys in firsts for key in keys)),)


def _of_words(leaf: Leaf) -> Needs:
    """Take the phrase; the last word of a beginning by itself."""
    words = words_of(leaf.text)
    whole = words[:-1] if leaf.is_prefix else words
    keys: list[Key] = list(whole)
    if len(whole) > 1:
        keys = list(pairwise(whole)) if len(whole) > LONGEST_PHRASE else [whole]
    if leaf.is_prefix:
        keys.append((PREFIX, words[-1]))
    return Needs(
        tuple((key,) for key in dict.fromkeys(keys)), suffice=leaf.field is None and len(keys) == 1
    )


def _of_name(leaf: Leaf) -> Needs:
    """Take every whole word of a name, each of which may be the id of the entity instead."""
    words = words_of(leaf.text)
    whole = words[:-1] if leaf.is_prefix else words
    if leaf.field == Field.COUNTRY or not whole:
        return Needs(((ANY_ENTITY,),))
    named_by_id = NAME, leaf.text.casefold()
    return Needs(tuple(tuple(dict.fromkeys(((NAME, word), named_by_id))) for word in whole))
