"""What owners do to a subscription: each notes a change at the desk, and says in a sentence what was done.

The same for commands and for whoever asks by HTTP. The rules stay as they are.
"""

from datetime import datetime, timedelta

from console.desk import Desk, the_only
from schemas import Action, InvalidSetting
from tocsin.wording import moment


def pause(desk: Desk) -> str:
    """Send nothing until it is resumed."""
    name = desk.known.subscription.id
    if desk.known.held.paused:
        return f"{name} is paused already."
    desk.note(Action.PAUSE)
    return f"Paused {name}."


def resume(desk: Desk) -> str:
    """End a pause and a snooze."""
    name, held = desk.known.subscription.id, desk.known.held
    if not held.paused and not held.is_snoozed(desk.now):
        return f"{name} is neither paused nor snoozed."
    desk.note(Action.RESUME)
    return f"Resumed {name}."


def snooze(desk: Desk, end: datetime) -> str:
    """Send nothing until an instant."""
    desk.note(Action.SNOOZE, until=end)
    return f"Snoozed {desk.known.subscription.id}{_until(end)}."


def mute(desk: Desk, *, story: str | None, actor: str | None, end: datetime | None) -> str:
    """Send nothing about a story (or its alert, by the beginning of the id) or an actor; for ever without an end.

    Raises `TocsinError` where there is no such story or actor, or several.
    """
    subject = desk.story(story) if story else desk.actor(actor or "")
    desk.note(Action.MUTE, subject=subject, until=end)
    return f"Muted {subject} for {desk.known.subscription.id}{_until(end)}."


def unmute(desk: Desk, *, story: str | None, actor: str | None) -> str:
    """Send again what is about a story or an actor. Raises `TocsinError` where that is not muted."""
    name, held = desk.known.subscription.id, desk.known.held
    muted = [each for each in held.muted if held.is_muted(each, desk.now)]
    wanted = desk.actor(actor) if actor else story or ""
    found = [each for each in muted if each == wanted or (story and each.startswith(story))]
    subject = the_only(found, muted, f"{name}: {wanted} is not muted")
    desk.note(Action.UNMUTE, subject=subject)
    return f"Unmuted {subject} for {name}."


def enable(desk: Desk, channel: str) -> str:
    """Send by a channel again. Raises `TocsinError` where that is not disabled."""
    name, disabled = desk.known.subscription.id, sorted(desk.known.held.disabled)
    found = [each for each in disabled if each == channel]
    the_only(found, disabled, f"{name}: channel {channel} is not disabled")
    desk.note(Action.ENABLE, subject=channel)
    return f"Enabled channel {channel} for {name}."


def end_of(now: datetime, span: timedelta | None, until: datetime | None) -> datetime | None:
    """Find the instant at which something ends; None where none is said. Raises `InvalidSetting`."""
    if span and until:
        raise InvalidSetting("say for how long or until when, not both")
    try:
        end = now + span if span else until
    except OverflowError:
        raise InvalidSetting("that is longer than there are years") from None
    if end and end <= now:
        raise InvalidSetting("that is over already")
    return end


def _until(end: datetime | None) -> str:
    return f" until {moment(end)}" if end else ""
