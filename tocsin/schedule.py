"""What polling is decided on: the rules, and what one poll showed. Decisions are in `tocsin.poll`."""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from schemas import PollOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The rules of polling. All in seconds, but `jitter` (a share) and `gone_times` (a number).

    `pace` is the interval of a feed with one entry a day, `first` that of a feed of unknown rate, and
    the longest base of a back-off after failures. `longest_wish` is how far wishes are followed
    (`ttl`, `sy:updatePeriod`, `Cache-Control`); `Retry-After` is obeyed up to `ceiling`. `memory` is the
    time over which the rate is averaged, `day` what the rate is given by.
    """

    floor: float = 300.0
    ceiling: float = 86_400.0
    pace: float = 9_000.0
    first: float = 3_600.0
    longest_wish: float = 14_400.0
    memory: float = 7 * 86_400.0
    day: float = 86_400.0
    gone_after: float = 3 * 86_400.0
    failing_after: float = 14 * 86_400.0
    moved_after: float = 7 * 86_400.0
    jitter: float = 0.1
    gone_times: int = 3

    def compressed(self, factor: float) -> "Schedule":
        """Return the same rules for a clock that runs `factor` times as fast."""
        kept = ("jitter", "gone_times")
        times = {each.name for each in fields(self)}.difference(kept)
        return replace(self, **{name: getattr(self, name) / factor for name in sorted(times)})

    def relaxed(self) -> "Schedule":
        """Return the rules for a feed whose hub tells of what is new: polled half as often by its rate.

        All bounds stay, so nothing drops out of a listing unseen should the hub fall silent.
        """
        return replace(self, pace=2 * self.pace)


DEFAULT = Schedule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one poll showed.

    `retry_after`, `max_age` and `ttl` are seconds, as the server or the feed gave them. `fresh` counts
    entries that are new or were edited, `listed` all in the document, `published` holds their dates.
    `moved_to` is where a chain of permanent redirects led, and of nothing else. Validators and hash
    belong to a document of which everything was published.
    """

    at: datetime
    outcome: PollOutcome
    status: int = 0
    reason: str = ""
    retry_after: float | None = None
    max_age: float | None = None
    ttl: float | None = None
    fresh: int = 0
    listed: int = 0
    published: tuple[datetime, ...] = ()
    moved_to: str = ""
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    truncated: bool = False
    title: str = ""
    site: str = ""
    kind: str = ""
    hub: str = ""
    hub_topic: str = ""
