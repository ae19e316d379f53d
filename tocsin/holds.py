"""Holds: what owners have stopped for a while. The state of a subscription is the fold of its changes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from schemas import Action, Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """What of a subscription is held: all of it, until an instant, or some stories and actors.

    `muted` has the end of each mute, None for ever; `disabled` are channels where nobody is any more.
    """

    paused: bool = False
    snoozed_until: datetime | None = None
    muted: dict[str, datetime | None] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()

    def is_snoozed(self, now: datetime) -> bool:
        """Tell whether it is silent at an instant."""
        return self.snoozed_until is not None and now < self.snoozed_until

    def is_muted(self, subject: str, now: datetime) -> bool:
        """Tell whether a story or an actor is muted at an instant."""
        if subject not in self.muted:
            return False
        until = self.muted[subject]
        return until is None or now < until


def holds(changes: Iterable[Change]) -> Holds:
    """Fold the changes of one subscription, in the order in which they were made."""
    paused, snoozed_until = False, None
    muted: dict[str, datetime | None] = {}
    disabled: set[str] = set()
    for each in changes:
        match each.action:
            case Action.PAUSE:
                paused = True
            case Action.RESUME:
                paused, snoozed_until = False, None
            case Action.SNOOZE:
                snoozed_until = each.until
            case Action.MUTE:
                muted[each.subject] = each.until
            case Action.UNMUTE:
                muted.pop(each.subject, None)
            case Action.DISABLE:
                disabled.add(each.subject)
            case Action.ENABLE:
                disabled.discard(each.subject)
            case Action.REMOVE:
                # Whoever takes the name up again begins anew.
                paused, snoozed_until, muted, disabled = False, None, {}, set()
            case Action.SAVE:
                pass
    return Holds(
        paused=paused, snoozed_until=snoozed_until, muted=muted, disabled=frozenset(disabled)
    )


def are_all_muted(held: Holds, actors: Collection[str], now: datetime) -> bool:
    """Tell whether every actor that an alert is about is muted; one about none is not."""
    return bool(actors) and all(held.is_muted(actor, now) for actor in actors)
