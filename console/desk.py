"""The desk at which something about one subscription is changed: what it is now, and the history that is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from console.paths import NoSuchPath
from schemas import Action, Change, InvalidSetting, RuleSet, TocsinError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from console.settings import Settings
    from console.subscriptions import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One subscription, under the lock of all who write, and who changes what of it."""

    connection: "Connection"
    rules: RuleSet
    known: "Known"
    now: datetime
    by: str
    why: str

    def note(self, action: Action, *, subject: str = "", until: datetime | None = None) -> None:
        """Write a change into the history."""
        from store import changes

        change = Change(
            subscription=self.known.subscription.id,
            action=action,
            at=self.now,
            by=self.by,
            subject=subject,
            until=until,
            why=self.why,
        )
        changes.add(self.connection, change)

    def story(self, beginning: str) -> str:
        """Find a story that rang for it. Raises `TocsinError` where there is none, or several."""
        from store.rung import stories_named

        name = self.known.subscription.id
        found = stories_named(self.connection, name, beginning)
        missing = f"{name}: no story and no alert of it begins with {beginning}"
        return the_only(found, found, missing)

    def actor(self, word: str) -> str:
        """Find an actor by id or short name. Raises `TocsinError` that names the nearest."""
        from tocsin.query.fields import nearest
        from tocsin.query.resolve import actor_names

        names = actor_names(self.rules.watch_lists)
        if word.lower() in names:
            return names[word.lower()]
        near = nearest(word, names)
        hint = f"Did you mean {near}?" if near else "`tocsin watch-lists list` names them."
        raise TocsinError(f"There is no actor {word!r}.", hint=hint)


@contextmanager
def changing(name: str, by: str, why: str, store: str | None) -> Iterator[Desk]:
    """Take up a subscription, wherever it is, to change something about it: as a command does it."""
    from console.sources import in_force
    from console.stores import opened

    with opened(store) as engine:
        rules, wrong = rules_at_hand(in_force(), engine)
        if wrong:
            said = f"the files are wrong, going by the rules in force: {wrong}"
            click.echo(f"Warning: {said}", err=True)
        with at_desk(engine, rules, name, by=by, why=why) as desk:
            yield desk


@contextmanager
def at_desk(engine: "Engine", rules: RuleSet, name: str, *, by: str, why: str) -> Iterator[Desk]:
    """Take up a subscription of these rules or of the store. Raises `NoSubscription`, `Unavailable`."""
    from console.subscriptions import known, the_one
    from store.engine import writing

    with writing(engine) as connection:
        yield Desk(
            connection=connection,
            rules=rules,
            known=the_one(known(connection, rules), name),
            now=datetime.now(UTC),
            by=by,
            why=why,
        )


def rules_at_hand(
    settings: "Settings", engine: "Engine"
) -> tuple[RuleSet, InvalidSetting | NoSuchPath | None]:
    """Read the files; while they are wrong, what is in force can be held all the same.

    Says what is wrong with them, and raises that where nothing is in force.
    """
    from console import proposals
    from console.subscriptions import written

    try:
        return written(settings), None
    except (InvalidSetting, NoSuchPath) as error:
        try:
            return proposals.in_force(engine, datetime.now(UTC)), error
        except TocsinError:
            raise error from None


def the_only(found: list[str], known: list[str], missing: str) -> str:
    """Take the one that was meant. Raises `TocsinError` where there is none, or several."""
    if len(found) == 1:
        return found[0]
    if found:
        raise TocsinError(f"Several begin so: {', '.join(found[:5])}.", hint="Write more of it.")
    hint = f"It could be: {', '.join(sorted(known)[:5])}." if known else ""
    raise TocsinError(f"{missing}.", hint=hint)
