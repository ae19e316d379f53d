"""Questions of a backtest: what a subscription asks by one of two rule sets, many of them asked at once."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from schemas import ArticleVersion, QueryError, RuleSet
from tocsin.alerting import counting
from tocsin.query.evaluate import Test, compiled
from tocsin.query.index import Queries
from tocsin.query.nodes import Field, Leaf, leaves
from tocsin.query.printer import print_query
from tocsin.query.relaxed import relaxed
from tocsin.query.resolve import actor_names
from tocsin.query.view import View
from tocsin.rule_changes import Rule, changed_actors


class Side(StrEnum):
    """By which of two rule sets."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a subscription asks by one rule set; `actors` are those that its query depends on."""

    side: Side
    id: str
    rule: Rule
    actors: frozenset[str]

    @property
    def key(self) -> str:
        """Name it among those of both sides."""
        return f"{self.side}:{self.id}"

    @property
    def confidence(self) -> float:
        """How sure mentions must be; any of them, where none is asked for."""
        return self.rule.subscription.min_confidence if self.actors else 0.0

    @cached_property
    def needs_language(self) -> bool:
        """Tell whether its query depends on the language."""
        found = (leaf for leaf, _ in leaves(self.rule.node) if isinstance(leaf, Leaf))
        return any(leaf.field is Field.LANGUAGE for leaf in found)

    @cached_property
    def test(self) -> Test:
        """The whole query."""
        return compiled(self.rule.node)


class Questions:
    """Questions that are asked at once."""

    def __init__(self, questions: Collection[Question], actors: Mapping[str, str]) -> None:
        self._by_key = {each.key: each for each in questions}
        asked: dict[str, str] = {}
        self._of_everything: list[Question] = []
        for each in questions:
            if first := _asked_first(each, actors):
                asked[each.key] = first
            else:
                self._of_everything.append(each)
        self._queries = Queries(asked, actors)

    def match(self, view: View) -> Iterator[Question]:
        """Find the questions that are answered; those that need the language only may be."""
        for key in self._queries.ids_in(view):
            yield self._by_key[key]
        yield from self._of_everything


def _asked_first(question: Question, actors: Mapping[str, str]) -> str:
    """Write what is asked first: all, or all but the language; '' where nothing is left to ask."""
    if not question.needs_language:
        return question.rule.subscription.query
    left = relaxed(question.rule.node, Field.LANGUAGE)
    if left is None:
        return ""
    written = print_query(left)
    try:
        Queries({question.key: written}, actors)
    except QueryError:  # without the language it asks for what is everywhere
        return ""
    return written


class Group:
    """Questions that are asked of the same mentions: of one side alone, or the same on both (None).

    They differ in how sure mentions must be. All are asked at once where all mentions are sure enough
    for all of them, as most are; else those of each confidence by themselves.
    """

    def __init__(
        self, questions: Collection[Question], actors: Mapping[str, str], side: Side | None
    ) -> None:
        self.side = side
        levels = sorted({each.confidence for each in questions})
        self._highest = levels[-1]
        self._all = Questions(questions, actors)
        self._by_level = {
            level: Questions([it for it in questions if it.confidence == level], actors)
            for level in levels
        }

    def asked_of(self, named: ArticleVersion) -> Iterator[tuple[Questions, ArticleVersion]]:
        """Say what is asked of an article version, and with which of its mentions."""
        if all(each.confidence >= self._highest for each in named.mentions):
            yield self._all, named
            return
        for level, questions in self._by_level.items():
            yield questions, counting(named, level)


def grouped(questions: Collection[Question], old: RuleSet, new: RuleSet) -> tuple[Group, ...]:
    """Gather the questions that are asked of the same mentions: few groups, each asked at once."""
    changed = changed_actors(old, new)
    before, after = actor_names(old.watch_lists), actor_names(new.watch_lists)
    # Of an actor that is the same in both, so are all of its names.
    actors = {Side.BEFORE: before, Side.AFTER: after, None: after | before}
    groups: defaultdict[Side | None, list[Question]] = defaultdict(list)
    for each in questions:
        groups[each.side if each.actors & changed else None].append(each)
    return tuple(Group(some, actors[side], side) for side, some in groups.items())
