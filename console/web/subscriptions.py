"""Answers about subscriptions: shown, kept, removed and held, as the commands do it."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from console import holding, keeping
from console.desk import Desk, at_desk
from console.subscriptions import Known, known, shown, states, the_one
from console.times import span_of
from console.web.asked import Asked
from console.web.bodies import Answer, Done, Listed, Mute, Snooze, Subscriptions, Unmute
from console.web.service import Service, check_tags
from schemas import InvalidSetting
from store import changes
from store.engine import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import Connection


def list_(service: Service, asked: Asked) -> Answer:
    """List the subscriptions of the files and of the store, and what of them is held."""
    rules, now = service.rules(), service.now()
    with reading(service.engine) as connection:
        found = known(connection, rules)
    return Answer(
        content=Subscriptions(subscriptions=tuple(_listed(each, now) for each in found.values()))
    )


def show(service: Service, asked: Asked) -> Answer:
    """Show a subscription and its history; of one that was removed, the history alone."""
    rules = service.rules()
    with reading(service.engine) as connection:
        found, history = known(connection, rules), changes.history(connection, asked.id)
    if not history:
        the_one(found, asked.id)
    content = shown(found.get(asked.id), service.now(), history)
    return Answer(content=content, number=len(history))


def put(service: Service, asked: Asked) -> Answer:
    """Keep a subscription in the store. To replace one, say by If-Match which."""
    row = {"id": asked.id} | asked.body
    if row["id"] != asked.id:
        raise InvalidSetting(f"id must be {asked.id!r}, as in the address, or be left out")
    rules = service.rules()
    wanted = keeping.wanted(row, rules, service.channels)
    with writing(service.engine) as connection:
        is_there = asked.id in changes.kept(connection)
        last = changes.last_number(connection, asked.id)
        check_tags(asked, last, is_there=is_there, is_needed=True)
        number = keeping.save(
            connection, wanted.subscription, at=service.now(), by=asked.who, why=_why(asked)
        )
    return Answer(
        content=Done(said=f"Saved {asked.id}.", warnings=wanted.understood.doubts),
        status=HTTPStatus.OK if is_there else HTTPStatus.CREATED,
        number=number,
        headers={} if is_there else {"Location": f"/v1/subscriptions/{asked.id}"},
    )


def remove(service: Service, asked: Asked) -> Answer:
    """Remove a subscription that is kept in the store; its history and its alerts stay."""
    rules = service.rules()
    with writing(service.engine) as connection:
        the_one(known(connection, rules), asked.id)
        check_tags(asked, changes.last_number(connection, asked.id), is_there=True)
        number = keeping.remove(
            connection, rules, asked.id, at=service.now(), by=asked.who, why=_why(asked)
        )
    return Answer(content=Done(said=f"Removed {asked.id}."), number=number)


def pause(service: Service, asked: Asked) -> Answer:
    """Send nothing of a subscription until it is resumed, and nothing of that later either."""
    return _held(service, asked, holding.pause)


def resume(service: Service, asked: Asked) -> Answer:
    """Send what rings for a subscription again: ends a pause and a snooze."""
    return _held(service, asked, holding.resume)


def snooze(service: Service, asked: Asked) -> Answer:
    """Send nothing of a subscription for a while, and nothing of that later either."""

    def done(desk: Desk) -> str:
        end = _end(desk, asked.body)
        if end is None:
            raise InvalidSetting("say `for` how long, or `until` when")
        return holding.snooze(desk, end)

    return _held(service, asked, done)


def mute(service: Service, asked: Asked) -> Answer:
    """Send nothing about one story, or one actor, of a subscription; for ever where no end is said."""
    story, actor = _one_of(asked.body)

    def done(desk: Desk) -> str:
        return holding.mute(desk, story=story, actor=actor, end=_end(desk, asked.body))

    return _held(service, asked, done)


def unmute(service: Service, asked: Asked) -> Answer:
    """Send again what is about a story or an actor that was muted."""
    story, actor = _one_of(asked.body)
    return _held(service, asked, lambda desk: holding.unmute(desk, story=story, actor=actor))


def enable(service: Service, asked: Asked) -> Answer:
    """Send by a channel again that was disabled because nobody was there any more."""
    return _held(service, asked, lambda desk: holding.enable(desk, asked.body.channel))


def _held(service: Service, asked: Asked, do: Callable[[Desk], str]) -> Answer:
    """Do something to a subscription, wherever it is, and say what was done."""
    rules = service.rules_at_hand()
    with at_desk(service.engine, rules, asked.id, by=asked.who, why=asked.body.why) as desk:
        check_tags(asked, _number(desk.connection, asked), is_there=True)
        said = do(desk)
        number = _number(desk.connection, asked)
    return Answer(content=Done(said=said), number=number)


def _number(connection: "Connection", asked: Asked) -> int:
    return changes.last_number(connection, asked.id)


def _why(asked: Asked) -> str:
    return str(asked.parameters.get("why", ""))


def _listed(each: Known, now: datetime) -> Listed:
    said = tuple(states(each, now))
    return Listed(subscription=each.subscription, place=each.place, states=said)


def _end(desk: Desk, body: Snooze) -> datetime | None:
    span = span_of(body.span) if body.span else None
    if body.span and span is None:
        raise InvalidSetting(f"for: {body.span!r} is no span such as 90m, 8h or 30d")
    if body.until is not None and body.until.tzinfo is None:
        raise InvalidSetting("until: write the time zone, as in 2026-11-01T00:00:00Z")
    return holding.end_of(desk.now, span, body.until)


def _one_of(body: Mute | Unmute) -> tuple[str, str]:
    story, actor = body.story.strip().lower(), body.actor
    if bool(story) == bool(actor):
        raise InvalidSetting("name a `story` or an `actor`")
    return story, actor
