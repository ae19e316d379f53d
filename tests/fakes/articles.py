"""A stream of articles, planned by a seed: what each says, whom it must ring, and what it does to others.

A tenth copies an earlier one under another address, others are edits, come twice, are backfill, or are
no articles at all. Stories share no words, so what belongs together is known beforehand. The clock
enters when an article is made: it is first seen when it is sent.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas import Article, Flag
from tests.memories import prose
from tocsin.articles import complete

ENTITIES = range(15, 20)
"""The signals whose subscriptions need entities."""

SIGNALS = range(20)

WATCH_LIST = """\
name = "harbour"
[[actor]]
id = "harbour-watch"
name = "Harbour Watch"
type = "organisation"
short = ["harbour"]
[[actor.alias]]
text = "Harbour Watch"
language = "*"
"""


class Kind(StrEnum):
    """What a planned article is to those before it.

    AGAIN is the very record of an earlier one, LOUD the same version found once more, not as backfill.
    """

    NEW = "new"
    COPY = "copy"
    EDIT = "edit"
    AGAIN = "again"
    LOUD = "loud"
    BACKFILL = "backfill"
    POISON = "poison"


SHARES = {
    Kind.NEW: 66,
    Kind.COPY: 12,
    Kind.EDIT: 6,
    Kind.AGAIN: 4,
    Kind.LOUD: 4,
    Kind.BACKFILL: 5,
    Kind.POISON: 3,
}
"""Of a hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One record: `of` is the number of the article that it repeats, `signals` what it names by itself."""

    number: int
    kind: Kind
    of: int
    signals: tuple[int, ...] = ()


def plan(seed: int, size: int, shares: Mapping[Kind, int] = SHARES) -> list[Planned]:
    """Plan so many records, of kinds in these shares."""
    chance = random.Random(seed)
    told: list[int] = []
    found: list[Planned] = []
    for number in range(size):
        (kind,) = chance.choices(list(shares), list(shares.values()))
        if not told and kind is not Kind.POISON:
            kind = Kind.NEW
        signals = tuple(sorted(chance.sample(SIGNALS, chance.choice((0, 1, 1, 2, 3)))))
        if kind is Kind.COPY:
            signals = signals[:1]  # with many words of its own it would be no copy
        of = number
        if kind in (Kind.COPY, Kind.EDIT, Kind.AGAIN, Kind.LOUD):
            of = chance.choice(told[-40:])
        elif kind is not Kind.POISON:
            told.append(number)
        found.append(Planned(number=number, kind=kind, of=of, signals=signals))
    return found


def subscriptions(signals: Sequence[int] = SIGNALS) -> str:
    """Write the subscriptions to signals as a file of them."""
    return "".join(
        f"[[subscription]]\nid = \"{name_of(each)}\"\nquery = '{_query(each)}'\n\n"
        for each in signals
    )


def name_of(signal: int) -> str:
    """Name the subscription to a signal."""
    return f"signal-{signal:02d}"


def _query(signal: int) -> str:
    word = f"beacon{signal:02d}"
    if signal in ENTITIES:
        return f"{word} AND place:Niger"
    return {
        1: f'"signal {word}"',
        2: f"{word} AND NOT football",
        3: f"({word} OR nothingelse) AND lit",
        4: f"text:{word}",
        5: f"{word} AND actor:harbour-watch",
    }.get(signal, word)


def _sentence(signal: int) -> str:
    where = " near Niamey in Niger" if signal in ENTITIES else ""
    who = ", said the Harbour Watch" if signal == 5 else ""
    return f"The signal beacon{signal:02d} was lit{where}{who}."


def article(planned: Sequence[Planned], number: int, seed: int, first_seen: datetime) -> Article:
    """Make the article that was planned under a number; what comes again is to be sent as it was."""
    each = planned[number]
    told = planned[each.of]
    said = (*told.signals, *(each.signals if each.kind in (Kind.COPY, Kind.EDIT) else ()))
    text = prose(seed * 1_000_000 + each.of) + "".join(f"\n\n{_sentence(it)}" for it in said)
    source = number if each.kind is Kind.COPY else each.of
    return complete(
        url=f"https://paper{source % 50}.example/{seed}/t{source}",
        title=f"Report of t{each.of}",
        text=text,
        first_seen=first_seen,
        flags=(Flag.BACKFILL,) if each.kind is Kind.BACKFILL else (),
    )


def poison(number: int, seed: int) -> bytes:
    """Make what is no record."""
    return f'{{"title": "t{number} of {seed}", "text":'.encode()


def expected(planned: Sequence[Planned], sent: Iterable[int]) -> set[tuple[str, int]]:
    """Say whom the records of these numbers ring: (subscription, number of the story's article)."""
    found: set[tuple[str, int]] = set()
    for number in sent:
        each = planned[number]
        if each.kind in (Kind.POISON, Kind.BACKFILL, Kind.AGAIN):
            continue
        told = planned[each.of]
        own = each.signals if each.kind is not Kind.LOUD else ()
        found |= {(name_of(it), each.of) for it in (*told.signals, *own)}
    return found
