"""Mentions of a backtest: as they are stored, but for the actors that are not the same in both rule sets."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from schemas import ArticleVersion, Mention, RuleSet, WatchList
from tocsin.matcher import Matcher
from tocsin.questions import Question, Side


class Recounted:
    """Finds mentions of changed actors anew, by each side's watch lists: the stored ones are no one's.

    Only actors that a question depends on are looked for. Mentions of one actor never depend on others.
    """

    def __init__(
        self,
        old: RuleSet,
        new: RuleSet,
        changed: frozenset[str],
        questions: Collection[Question],
    ) -> None:
        self._changed = changed
        asked = changed & {actor for each in questions for actor in each.actors}
        self._matchers = {
            side: Matcher(only(asked, rules.watch_lists), rules.id)
            for side, rules in ((Side.BEFORE, old), (Side.AFTER, new))
            if asked
        }

    def may_differ(self, side: Side, article_version: ArticleVersion) -> bool:
        """Tell whether there may be mentions of changed actors, without a look at the language."""
        return self._matchers[side].may_find(article_version.article)

    def without(self, article_version: ArticleVersion) -> ArticleVersion:
        """Leave out the stored mentions of changed actors."""
        kept = tuple(it for it in article_version.mentions if it.actor not in self._changed)
        return replace(article_version, mentions=kept)

    def version(self, side: Side, article_version: ArticleVersion) -> ArticleVersion:
        """Put mentions by one side's lists in the place of stored ones; its language is known."""
        if side not in self._matchers:
            return article_version
        kept = self.without(article_version)
        found, _ = self._matchers[side].find(kept.article, language=kept.language, story=kept.story)
        return replace(kept, mentions=_sorted((*kept.mentions, *found)))


def only(actors: frozenset[str], watch_lists: Iterable[WatchList]) -> tuple[WatchList, ...]:
    """Leave other actors out of watch lists."""
    return tuple(
        replace(each, actors=tuple(it for it in each.actors if it.id in actors))
        for each in watch_lists
    )


def _sorted(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Sort as the matcher does: the title's first, then by start and actor."""
    return tuple(sorted(mentions, key=lambda it: (it.field != "title", it.start, it.actor)))
