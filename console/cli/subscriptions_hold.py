"""`tocsin subscriptions pause`, `resume`, `snooze`, `mute`, `unmute`, `enable`: what owners hold, and let go.

Each is a change in the store, also for a subscription that stands in the files: the rules stay as they are.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

from console import holding
from console.cli.subscription_options import BY, NAME, STORE, WHY
from console.desk import changing
from console.ids import BEGINNING
from console.times import INSTANT, SPAN
from schemas import InvalidSetting

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
        said = holding.pause(desk)
    click.echo(said)


@click.command(epilog="\b\nExample:\n  tocsin subscriptions resume niger\n")
@_held
def resume(name: str, **who: Any) -> None:
    """Send what rings for a subscription again: ends a pause and a snooze."""
    with changing(name, **who) as desk:
        if desk.known.subscription.paused:
            click.echo(f"Warning: {name} says paused = true itself, which stays.", err=True)
        said = holding.resume(desk)
    click.echo(said)


@click.command(epilog="\b\nExample:\n  tocsin subscriptions snooze niger --for 8h\n")
@_FOR
@_UNTIL
@_held
def snooze(name: str, span: timedelta | None, until: datetime | None, **who: Any) -> None:
    """Send nothing of a subscription for a while, and nothing of that later either."""
    with changing(name, **who) as desk:
        end = _end(desk.now, span, until)
        if end is None:
            raise click.UsageError("say --for how long, or --until when")
        said = holding.snooze(desk, end)
    click.echo(said)


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
    _check_one_of(story, actor)
    with changing(name, **who) as desk:
        end = _end(desk.now, span, until)
        said = holding.mute(desk, story=story, actor=actor, end=end)
    click.echo(said)


@click.command(epilog="\b\nExample:\n  tocsin subscriptions unmute niger --actor russia\n")
@_STORY
@_ACTOR
@_held
def unmute(name: str, story: str | None, actor: str | None, **who: Any) -> None:
    """Send again what is about a story or an actor that was muted."""
    _check_one_of(story, actor)
    with changing(name, **who) as desk:
        said = holding.unmute(desk, story=story, actor=actor)
    click.echo(said)


@click.command(epilog="\b\nExample:\n  tocsin subscriptions enable niger night-shift\n")
@_held
@click.argument("channel")
def enable(name: str, channel: str, **who: Any) -> None:
    """Send by a channel again that was disabled because nobody was there any more."""
    with changing(name, **who) as desk:
        said = holding.enable(desk, channel)
    click.echo(said)


def _end(now: datetime, span: timedelta | None, until: datetime | None) -> datetime | None:
    """Find the instant at which something ends; what cannot be is wrong usage."""
    try:
        return holding.end_of(now, span, until)
    except InvalidSetting as error:
        raise click.UsageError(f"--for, --until: {error}") from None


def _check_one_of(story: str | None, actor: str | None) -> None:
    if bool(story) == bool(actor):
        raise click.UsageError("name a --story or an --actor")
