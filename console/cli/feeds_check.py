"""`tocsin feeds check`: one polite look at a feed, which keeps nothing."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from schemas import Entry, FeedState, PollOutcome, TocsinError

if TYPE_CHECKING:
    from connectors.feeds.discover import Found
    from console.settings import FeedsSettings

LABELS = {
    "page": "named by",
    "kind": "kind",
    "title": "title",
    "site": "site",
    "language": "language",
    "entries": "entries",
    "newest": "newest",
    "oldest": "oldest",
    "entries_per_day": "a day",
    "problems": "problems",
    "validators": "validators",
    "hub": "hub",
    "asks": "asks for",
    "moved_to": "moved to",
    "poll_every": "polled",
    "others": "also there",
}
"""What is printed of a check, in this order."""


@click.command(
    epilog="\b\nExamples:\n  tocsin feeds check https://www.example.org/\n"
    "  tocsin feeds check https://www.example.org/feed --json\n"
)
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check(url: str, as_json: bool) -> None:
    """Ask for a feed once, and say what it is and how often it would be polled.

    Of a page, the first feed that it names is looked at. Nothing is added and nothing is kept.
    """
    from console.feed_finder import find_all
    from console.sources import in_force

    settings = in_force().feeds
    for _, answer in find_all([url], settings):
        if isinstance(answer, TocsinError):
            raise answer
        said = describe(answer, settings, datetime.now(UTC))
        if as_json:
            click.echo(json.dumps(said, ensure_ascii=False))
        else:
            click.echo(said["url"])
            for name, label in LABELS.items():
                for line in _lines(said[name]):
                    click.echo(f"  {label:11} {line}")


def describe(found: "Found", settings: "FeedsSettings", now: datetime) -> dict[str, Any]:
    """Put what a look at a feed showed into words and numbers."""
    about, response = found.feed.feed, found.response
    dates = sorted(each for each in map(_date, found.feed.entries) if each is not None)
    state = _as_polled(found, settings, now)
    count = len(found.feed.entries)
    return {
        "url": found.url,
        "page": found.page,
        "kind": about.kind,
        "title": about.title,
        "site": about.link,
        "language": about.language,
        "entries": f"over {count}" if found.parts > 1 else count,
        "newest": f"{dates[-1]:%Y-%m-%dT%H:%M:%SZ}" if dates else "",
        "oldest": f"{dates[0]:%Y-%m-%dT%H:%M:%SZ}" if dates else "",
        "entries_per_day": round(state.entries_per_day, 1),
        "problems": [*found.feed.problems, *_oddities(found, dates, now)],
        "validators": [
            name for name in ("ETag", "Last-Modified") if response.headers.get(name.lower())
        ],
        "hub": about.hub,
        "asks": _wishes(found),
        "moved_to": response.moved_to,
        "poll_every": f"every {span(state.interval)}",
        "others": [each.url for each in found.others],
    }


def _as_polled(found: "Found", settings: "FeedsSettings", now: datetime) -> FeedState:
    """Return what a first poll would have made of a feed."""
    from tocsin.poll import Report, Schedule, after_poll

    entries = found.feed.entries
    report = Report(
        at=now,
        outcome=PollOutcome.NEW,
        status=200,
        max_age=found.response.max_age,
        ttl=found.feed.feed.ttl,
        fresh=len(entries),
        listed=len(entries),
        published=tuple(each for each in map(_date, entries) if each is not None),
        kind=found.feed.feed.kind,
    )
    schedule = Schedule(floor=settings.floor, ceiling=settings.ceiling)
    return after_poll(FeedState(url=found.url, added=now), report, schedule)


def _date(entry: Entry) -> datetime | None:
    return entry.published or entry.updated


def _wishes(found: "Found") -> list[str]:
    """Say how long feed and server ask to be left alone."""
    given = (("ttl", found.feed.feed.ttl), ("max-age", found.response.max_age))
    return [f"{span(seconds)} ({name})" for name, seconds in given if seconds]


def _oddities(found: "Found", dates: list[datetime], now: datetime) -> list[str]:
    """Say what will make trouble, beside what the parser says."""
    entries, said = found.feed.entries, []
    if not entries:
        return ["lists no entries"]
    if dates and dates[-1] > now:
        said.append("its newest date lies in the future")
    unnamed = sum(not each.link and not each.guid for each in entries)
    if unnamed:
        said.append(f"{unnamed} of {len(entries)} entries have neither a link nor an id")
    if not found.response.headers.get("etag") and not found.response.headers.get("last-modified"):
        said.append("sends no validators: it is read whole at every poll")
    return said


def _lines(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] * bool(value)


def span(seconds: float) -> str:
    """Write a duration for people: `25 min`, `2 h 30 min`, `1 day`."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    days, rest = divmod(minutes, 24 * 60)
    hours, rest = divmod(rest, 60)
    counted = ((days, "day" if days == 1 else "days"), (hours, "h"), (rest, "min"))
    return " ".join(f"{number} {unit}" for number, unit in counted if number)
