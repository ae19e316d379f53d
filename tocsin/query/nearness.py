"""Nearness: whether all parts of a NEAR stand close together in a field, and at which places."""

import sys
from dataclasses import dataclass

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
    chains: dict[int, list[_Chain]] = {}
    for each in found:
        bit, first = 1 << each.part, each.place.first
        begun: dict[int, list[_Chain]] = {}
        if each.part == 0 or not node.is_ordered:
            begun[bit] = [_Chain(each.place.last, 0, (each,))]
        for parts, open_chains in chains.items():
            fresh = [it for it in open_chains if it.gaps + first - it.end - 1 <= node.distance]
            chains[parts] = fresh
            if parts & bit or (node.is_ordered and parts != bit - 1):
                continue
            begun.setdefault(parts | bit, []).extend(
                _Chain(each.place.last, it.gaps + first - it.end - 1, (*it.found, each))
                for it in fresh
                if it.end < first
            )
        for parts, new in begun.items():
            if new and parts == (1 << count) - 1:
                return new[0].found
            chains[parts] = _best([*chains.get(parts, ()), *new])
    return ()


def _best(chains: list[_Chain]) -> list[_Chain]:
    """Leave out chains that end no sooner than another and leave no more room than it."""
    kept: list[_Chain] = []
    for each in sorted(chains, key=lambda it: (it.end, it.gaps)):
        if all(each.end - each.gaps > it.end - it.gaps for it in kept):
            kept.append(each)
    return kept
