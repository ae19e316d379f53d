"""Nearness: whether all parts of a NEAR stand close together in a field, and at which places."""

import sys
from dataclasses import dataclass
from itertools import groupby

from tocsin.query.nodes import Exact, Leaf, Near
from tocsin.query.places import Place, choices, places
from tocsin.query.view import View, Written


@dataclass(frozen=True, slots=True)
class Found:
    """A place, the part of a NEAR that it satisfies, and the leaf that it satisfies of that."""

    place: Place
    part: int
    leaf: Leaf | Exact


@dataclass(frozen=True, slots=True)
class _Chain:
    """Places of some of the parts, none overlapping: where they end, and how many words lie between."""

    end: int
    gaps: int
    found: tuple[Found, ...]


def near(node: Near, view: View) -> tuple[Written, tuple[Found, ...]] | None:
    """Find the first field where the parts stand close together, and a place of each, in their order."""
    for written in (view.title, view.text):
        found = _close(node, view, written)
        if found:
            return written, tuple(sorted(found, key=lambda each: each.part))
    return None


def _close(node: Near, view: View, written: Written) -> tuple[Found, ...]:
    """Find places of all parts that are close together in one field; none if there are not."""
    by_part: list[list[Found]] = []
    for number, part in enumerate(node.parts):
        by_part.append(
            [
                Found(place, number, leaf)
                for leaf in choices(part)
                for place in places(leaf, view, written)
            ]
        )
        if not by_part[-1]:
            return ()
    return _chained(_within_reach(by_part, node.distance), len(node.parts), node)


def _within_reach(by_part: list[list[Found]], distance: int) -> list[Found]:
    """Leave out the places that are too far from every place of the rarest part; in order."""
    widths = [max(it.place.last - it.place.first + 1 for it in found) for found in by_part]
    reach = distance + sum(widths)
    rarest = min(by_part, key=len)
    spans = iter(sorted((it.place.first - reach, it.place.first + reach) for it in rarest))
    low, high = next(spans)
    kept: list[Found] = []
    for each in sorted((it for found in by_part for it in found), key=lambda it: it.place.first):
        while each.place.first > high:
            low, high = next(spans, (sys.maxsize, sys.maxsize))
        if low <= each.place.first:
            kept.append(each)
    return kept


def _chained(found: list[Found], count: int, node: Near) -> tuple[Found, ...]:
    """Chain places from left to right until one chain has all parts.

    Chains are kept by the set of parts they have; one that has ended too long ago is dropped.
    """
    before, whole = _before(node), (1 << count) - 1
    chains: dict[int, list[_Chain]] = {}
    for first, here in groupby(found, key=lambda it: it.place.first):
        chains = _still_near(chains, first, node.distance)
        begun: dict[int, list[_Chain]] = {}
        for each in here:
            bit, needed, last = 1 << each.part, before[each.part], each.place.last
            if not needed:
                begun.setdefault(bit, []).append(_Chain(last, 0, (each,)))
            for parts, open_chains in chains.items():
                if parts & bit or parts & needed != needed:
                    continue
                begun.setdefault(parts | bit, []).extend(
                    _Chain(last, it.gaps + first - it.end - 1, (*it.found, each))
                    for it in open_chains
                    if it.end < first
                )
        if begun.get(whole):
            return begun[whole][0].found
        for parts, new in begun.items():
            chains[parts] = _best([*chains.get(parts, ()), *new])
    return ()


def _still_near(
    chains: dict[int, list[_Chain]], first: int, distance: int
) -> dict[int, list[_Chain]]:
    """Keep the chains that a place beginning at a word could still belong to."""
    near = {
        parts: [it for it in open_chains if it.gaps + first - it.end - 1 <= distance]
        for parts, open_chains in chains.items()
    }
    return {parts: open_chains for parts, open_chains in near.items() if open_chains}


def _before(node: Near) -> list[int]:
    """Say for each part which others must have their places before it, as a set of bits.

    Of equal parts the first ones come first: otherwise every order of them would be tried.
    """
    if node.is_ordered:
        return [(1 << number) - 1 for number in range(len(node.parts))]
    return [
        sum(1 << at for at in range(number) if node.parts[at] == part)
        for number, part in enumerate(node.parts)
    ]


def _best(chains: list[_Chain]) -> list[_Chain]:
    """Leave out chains that end no sooner than another and leave no more room than it."""
    if len(chains) < 2:
        return chains
    kept: list[_Chain] = []
    most_room = -sys.maxsize
    for each in sorted(chains, key=lambda it: (it.end, it.gaps)):
        if each.end - each.gaps > most_room:
            most_room = each.end - each.gaps
            kept.append(each)
    return kept
