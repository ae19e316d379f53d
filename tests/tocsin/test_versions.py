from dataclasses import replace
from functools import reduce
from itertools import permutations

from schemas import Flag
from tests.memories import an_article
from tocsin.versions import article_of, keep, merge

LATE = an_article("one", "Some words.", 2)
EARLY_BACKFILL = an_article("one", "Some words.", 0, backfill=True)
EARLY_SIGNED = replace(an_article("one", "Some words.", 0, backfill=True), authors=("Z. Writer",))


def test_the_winner_does_not_depend_on_the_order() -> None:
    winners = {
        reduce(merge, map(keep, order))
        for order in permutations([LATE, EARLY_BACKFILL, EARLY_SIGNED])
    }
    assert len(winners) == 1


def test_the_earliest_record_wins_and_a_live_one_clears_backfill() -> None:
    article = article_of(merge(keep(LATE), keep(EARLY_BACKFILL)))
    assert article == replace(EARLY_BACKFILL, flags=())


def test_other_flags_stay_when_backfill_is_cleared() -> None:
    flagged = replace(EARLY_BACKFILL, flags=(Flag.BACKFILL, Flag.TRUNCATED))
    assert article_of(merge(keep(flagged), keep(LATE))).flags == (Flag.TRUNCATED,)


def test_what_was_late_when_it_was_first_remembered_stays_late_whichever_record_wins() -> None:
    for other in (LATE, EARLY_BACKFILL):
        kept = merge(keep(LATE, late=True), keep(other))
        assert article_of(kept) == replace(other, flags=(Flag.LATE,))
        assert merge(keep(other), keep(LATE, late=True)) == merge(kept, kept) == kept


def test_backfill_stays_while_nothing_else_was_seen() -> None:
    both = merge(keep(EARLY_BACKFILL), keep(EARLY_SIGNED))
    assert article_of(both).is_backfill
    assert merge(both, both) == both
