"""What is told of a story after it rang: how far it grew, whom its articles name anew; each once."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Actor, Alias, Article, Flag, Subscription, WatchList, freeze
from tests.memories import START, an_alert, an_article
from tocsin.articles import complete
from tocsin.updates import (
    Entry,
    Happening,
    Policy,
    can_have_grown,
    edit,
    edited,
    grown,
    growth,
    ids_of,
    policies_of,
    read_by,
)

LISTS = (
    WatchList(
        name="test",
        actors=(
            Actor(
                id="wagner-group",
                name="Wagner Group",
                short=("wagner",),
                aliases=(Alias(text="Wagner Group", language="*"),),
            ),
            Actor(id="ecowas", name="ECOWAS", aliases=(Alias(text="ECOWAS", language="*"),)),
        ),
    ),
)
BOTH = Subscription(
    id="niger",
    query='actor:wagner OR actor:ecowas OR "coup"',
    channels=("desk",),
    grows_past=(2, 5),
    edits=True,
)
WAGNER, ECOWAS = "The Wagner Group came.", "ECOWAS met."
ALERT = an_alert(an_article("root", "The coup."))


def policy(subscription: Subscription = BOTH) -> Policy:
    return policies_of(freeze(LISTS, (subscription,)))[subscription.id]


def a_version(text: str, hours: float = 0, *flags: Flag, **given: str) -> Article:
    url = "https://press.example/coup"
    seen = START + timedelta(hours=hours)
    return complete(url=url, text=f"{text} Then it rained.", first_seen=seen, flags=flags, **given)


def changes(before: Article, after: Article, subscription: Subscription = BOTH) -> list[Happening]:
    rules = freeze(LISTS, (subscription,))
    return edit(policy(subscription), read_by(rules, before), read_by(rules, after))


def said(happened: Sequence[Happening]) -> list[str]:
    return [each.what for each in happened]


def told(entries: Sequence[Entry]) -> list[str]:
    return [each.what for each in entries if each.what]


def test_only_who_wants_updates_and_has_a_channel_for_them_has_a_policy() -> None:
    plain = replace(BOTH, id="plain", grows_past=(), edits=False)
    nowhere = replace(BOTH, id="nowhere", channels=())
    found = policies_of(freeze(LISTS, (BOTH, plain, nowhere)))
    assert list(found) == ["niger"]
    assert found["niger"].asked == {"wagner-group": "Wagner Group", "ecowas": "ECOWAS"}


def test_who_does_not_ask_for_edits_asks_for_no_actors() -> None:
    assert policy(replace(BOTH, edits=False)).asked == {}


def test_an_actor_that_is_excluded_is_not_asked_for() -> None:
    query = "actor:ecowas AND NOT actor:wagner"
    assert list(policy(replace(BOTH, query=query)).asked) == ["ecowas"]


@pytest.mark.parametrize(
    ("publishers", "numbers"), [(2, []), (3, ["2"]), (5, ["2"]), (6, ["2", "5"])]
)
def test_a_story_grows_past_a_number_with_one_publisher_more(
    publishers: int, numbers: list[str]
) -> None:
    assert [each.value for each in growth(policy(), publishers)] == numbers
    assert can_have_grown({"niger": policy()}, publishers) is bool(numbers)


def test_growth_says_where_the_story_is_now() -> None:
    assert said(growth(policy(), 3)) == ["now at 3 publishers"]


def test_of_several_numbers_at_once_the_greatest_is_told_and_none_of_them_later() -> None:
    entries = grown([ALERT], growth(policy(), 9), set(), rings_now=False)
    assert told(entries) == ["now at 9 publishers"]
    assert [each.why for each in entries if not each.what] == ["it had grown further"]
    known = {each.id for each in entries}
    assert grown([ALERT], growth(policy(), 10), known, rings_now=False) == []


def test_a_lesser_number_is_not_told_behind_a_greater_one() -> None:
    """The subscription asked for one number more."""
    known = ids_of([ALERT.id], growth(policy(replace(BOTH, grows_past=(5,))), 6))
    assert told(grown([ALERT], growth(policy(), 7), known, rings_now=False)) == []


def test_what_a_story_had_grown_past_when_it_rang_is_not_told() -> None:
    entries = grown([ALERT], growth(policy(), 3), set(), rings_now=True)
    assert told(entries) == []
    later = grown([ALERT], growth(policy(), 6), {each.id for each in entries}, rings_now=False)
    assert told(later) == ["now at 6 publishers"]


def test_what_one_alert_of_a_story_told_the_other_does_not_tell_again() -> None:
    other = an_alert(an_article("other", "The coup.", 1))
    known = ids_of([other.id], growth(policy(), 3))
    assert grown([ALERT, other], growth(policy(), 3), known, rings_now=False) == []
    (entry,) = grown([other, ALERT], growth(policy(), 3), set(), rings_now=False)
    assert entry.alert == ALERT


def test_an_edit_tells_who_is_named_and_who_is_named_no_more() -> None:
    assert said(changes(a_version(WAGNER), a_version(ECOWAS, 1))) == [
        "press.example names ECOWAS",
        "press.example names Wagner Group no more",
    ]


def test_an_edit_of_anything_else_tells_nothing() -> None:
    assert changes(a_version(WAGNER), a_version(f"{WAGNER} At noon.", 1)) == []


@pytest.mark.parametrize(
    ("subscription", "flags"),
    [
        (BOTH, (Flag.BACKFILL,)),
        (BOTH, (Flag.OLD,)),
        (BOTH, (Flag.LATE,)),
        (replace(BOTH, publishers=("volta.example",)), ()),
        (replace(BOTH, min_confidence=1.0), ()),
        (replace(BOTH, query="coup"), ()),
    ],
)
def test_an_edit_tells_nothing_where_the_version_would_not_ring(
    subscription: Subscription, flags: tuple[Flag, ...]
) -> None:
    assert changes(a_version(ECOWAS), a_version(WAGNER, 1, *flags), subscription) == []


def test_all_that_one_edit_changes_is_told_in_one_update() -> None:
    happened = changes(a_version(WAGNER), a_version(ECOWAS, 1))
    entries = edited([ALERT], happened, set())
    assert told(entries) == ["press.example names ECOWAS; press.example names Wagner Group no more"]
    assert [each.why for each in entries] == ["", "it was told with another"]
    assert edited([ALERT], happened, {each.id for each in entries}) == []


def test_what_was_edited_before_the_alert_is_in_the_alert() -> None:
    later = replace(ALERT, first_seen=START + timedelta(hours=2))
    assert edited([later], changes(a_version(WAGNER), a_version(ECOWAS, 1)), set()) == []


TEXTS = (WAGNER, ECOWAS, f"{WAGNER} {ECOWAS}", "Nobody came.")


@given(st.lists(st.sampled_from(TEXTS), min_size=2, max_size=7), st.randoms(use_true_random=False))
def test_versions_that_come_in_another_order_enter_the_same(
    texts: list[str], chance: random.Random
) -> None:
    """Each version that comes is compared with its neighbours; doing all again adds nothing."""
    versions = [a_version(f"{text} {hour}", hour) for hour, text in enumerate(texts, 1)]
    shuffled = chance.sample(versions, len(versions))
    in_order, in_disorder = entered(versions), entered(shuffled)
    assert set(in_order) == set(in_disorder)
    assert entered(versions, in_order) == in_order


@given(st.lists(st.integers(1, 9), min_size=1))
def test_however_a_story_grows_the_same_is_entered_and_the_greatest_is_told(
    sizes: list[int],
) -> None:
    by_time: dict[str, Entry] = {}
    for size in sizes:
        found = grown([ALERT], growth(policy(), size), set(by_time), rings_now=False)
        by_time |= {each.id: each for each in found}
    at_once = grown([ALERT], growth(policy(), max(sizes)), set(), rings_now=False)
    assert set(by_time) == {each.id for each in at_once}
    assert all(by_time[each.id].what for each in at_once if each.what)


def entered(came: Sequence[Article], before: dict[str, Entry] | None = None) -> dict[str, Entry]:
    found, known = dict(before or {}), list[Article]()
    for article in came:
        known = sorted([*known, article], key=lambda each: each.order)
        at = known.index(article)
        around = known[max(at - 1, 0) : at + 2]
        happened = [it for pair in pairwise(around) for it in changes(*pair)]
        found |= {each.id: each for each in edited([ALERT], happened, set(found))}
    return found
