"""`tocsin feeds list`: how every feed is doing, in words."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import click

from schemas import FeedState, FeedStatus, HubSubscription, encode


class Health(StrEnum):
    """How a feed is doing."""

    NEW = "new"
    OK = "ok"
    SILENT = "silent"
    FAILING = "failing"
    RESTING = "resting"


_NEVER = datetime.min.replace(tzinfo=UTC)

SORTS: dict[str, Callable[[FeedState], Any]] = {
    "url": lambda state: state.url,
    "title": lambda state: (state.title.casefold(), state.url),
    "next": lambda state: state.next_poll or _NEVER,
    "success": lambda state: state.last_success or _NEVER,
    "new": lambda state: state.last_new or _NEVER,
    "rate": lambda state: -state.entries_per_day,
    "errors": lambda state: (-state.errors, state.url),
    "added": lambda state: state.added or _NEVER,
}


@click.command(
    "list",
    epilog="\b\nExamples:\n  tocsin feeds list --failing --sort errors\n"
    "  tocsin feeds list --tag sahel --json\n",
)
@click.option("--failing", is_flag=True, help="Only feeds whose last poll failed.")
@click.option("--resting", is_flag=True, help="Only feeds that are tried once a day.")
@click.option("--silent", is_flag=True, help="Only feeds with nothing new for unusually long.")
@click.option("--tag", default="", help="Only feeds with this tag, or one below it.")
@click.option("--sort", type=click.Choice([*SORTS]), default="url", show_default=True)
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--store", metavar="URL", help="The store; else that of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
def list_(
    failing: bool,
    resting: bool,
    silent: bool,
    tag: str,
    sort: str,
    reverse: bool,
    store: str | None,
    as_json: bool,
) -> None:
    """List the feeds with their health: last success, next poll, entries a day, errors in words.

    `success` and `new` put those first that have waited longest, `rate` the busiest, `errors` those
    that failed most often in a row. Times are UTC.
    """
    from console import feed_store
    from console.stores import looked_into

    now = datetime.now(UTC)
    given = ((failing, Health.FAILING), (resting, Health.RESTING), (silent, Health.SILENT))
    wanted = {health for is_wanted, health in given if is_wanted}
    with looked_into(store) as engine:
        states = [state for state in feed_store.read(engine) if not tag or has_tag(state, tag)]
        subscribed = feed_store.subscriptions(engine) if as_json else {}
    shown = [
        (state, health)
        for state in sorted(states, key=SORTS[sort], reverse=reverse)
        if (health := health_of(state, now)) in wanted or not wanted
    ]
    if shown and not as_json:
        click.echo(f"{'':8} {'next poll':16}  {'last success':16}  {'a day':>6}  feed")
    for state, health in shown:
        row = _row(state, health, subscribed.get(state.url)) if as_json else ""
        click.echo(row or "\n".join(_lines(state, health, now)))
    click.echo(_sum(shown), err=True)


def health_of(state: FeedState, now: datetime) -> Health:
    """Say in a word how a feed is doing."""
    from tocsin.poll import is_silent

    if state.status is FeedStatus.RESTING:
        return Health.RESTING
    if state.errors:
        return Health.FAILING
    if state.last_success is None:
        return Health.NEW
    return Health.SILENT if is_silent(state, now) else Health.OK


def has_tag(state: FeedState, tag: str) -> bool:
    """Tell whether a feed has a tag, or one below it: `News/Africa` is below `News`."""
    return any(each == tag or each.startswith(f"{tag}/") for each in state.tags)


def _lines(state: FeedState, health: Health, now: datetime) -> list[str]:
    """Write a feed as a line, and below it what is to be known about it."""
    from console.cli.show import moment

    is_due = state.next_poll is None or state.next_poll <= now
    due = "now" if is_due else moment(state.next_poll)
    rate = f"{state.entries_per_day:.1f}" if state.last_success else "-"
    line = f"{health:8} {due:16}  {moment(state.last_success):16}  {rate:>6}  {state.url}"
    return [
        f"{line}  {state.title}".rstrip(),
        *(f"{'':8} {note}" for note in _notes(state, health)),
    ]


def _notes(state: FeedState, health: Health) -> list[str]:
    """Say in words what is wrong with a feed, or odd."""
    from console.cli.show import moment, plural

    notes = []
    if state.status_reason:
        notes.append(f"rests: {state.status_reason}; it is tried once a day")
    elif state.errors:
        times = plural(state.errors, "error")
        notes.append(f"{times} in a row since {moment(state.error_since)}: {state.error}")
    if health is Health.SILENT:
        notes.append(f"nothing new since {moment(state.last_new)}, which is longer than usual")
    if state.moved_to:
        notes.append(f"redirects for good to {state.moved_to} since {moment(state.moved_since)}")
    if state.etag_lies:
        notes.append("says that it is unchanged when it is not; it is always read whole")
    return notes


def _row(state: FeedState, health: Health, subscription: HubSubscription | None) -> str:
    """Write a feed as JSON, with its subscription at a hub where it has one."""
    row = {**json.loads(encode(state)), "health": health}
    if subscription is not None:
        told = json.loads(encode(subscription))
        shown = ("state", "reason", "until", "notified", "next_try")
        row["hub_subscription"] = {name: told[name] for name in shown}
    return json.dumps(row, ensure_ascii=False)


def _sum(shown: list[tuple[FeedState, Health]]) -> str:
    """Count the feeds by their health."""
    from console.cli.show import plural

    counted = Counter(health for _, health in shown)
    parts = ", ".join(f"{counted[health]:,} {health}" for health in Health if counted[health])
    return f"{plural(len(shown), 'feed')}{': ' if parts else ''}{parts}."
