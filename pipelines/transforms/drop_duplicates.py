"""Drop duplicates and number versions: what is done already goes no further."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindow, WindowedValue
from apache_beam.utils.timestamp import MIN_TIMESTAMP

from pipelines.io import careful
from pipelines.io.careful import REOPENED_AT_ONCE, Careful, deadly_letter
from pipelines.memory import MemoryAt
from pipelines.metrics import counter, part_is
from pipelines.transforms.batches import BatchDoFn, routing
from schemas import ArticleVersion, DeadLetter, Flag, Unavailable, encode
from tocsin.memory import WHOLE, Key, Part, Seen


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
    into another story, with the next bundle, whether anything new is in it or not; one by one, and
    with nothing else, after something has killed the worker.
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
        self._late, self._deadly = counter("articles_late"), counter("dead_letters")

    def work(self, elements: Sequence[ArticleVersion]) -> list[list[Any]]:
        """Remember a batch, link it, and ask what is to be done."""
        memory = self._memory.open()
        articles = [each.article for each in elements]
        outcomes = memory.remember(articles)
        memory.link({article.id for article in articles})
        unfinished = memory.unfinished(articles, self._part)
        given = set(unfinished)
        found: list[list[Any]] = []
        for each, seen in zip(elements, outcomes, strict=True):
            self._seen[seen].inc()
            article = unfinished.pop((each.article.id, each.article.version), None)
            if article is None:
                self._dropped.inc()
                found.append([beam.pvalue.TaggedOutput("dropped", each)])
                continue
            if seen is not Seen.DUPLICATE and Flag.LATE in article.flags:
                self._late.inc()
            found.append([replace(each, article=article)])
        if careful.here() is None:
            found[-1] += self._moved(given)
        return found

    def finish_bundle(self) -> Iterator[Any]:
        """Work on what is left; in a bundle without anything look for what must be done again."""
        if self._waiting:
            yield from self._flush()
            return
        try:
            reader = careful.here()
            moved: Sequence[ArticleVersion | DeadLetter]
            moved = self._one_moved(reader) if reader else self._moved(())
        except Unavailable:
            return  # nothing was lost: the next bundle looks again
        for each in moved:
            held = WindowedValue(each, MIN_TIMESTAMP, (GlobalWindow(),))
            if isinstance(each, DeadLetter):
                yield beam.pvalue.TaggedOutput("dead", held)
            else:
                yield held

    def _one_moved(self, reader: Careful) -> Sequence[ArticleVersion | DeadLetter]:
        """Try one of what must be done again, unless the reader tries a record; give up what kills."""
        if reader.trying is not None:
            return []
        reopened = self._memory.open().reopened(self._part, 1 + len(reader.deadly))
        moved = [it for it in reopened if (it.id, it.version) not in reader.deadly]
        if not moved:
            reader.again = 0
            return []
        article = moved[0]
        self._reopened.inc()
        if not reader.is_deadly_again((article.id, article.version)):
            return [ArticleVersion(article=article)]
        self._deadly.inc()
        return [deadly_letter(encode(article))]

    def _moved(self, given: Collection[Key]) -> list[ArticleVersion]:
        """Find what must be done again, but for what is given anyway."""
        reopened = self._memory.open().reopened(self._part, REOPENED_AT_ONCE)
        moved = [it for it in reopened if (it.id, it.version) not in given]
        self._reopened.inc(len(moved))
        return [ArticleVersion(article=it) for it in moved]
