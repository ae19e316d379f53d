"""Updates: what happened to stories that rang, entered to be delivered in the transaction of the results.

The ledger says what rang, `tocsin.updates` what is told of it. Whoever enters updates holds the lock of all
writers (`store.engine.writing`), so that what is looked up here stays so until it is entered.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from schemas import Alert, ArticleVersion, DeliveryState, MessageKind, RuleSet, Story, encode
from store import deliveries
from store.bulk import chunks
from store.edits import Edit, articles_at, edits_of
from store.ledger import rang
from store.lookups import alerts_by_id
from store.ordinals import microseconds
from store.tables import delivery
from tocsin.memory import Key
from tocsin.messages import Shown, update_message
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
from tocsin.watchlists import names_of
from tocsin.wording import link_to

MOST_MEMBERS = 1_000
"""Articles of a story that the ledger is asked for beside those that came: the earliest ones. What became one
story rang under its early articles, and one of ten thousand is not gone through whole for each copy."""

Rules = Callable[[datetime], RuleSet]
"""Gives the rule set in force for what was first seen at an instant."""


class Came(NamedTuple):
    """A batch of article versions, their stories as they are now, and what rang for them just now."""

    versions: Sequence[ArticleVersion]
    stories: Sequence[Story]
    rung: Sequence[Alert]


class _Touched(NamedTuple):
    """A story to which something may have happened, by the rule set of the last of it that came."""

    story: Story
    rule_set: RuleSet
    came: Collection[str]
    edits: Sequence[Edit]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What happened to a story for one subscription; `alerts` are the ids of what rang for it."""

    policy: Policy
    names: Mapping[str, str]
    story: Story
    alerts: Collection[str]
    grown: Sequence[Happening]
    edited: Sequence[Happening]

    @property
    def ids(self) -> set[str]:
        """All by which it may have been entered before."""
        return ids_of(self.alerts, [*self.grown, *self.edited])


def enter(connection: Connection, came: Came, rules: Rules, now: datetime, link: str = "") -> int:
    """Enter the updates that are new; return how many deliveries that are. Call it behind `ledger.ring`.

    `link` is the pattern of the URLs at which alerts are explained (`tocsin.wording.link_to`).
    Where no story of the batch has grown so far that anybody asks for it, and no article of it has another
    version, the ledger is not asked.
    """
    touched = _touched(connection, came, rules)
    members = {id: root for root, it in touched.items() for id in _members(it)}
    found = rang(connection, members) if members else {}
    cases = [
        case
        for root in sorted(found)
        for case in _cases(connection, touched[root], found[root], rules)
    ]
    known = _known(connection, {id for each in cases for id in each.ids})
    cases = [each for each in cases if not each.ids <= known]
    alerts = alerts_by_id(connection, {id for each in cases for id in each.alerts})
    rung = {each.id for each in came.rung}
    return sum(
        _enter_entry(connection, case, entry, now, link)
        for case in cases
        for entry in _entries(case, [alerts[id] for id in sorted(case.alerts)], known, rung)
    )


def _touched(connection: Connection, came: Came, rules: Rules) -> dict[str, _Touched]:
    """Choose the stories to ask the ledger about, by root; what is backfill is no reason to."""
    loud = [each for each in came.versions if not each.article.is_backfill]
    in_order = sorted(loud, key=lambda each: each.article.order)
    rule_sets = {each.story: rules(each.article.first_seen) for each in in_order}
    policies = {root: policies_of(each) for root, each in rule_sets.items()}
    edits: Mapping[str, Sequence[Edit]] = {}
    if any(policy.asked for each in policies.values() for policy in each.values()):
        keys = [(each.article.id, each.article.version) for each in in_order]
        edits = edits_of(connection, keys)
    found: dict[str, _Touched] = {}
    for story in (each for each in came.stories if each.id in policies):
        articles = sorted({each.article.id for each in in_order if each.story == story.id})
        those = [it for id in articles for it in edits.get(id, ())]
        if those or can_have_grown(policies[story.id], story.publishers):
            found[story.id] = _Touched(story, rule_sets[story.id], articles, those)
    return found


def _members(touched: _Touched) -> Iterator[str]:
    yield touched.story.id
    yield from touched.came
    yield from (each.article for each in touched.story.copies[:MOST_MEMBERS])


def _cases(
    connection: Connection, touched: _Touched, rang_for: Mapping[str, Collection[str]], rules: Rules
) -> Iterator[_Case]:
    """Say what happened to a story for each subscription that rang for it and wants to be told."""
    story, policies = touched.story, policies_of(touched.rule_set)
    told = {id: policies[id] for id in sorted(rang_for) if id in policies}
    edits = _read(connection, touched.edits, rules) if any(it.asked for it in told.values()) else []
    names = names_of(touched.rule_set.watch_lists)
    for id, policy in told.items():
        changes = [
            change
            for rule_set, before, after in edits
            if (then := policies_of(rule_set).get(id))
            for change in edit(then, before, after)
        ]
        yield _Case(
            policy=policy,
            names=names,
            story=story,
            alerts=rang_for[id],
            grown=growth(policy, story.publishers),
            edited=changes,
        )


def _read(
    connection: Connection, edits: Sequence[Edit], rules: Rules
) -> list[tuple[RuleSet, ArticleVersion, ArticleVersion]]:
    """Read both versions of edits by the rule set in force for the later one."""
    articles = articles_at(connection, {key for pair in edits for key in pair})
    read: dict[tuple[str, Key], ArticleVersion] = {}
    found = []
    for earlier, later in edits:
        rule_set = rules(articles[later].first_seen)
        for key in (earlier, later):
            if (rule_set.id, key) not in read:
                read[rule_set.id, key] = read_by(rule_set, articles[key])
        found.append((rule_set, read[rule_set.id, earlier], read[rule_set.id, later]))
    return found


def _known(connection: Connection, ids: Collection[str]) -> set[str]:
    """Choose the ids that were entered before, for whatever channel."""
    found: set[str] = set()
    for some in chunks(sorted(ids)):
        query = select(delivery.c.message).where(delivery.c.message.in_(some))
        found |= set(connection.scalars(query))
    return found


def _entries(
    case: _Case, alerts: Sequence[Alert], known: set[str], rung: Collection[str]
) -> Iterator[Entry]:
    rings_now = any(each.id in rung for each in alerts)
    yield from grown(alerts, case.grown, known, rings_now=rings_now)
    yield from edited(alerts, case.edited, known)


def _enter_entry(
    connection: Connection, case: _Case, entry: Entry, now: datetime, link: str
) -> int:
    """Enter one for all channels; what is sent is written now, so that every attempt sends the same."""
    subscription, at = case.policy.subscription, microseconds(now)
    new = [
        deliveries.New(
            message=entry.id,
            channel=channel,
            kind=MessageKind.UPDATE,
            subscription=subscription.id,
            alert=entry.alert.id,
            due=at,
            rung=at,
        )
        for channel in subscription.channels
    ]
    if not entry.what:
        return deliveries.enter(connection, new, DeliveryState.SUPPRESSED, reason=entry.why)
    shown = Shown(
        alert=entry.alert,
        rung=now,
        copies=len(case.story.copies),
        publishers=case.story.publishers,
        names=case.names,
        link=link_to(link, entry.alert.id),
    )
    message = update_message(entry.id, shown, subscription, entry.what)
    return deliveries.enter(connection, new, body=encode(message))
