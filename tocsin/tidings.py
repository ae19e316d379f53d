"""Tidings: what there is to say about an alert, and about what was gathered, as lines of a sheet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from schemas import Alert, Subscription
from tocsin.sheets import GAP, Line, Style, line
from tocsin.wording import LONGEST_TITLE, clean, counted, cut, marked, moment

MOST_QUOTES = 3
"""Sentences that are shown of one alert."""

MOST_UPDATES = 5
"""Updates that are shown of one alert: the last ones."""

MOST_FEEDS = 20
"""Feeds that a receipt names of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An alert and what is shown with it.

    `rung` is when it was entered; `copies` are the other articles of its story and `publishers` those
    of the whole story, both as of now; `names` has the names of actors by id, `link` leads to the
    explanation (`''`: a command does). `updates` say what happened to it afterwards, where that was
    gathered, in the order in which it happened.
    """

    alert: Alert
    rung: datetime
    copies: int = 0
    publishers: int = 1
    names: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    updates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was read while nothing rang: how many feeds, and which did not answer as they should.

    Feeds are named by URL without secrets, with the reason behind it.
    """

    feeds: int
    silent: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def called(subscription: Subscription) -> str:
    """Name a subscription as its owner does."""
    return clean(subscription.name) or subscription.id


def actors(shown: Shown) -> str:
    """Name the actors that an alert is about, in the order in which they are mentioned."""
    ids = dict.fromkeys(each.actor for each in shown.alert.mentions)
    return ", ".join(clean(shown.names.get(each, each)) or each for each in ids)


def headline(alert: Alert) -> str:
    """Return the title of an alert's article; of one without title what rang it."""
    sentences = (clean(sentence) for sentence, _ in quotes(alert))
    return cut(clean(alert.title) or next(sentences, "") or "(no title)", LONGEST_TITLE)


def quotes(alert: Alert) -> list[tuple[str, list[str]]]:
    """Gather the sentences that rang, each with the names in it: mentions first, then the other leaves."""
    found: dict[str, list[str]] = {}
    for mention in alert.mentions:
        found.setdefault(mention.sentence, []).append(mention.surface)
    for evidence in alert.evidence:
        if evidence.sentence:
            found.setdefault(evidence.sentence, []).append(evidence.text)
    return list(found.items())


def about(shown: Shown, subscription: Subscription) -> Iterator[Line]:
    """Say all of one alert: who, what, where, the three clocks, how far it spread, and why."""
    if who := actors(shown):
        yield line(Style.HEADING, who)
    yield from _story(shown)
    yield GAP
    yield from _clocks(shown)
    yield line(Style.FACT, _spread(shown))
    yield line(Style.FACT, f"Subscription: {called(subscription)}")
    yield _explained(shown)


def gathered(shown: Sequence[Shown]) -> Iterator[Line]:
    """Say what several alerts are about, by the day on which their articles were first seen."""
    in_order = sorted(shown, key=lambda each: (*each.alert.order, each.alert.id))
    for day, those in groupby(in_order, key=lambda each: each.alert.first_seen.date()):
        yield line(Style.HEADING, f"{day:%A, %Y-%m-%d}")
        for each in those:
            yield from _updates(each.updates)
            yield from _story(each)
            who = actors(each)
            seen = f"first seen {moment(each.alert.first_seen, 'at no known time')}"
            yield line(Style.FACT, " · ".join(it for it in (who, seen, _spread(each)) if it))
            yield _explained(each)
            yield GAP


def updated(what: str) -> Line:
    """Say what an update tells."""
    return line(Style.HEADING, f"Update: {clean(what)}")


def receipt_lines(receipt: Receipt) -> Iterator[Line]:
    """Say which feeds were silent, refused us or failed; or that none was."""
    kinds = {"silent": receipt.silent, "refused us": receipt.refused, "failed": receipt.failed}
    yield line(Style.HEADING, "What was read")
    if not any(kinds.values()):
        yield line(Style.FACT, _all_answered(receipt.feeds))
        return
    told = ", ".join(f"{len(those)} {kind}" for kind, those in kinds.items() if those)
    yield line(Style.FACT, f"Of {counted(receipt.feeds, 'feed')}: {told}.")
    for kind, those in kinds.items():
        for each in sorted(those)[:MOST_FEEDS]:
            yield line(Style.FACT, f"{kind}: {cut(clean(each), LONGEST_TITLE)}")
        if len(those) > MOST_FEEDS:
            yield line(Style.FACT, f"{kind}: {len(those) - MOST_FEEDS} more")


def _all_answered(feeds: int) -> str:
    if feeds < 2:
        return "The one feed answered." if feeds else "There is no feed to be read."
    return f"All {feeds:,} feeds answered."


def _updates(told: Sequence[str]) -> Iterator[Line]:
    if len(told) > MOST_UPDATES:
        yield line(Style.HEADING, counted(len(told) - MOST_UPDATES, "earlier update"))
    yield from map(updated, told[-MOST_UPDATES:])


def _story(shown: Shown) -> Iterator[Line]:
    alert = shown.alert
    yield line(Style.TITLE, headline(alert), alert.url)
    found = quotes(alert)
    for sentence, names in found[:MOST_QUOTES]:
        yield Line(style=Style.QUOTE, spans=marked(sentence, names))
    if len(found) > MOST_QUOTES:
        yield line(Style.FACT, f"{counted(len(found) - MOST_QUOTES, 'more sentence')} rang it.")
    if not found:
        leaves = ", ".join(dict.fromkeys(clean(each.leaf) for each in alert.evidence))
        yield line(Style.FACT, f"It matched {cut(leaves or 'the query', LONGEST_TITLE)}.")
    if publisher := clean(alert.publisher):
        yield line(Style.FACT, publisher)
    if url := clean(alert.url):
        yield line(Style.FACT, url, alert.url)


def _clocks(shown: Shown) -> Iterator[Line]:
    alert = shown.alert
    by = clean(alert.publisher) or "the publisher"
    published = moment(alert.published, "")
    said = f"{published}, as {by} says" if published else "not said"
    yield line(Style.FACT, f"Published: {said}")
    yield line(Style.FACT, f"First seen: {moment(alert.first_seen, 'at no known time')}")
    yield line(Style.FACT, f"Rung: {moment(shown.rung, 'not yet')}")


def _spread(shown: Shown) -> str:
    if not shown.copies:
        return "no copies yet"
    return f"{counted(shown.copies, 'copy', 'copies')}, {counted(shown.publishers, 'publisher')}"


def _explained(shown: Shown) -> Line:
    if shown.link:
        return line(Style.FACT, f"Why: {clean(shown.link)}", shown.link)
    return line(Style.FACT, f"Why: tocsin explain {shown.alert.id}")
