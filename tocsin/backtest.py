"""A backtest: stored article versions through an old and a new rule set at once.

Only subscriptions that changed are asked, by all their queries at once (`tocsin.query.index`). What a
subscription is silent about does not ring, nor does backfill; a story rings once, as it does live. The
language of a text, which takes longest to find, is only looked at where something depends on it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from schemas import ArticleVersion, Evidence, Mention, RuleSet
from tocsin.alerting import actors_named, counting, silence
from tocsin.comparison import Comparison, Rung, differences
from tocsin.estimate import Estimate, counted
from tocsin.language import detect, primary
from tocsin.query.evaluate import evidence
from tocsin.query.nodes import NAMED, Field, Leaf, leaves
from tocsin.query.view import View
from tocsin.questions import Group, Question, Side, grouped
from tocsin.recounted import Recounted
from tocsin.rule_changes import Pair, Status, changed_actors, pairs


class Backtest:
    """Two rule sets and what they would have rung for, so far.

    Of what is unchanged only the subscriptions that are `named` are asked; where any are, no others.
    `pairs` are all that are looked at, `asked` those of them that are asked.
    Raises `QueryError` for a query that is wrong or too dear.
    """

    def __init__(self, old: RuleSet, new: RuleSet, named: Collection[str] = ()) -> None:
        every = pairs(old, new)
        self.pairs = tuple(it for it in every if not named or it.id in named)
        asked = [it for it in self.pairs if named or it.status is not Status.UNCHANGED]
        self._questions = tuple(_questions(asked))
        self._recounted = Recounted(old, new, changed_actors(old, new), self._questions)
        self._groups = grouped(self._questions, old, new)
        self.asked = tuple(asked)
        self._rung: dict[tuple[Side, str], dict[str, Rung]] = defaultdict(dict)
        self._versions = 0
        self._since: datetime | None = None
        self._until: datetime | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Name what is asked beside the articles themselves: `mentions`, `entities`."""
        nodes = [each.rule.node for each in self._questions]
        found = {it.field for node in nodes for it, _ in leaves(node) if isinstance(it, Leaf)}
        asks_entities = not NAMED.isdisjoint(found)
        return ("mentions",) * (Field.ACTOR in found) + ("entities",) * asks_entities

    def add(self, article_version: ArticleVersion) -> None:
        """Ask of one article version; they come in the order in which they were first seen."""
        article = article_version.article
        self._versions += 1
        self._since = self._since or article.first_seen
        self._until = article.first_seen
        if article.is_backfill or not self._groups:
            return
        asked = _Asked(article_version)
        for group in self._groups:
            for question in self._matching(group, asked):
                self._ring(question, asked)

    def compare(self) -> tuple[Comparison, ...]:
        """Compare what rang so far, for each subscription that was asked, sorted by id."""
        return tuple(self._compared(pair) for pair in self.asked)

    def proof(self, side: Side, id: str, article_version: ArticleVersion) -> tuple[Evidence, ...]:
        """Give the evidence for what a subscription rang for; empty where it does not match."""
        (question,) = (it for it in self._questions if (it.side, it.id) == (side, id))
        spoken = _Asked(article_version).spoken
        sure = counting(self._recounted.version(side, spoken), question.confidence)
        return evidence(question.rule.node, View(sure)) or ()

    def _matching(self, group: Group, asked: "_Asked") -> Iterator[Question]:
        """Find the questions of a group that an article version answers, and that are not silent on it."""
        for questions, sure in group.asked_of(self._named(group.side, asked)):
            for question in questions.match(asked.view(sure)):
                if question.needs_language:
                    spoken = replace(sure, language=asked.spoken.language)
                    if not question.test(View(spoken)):
                        continue
                wanted = question.rule.subscription
                if not silence(wanted, asked.spoken if wanted.languages else asked.version):
                    yield question

    def _named(self, side: Side | None, asked: "_Asked") -> ArticleVersion:
        """Give the mentions that a side goes by: those that are stored, but for changed actors."""
        if side is None:
            return asked.version
        if self._recounted.may_differ(side, asked.version):
            return self._recounted.version(side, asked.spoken)
        return self._recounted.without(asked.version)

    def _ring(self, question: Question, asked: "_Asked") -> None:
        """Keep the first that matched of a story."""
        article, story = asked.version.article, asked.version.story
        of_question = self._rung[question.side, question.id]
        known = of_question.get(story)
        if known is None or article.order < known.order:
            of_question[story] = Rung(
                story=story,
                article=article.id,
                version=article.version,
                first_seen=article.first_seen,
                publisher=article.publisher,
                language=asked.told_language,
            )

    def _compared(self, pair: Pair) -> Comparison:
        before, after = (self._rung[side, pair.id] for side in Side)
        added, lost, same = differences(before, after)
        return Comparison(
            subscription=pair.id,
            status=pair.status,
            added=added,
            lost=lost,
            same=same,
            before=self._counted(before),
            after=self._counted(after),
        )

    def _counted(self, rung: dict[str, Rung]) -> Estimate:
        instants = (each.first_seen for each in rung.values())
        return counted(instants, self._versions, self._since, self._until)


class _Asked:
    """An article version that is cut into words once, and whose language is found when it is asked for."""

    def __init__(self, article_version: ArticleVersion) -> None:
        self.version = article_version
        self._views: dict[tuple[Mention, ...], View] = {}

    @cached_property
    def spoken(self) -> ArticleVersion:
        """The same with its language."""
        article = self.version.article
        found = detect(f"{article.title}\n{article.text}", article.language)
        return replace(self.version, language=found.language)

    @property
    def told_language(self) -> str:
        """The language that its publisher declares, else the one that is found: for counting, that will do."""
        return primary(self.version.article.language) or self.spoken.language

    def view(self, named: ArticleVersion) -> View:
        """View it with some of its mentions."""
        if named.mentions not in self._views:
            self._views[named.mentions] = View(named)
        return self._views[named.mentions]


def _questions(asked: Collection[Pair]) -> Iterator[Question]:
    for pair in asked:
        for side, rule in ((Side.BEFORE, pair.before), (Side.AFTER, pair.after)):
            if rule is not None:
                names = actors_named(rule.node)
                yield Question(side=side, id=pair.id, rule=rule, actors=names)
