"""Subscriptions: who wants to be told about what, by which channels, and how often."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Alerts gathered by time: `cron` (five fields) in a `timezone` says when they are sent.

    One without any alert is only sent where `even_empty`.
    """

    cron: str
    timezone: str = "UTC"
    even_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Hours of the day in which nothing is sent: from `start` until `end` (`HH:MM`) in a `timezone`.

    They may go over midnight. What rang meanwhile comes at their end, in one summary.
    """

    start: str
    end: str
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A query that somebody wants to be told about. `id` is lower case, digits and hyphens.

    `languages` and `publishers` narrow it when not empty; mentions under `min_confidence` do not
    count; articles flagged `old` only ring when `include_old`.

    `channels` name those of the settings by which alerts are sent: at once, or gathered in a `digest`;
    of more than `throttle` an hour (0: no bound) the rest comes in one summary, and nothing comes in
    `quiet` hours. A story that rang rings again, as an update, when it grows past so many publishers
    (`grows_past`), and when a later version names an actor that is asked for, or names it no more
    (`edits`). What is `paused` is sent to nobody, and not sent later either.
    """

    id: str
    query: str
    name: str = ""
    owner: str = ""
    languages: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    min_confidence: float = 0.0
    include_old: bool = False
    channels: tuple[str, ...] = ()
    digest: Digest | None = None
    throttle: int = 0
    quiet: QuietHours | None = None
    grows_past: tuple[int, ...] = ()
    edits: bool = False
    paused: bool = False
