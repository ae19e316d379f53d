"""What was found out about articles, as it was recorded: by a replay in its folder, by the stream in a store."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from console.results import records
from schemas import Alert, Article, Entity, Mention, NearMiss, RuleSet, Story, decode
from tocsin.whereabouts import Delivery

if TYPE_CHECKING:
    from sqlalchemy import Engine

SEVERAL = 7
"""Ids that begin alike and are looked for at most: enough to say that a name means several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """All versions of an article with what they name, its story, and the alerts of that."""

    articles: tuple[Article, ...] = ()
    mentions: tuple[Mention, ...] = ()
    entities: tuple[Entity, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    story: str = ""
    copies: int = 0
    alerts: tuple[Alert, ...] = ()


class Recorded(Protocol):
    """Where results are recorded."""

    @property
    def name(self) -> str:
        """Name it for people."""

    def named(self, beginning: str) -> tuple[list[Alert], list[str]]:
        """Find the alerts, and the ids of the articles, whose ids begin so."""

    def about(self, article: str) -> About:
        """Give what is recorded about an article."""

    def rules(self, article: Article, rule_set: str = "") -> RuleSet | None:
        """Give the rule set of this id, else the one for this article; None where none is kept."""

    def later(self, article: Article, subscription: str) -> datetime | None:
        """Tell when a subscription came into force after an article was first seen; None for never."""

    def deliveries(self, alert: str, subscription: str) -> tuple[Delivery, ...] | None:
        """Give what became of an alert of a subscription; None where nothing is ever sent."""


@dataclass(frozen=True, slots=True)
class InFolder:
    """The files of a replay."""

    folder: Path

    @property
    def name(self) -> str:
        """Name the folder."""
        return str(self.folder)

    def named(self, beginning: str) -> tuple[list[Alert], list[str]]:
        """Read both files."""
        rung = [each for each in self._all("alerts", Alert) if each.id.startswith(beginning)]
        ids = {each.id for each in self._all("articles", Article) if each.id.startswith(beginning)}
        return rung, sorted(ids)

    def about(self, article: str) -> About:
        """Read all files."""
        story, copies = self._story(article)
        return About(
            articles=tuple(it for it in self._all("articles", Article) if it.id == article),
            mentions=tuple(it for it in self._all("mentions", Mention) if it.article == article),
            entities=tuple(it for it in self._all("entities", Entity) if it.article == article),
            near_misses=tuple(
                it for it in self._all("near-misses", NearMiss) if it.article == article
            ),
            story=story,
            copies=copies,
            alerts=tuple(self._all("alerts", Alert)),
        )

    def rules(self, article: Article, rule_set: str = "") -> RuleSet | None:
        """Give none: a replay writes only the id of its rules."""
        return None

    def later(self, article: Article, subscription: str) -> datetime | None:
        """Tell of none: a replay goes by one rule set."""
        return None

    def deliveries(self, alert: str, subscription: str) -> tuple[Delivery, ...] | None:
        """Give none: a replay sends nothing to anyone."""
        return None

    def _all(self, name: str, kind: type) -> Iterator[Any]:
        return records(self.folder, name, kind)

    def _story(self, article: str) -> tuple[str, int]:
        """Find the story of an article, and how many copies it has."""
        for story in self._all("stories", Story):
            if article == story.id or any(each.article == article for each in story.copies):
                return story.id, len(story.copies)
        return article, 0


@dataclass(frozen=True, slots=True)
class InStore:
    """The run of the stream, the memory of its stories, and its rule sets."""

    engine: "Engine"

    @property
    def name(self) -> str:
        """Name the store, without a password."""
        return f"the store {self.engine.url.render_as_string(hide_password=True)}"

    def named(self, beginning: str) -> tuple[list[Alert], list[str]]:
        """Look into both tables."""
        from store.engine import reading
        from store.lookups import alerts_named, ids_beginning

        with reading(self.engine) as connection:
            rung = ids_beginning(connection, "alerts", beginning, SEVERAL)
            ids = ids_beginning(connection, "articles", beginning, SEVERAL)
            return alerts_named(connection, rung), ids

    def about(self, article: str) -> About:
        """Read what belongs to the article, and the alerts of its story, as one story as of now."""
        from store.engine import reading
        from store.lookups import alerts_of, records_about
        from store.memory import SqlMemory

        memory = SqlMemory(self.engine)
        story = memory.roots([article])[article]
        with reading(self.engine) as connection:

            def all_of(kind: str, record: type) -> tuple[Any, ...]:
                return tuple(decode(record, it) for it in records_about(connection, kind, article))

            return About(
                articles=all_of("articles", Article),
                mentions=all_of("mentions", Mention),
                entities=all_of("entities", Entity),
                near_misses=all_of("near-misses", NearMiss),
                story=story,
                copies=memory.copies([story]).get(story, 0),
                alerts=tuple(replace(it, story=story) for it in alerts_of(connection, story)),
            )

    def rules(self, article: Article, rule_set: str = "") -> RuleSet | None:
        """Read the one of the alert, or the one that was in force when the article was first seen."""
        from store import rules
        from store.engine import reading

        with reading(self.engine) as connection:
            schedule = rules.schedule(connection)
            due = [id for since, id in schedule if since <= article.first_seen]
            in_force = due[-1:] or [id for _, id in schedule[:1]]
            wanted = [rule_set] if rule_set else in_force
            return rules.read(connection, wanted[0]) if wanted else None

    def later(self, article: Article, subscription: str) -> datetime | None:
        """Look for it in the rule sets that hold for what was seen later, in their order."""
        from store import rules
        from store.engine import reading

        with reading(self.engine) as connection:
            for since, id in rules.schedule(connection):
                if since > article.first_seen:
                    found = rules.read(connection, id).subscriptions
                    if any(each.id == subscription for each in found):
                        return since
        return None

    def deliveries(self, alert: str, subscription: str) -> tuple[Delivery, ...]:
        """Read the rows of the alert, and of what they were gathered into."""
        from store.engine import reading
        from store.whereabouts import of_alert

        with reading(self.engine) as connection:
            return of_alert(connection, alert, subscription)
