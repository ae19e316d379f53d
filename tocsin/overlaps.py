"""Overlaps: of the names of one actor that share letters, one counts; different actors may overlap."""

from bisect import bisect_left
from collections import defaultdict

from schemas import TextField
from tocsin.candidates import Candidate
from tocsin.verdict import Verdict

Judged = tuple[Candidate, Verdict]
_FIELDS = list(TextField)


def longest(judged: list[Judged], spoken: str) -> list[Judged]:
    """Keep, of overlapping names of one actor, the longest; sorted by field, start and actor.

    Of equally long ones an alias of the text's language family `spoken` comes first, then a mention,
    then the list's order.
    """
    taken: dict[tuple[str, TextField], list[tuple[int, int]]] = defaultdict(list)
    kept = []
    for candidate, verdict in sorted(judged, key=lambda each: _rank(each, spoken)):
        spans = taken[candidate.name.actor.id, candidate.scene.field]
        at = bisect_left(spans, (candidate.end, 0))
        if at == 0 or spans[at - 1][1] <= candidate.start:
            spans.insert(at, (candidate.start, candidate.end))
            kept.append((candidate, verdict))
    return sorted(kept, key=_place)


def _rank(judged: Judged, spoken: str) -> tuple[int, bool, bool, int, int]:
    candidate, verdict = judged
    return (
        candidate.start - candidate.end,
        candidate.name.family != spoken,
        not verdict.is_mention,
        candidate.start,
        candidate.name.order,
    )


def _place(judged: Judged) -> tuple[int, int, str]:
    candidate, _ = judged
    return (_FIELDS.index(candidate.scene.field), candidate.start, candidate.name.actor.id)
