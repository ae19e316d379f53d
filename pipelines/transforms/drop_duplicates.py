"""Drop duplicates and number versions: what is done already goes no further."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import apache_beam as beam

from pipelines.memory import MemoryAt
from pipelines.metrics import counter, part_is
from pipelines.transforms.batches import BatchDoFn, routing
from schemas import Article, ArticleVersion, DeadLetter, Flag
from tocsin.memory import WHOLE, Part, Seen
from tocsin.stories import is_late


class Remembering(NamedTuple):
    """Article versions with work to be done on them, those without, and those that failed."""

    ok: beam.PCollection[ArticleVersion]
    dropped: beam.PCollection[ArticleVersion]
    dead: beam.PCollection[DeadLetter]


@dataclass(eq=False)
class DropDuplicates(beam.PTransform):
    """Remember every article version and link it to its copies; hand on what `part` has to do.

    Remembering is committed before copies are looked up: of two copies in flight at least one sees
    the other. A version that comes again is a duplicate once its work is finished; until then it may
    be the same record after a crash, and is done again. So are the articles that a late arrival moved
    into another story.
    """

    memory: MemoryAt
    part: Part

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> Remembering:
        """Let through, once, what is not finished."""
        outputs = pcoll | "Remember articles" >> routing(
            RememberFn(self.memory, self.part),
            ArticleVersion,
            dropped=ArticleVersion,
            dead=DeadLetter,
        )
        return Remembering(ok=outputs.ok, dropped=outputs.dropped, dead=outputs.dead)


class RememberFn(BatchDoFn):
    """Carries batches of articles to memory."""

    stage = "drop-duplicates"
    waits = True

    def __init__(self, memory: MemoryAt, part: Part) -> None:
        self._memory = memory
        self._part = part

    def setup(self) -> None:
        """Take hold of the counters, and say whose they are."""
        part_is("all" if self._part == WHOLE else str(self._part.name).lower())
        self._seen = {
            Seen.NEW: counter("articles_new"),
            Seen.EDIT: counter("articles_edited"),
            Seen.DUPLICATE: counter("articles_again"),
        }
        self._dropped, self._reopened = counter("duplicates"), counter("articles_reopened")
        self._late = counter("articles_late")

    def work(self, elements: Sequence[ArticleVersion]) -> list[list[Any]]:
        """Remember a batch, link it, and ask what is to be done."""
        memory = self._memory.open()
        articles = [each.article for each in elements]
        outcomes = memory.remember(articles)
        memory.link({article.id for article in articles})
        again = {_key(it) for it, seen in zip(articles, outcomes, strict=True) if seen is _AGAIN}
        repeated = [article for article in articles if _key(article) in again]
        unfinished = memory.unfinished(repeated, self._part) if repeated else {}
        horizon = memory.horizon()
        found: list[list[Any]] = []
        given: set[tuple[str, str]] = set()
        for each, seen in zip(elements, outcomes, strict=True):
            self._seen[seen].inc()
            key = _key(each.article)
            article = unfinished.get(key) if key in again else each.article
            if article is None or key in given:
                self._dropped.inc()
                found.append([beam.pvalue.TaggedOutput("dropped", each)])
                continue
            given.add(key)
            if key not in again:  # what memory knew came in time, whoever is behind with it
                article = self._flagged(article, horizon)
            found.append([replace(each, article=article)])
        moved = [it for it in memory.reopened(self._part) if _key(it) not in given]
        self._reopened.inc(len(moved))
        found[-1] += [ArticleVersion(article=it) for it in moved]
        return found

    def _flagged(self, article: Article, horizon: datetime | None) -> Article:
        """Flag an article that comes when what it might copy is forgotten."""
        ttl = self._memory.time_to_live
        if horizon is None or not is_late(article.first_seen, horizon, ttl):
            return article
        self._late.inc()
        return replace(article, flags=tuple(sorted({*article.flags, Flag.LATE})))


_AGAIN = Seen.DUPLICATE


def _key(article: Article) -> tuple[str, str]:
    return (article.id, article.version)
