"""`tocsin subscriptions pause`, `resume`, `snooze`, `mute`, `unmute`, `enable`: what owners hold, and let go.

Each is a change in the store, also for a subscription that stands in the files: the rules stay as they are.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

from console.cli.subscription_options import BY, NAME, STORE, WHY
from console.desk import changing, the_only
from console.ids import BEGINNING
from console.times import INSTANT, SPAN
from schemas import Action

_FOR = click.option("--for", "span", type=SPAN, metavar="SPAN", help="For so long: 90m, 8h, 30d.")
_UNTIL = click.option("--until", type=INSTANT, metavar="T", help="Until an instant.")
_STORY = click.option("--story", type=BEGINNING, help="The story: its id or that of its alert.")
_ACTOR = click.option("--actor", metavar="ID", help="The actor: alerts about others still come.")


def _held(command: Callable[..., None]) -> Callable[..., None]:
    """Add what all of these commands take."""
    for option in (STORE, WHY, BY, NAME):
        command = option(command)
    return command


@click.command(
    epilog="\b\nExample:\n  tocsin subscriptions pause niger --why 'elections are over'\n"
)
@_held
def pause(name: str, **who: Any) -> None:
    """Send nothing of a subscription until it is resumed, and nothing of that later either."""
    with changing(name, **who) as desk:
        if desk.known.held.paused:
            click.echo(f"{name} is paused already.")
            return
        desk.note(Action.PAUSE)
    click.echo(f"Paused {name}.")


@click.command(epilog="\b\nExample:\n  tocsin subscriptions resume niger\n")
@_held
def resume(name: str, **who: Any) -> None:
    """Send what rings for a subscription again: ends a pause and a snooze."""
    with changing(name, **who) as desk:
        if desk.known.subscription.paused:
            click.echo(f"Warning: {name} says paused = true itself, which stays.", err=True)
        if not desk.known.held.paused and not desk.known.held.is_snoozed(desk.now):
            click.echo(f"{name} is neither paused nor snoozed.")
            return
        desk.note(Action.RESUME)
    click.echo(f"Resumed {name}.")


@click.command(epilog="\b\nExample:\n  tocsin subscriptions snooze niger --for 8h\n")
@_FOR
@_UNTIL
@_held
def snooze(name: str, span: timedelta | None, until: datetime | None, **who: Any) -> None:
    """Send nothing of a subscription for a while, and nothing of that later either."""
    from console.subscriptions import clock

    with changing(name, **who) as desk:
        end = _end(desk.now, span, until)
        if end is None:
            raise click.UsageError("say --for how long, or --until when")
        desk.note(Action.SNOOZE, until=end)
    click.echo(f"Snoozed {name} until {clock(end)}.")


@click.command(
    epilog="\b\nExamples:\n  tocsin subscriptions mute niger --story 3f2a91bc --for 7d\n"
    "  tocsin subscriptions mute niger --actor russia\n"
)
@_STORY
@_ACTOR
@_FOR
@_UNTIL
@_held
def mute(
    name: str,
    story: str | None,
    actor: str | None,
    span: timedelta | None,
    until: datetime | None,
    **who: Any,
) -> None:
    """Send nothing about one story, or one actor, of a subscription; for ever where no end is said.

    An alert about several actors comes as long as one of them is not muted.
    """
    from console.subscriptions import clock

    _check_one_of(story, actor)
    with changing(name, **who) as desk:
        subject = desk.story(story) if story else desk.actor(actor or "")
        end = _end(desk.now, span, until)
        desk.note(Action.MUTE, subject=subject, until=end)
    click.echo(f"Muted {subject} for {name}" + (f" until {clock(end)}." if end else "."))


@click.command(epilog="\b\nExample:\n  tocsin subscriptions unmute niger --actor russia\n")
@_STORY
@_ACTOR
@_held
def unmute(name: str, story: str | None, actor: str | None, **who: Any) -> None:
    """Send again what is about a story or an actor that was muted."""
    _check_one_of(story, actor)
    with changing(name, **who) as desk:
        muted = [each for each in desk.known.held.muted if desk.known.held.is_muted(each, desk.now)]
        wanted = desk.actor(actor) if actor else story or ""
        found = [each for each in muted if each == wanted or (story and each.startswith(story))]
        subject = the_only(found, muted, f"{name}: {wanted} is not muted")
        desk.note(Action.UNMUTE, subject=subject)
    click.echo(f"Unmuted {subject} for {name}.")


@click.command(epilog="\b\nExample:\n  tocsin subscriptions enable niger night-shift\n")
@_held
@click.argument("channel")
def enable(name: str, channel: str, **who: Any) -> None:
    """Send by a channel again that was disabled because nobody was there any more."""
    with changing(name, **who) as desk:
        disabled = sorted(desk.known.held.disabled)
        found = [each for each in disabled if each == channel]
        the_only(found, disabled, f"{name}: channel {channel} is not disabled")
        desk.note(Action.ENABLE, subject=channel)
    click.echo(f"Enabled channel {channel} for {name}.")


def _end(now: datetime, span: timedelta | None, until: datetime | None) -> datetime | None:
    """Find the instant at which something ends; None where none is said."""
    if span and until:
        raise click.UsageError("say --for or --until, not both")
    try:
        end = now + span if span else until
    except OverflowError:
        raise click.BadParameter(
            "that is longer than there are years", param_hint="--for"
        ) from None
    if end and end <= now:
        raise click.BadParameter("that is over already", param_hint="--until")
    return end


def _check_one_of(story: str | None, actor: str | None) -> None:
    if bool(story) == bool(actor):
        raise click.UsageError("name a --story or an --actor")
