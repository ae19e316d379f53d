"""The stream as one job: what leaves it, what stops it. Its labels are frozen in `test_stream_graph`."""

from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineState

from pipelines import monitor, watchdog
from pipelines.graph import Rules
from pipelines.io.log import KafkaLog
from pipelines.io.write_results import Sinks
from pipelines.memory import MemoryAt
from pipelines.monitor import Job, origin_of, run, trapped
from pipelines.rules import FixedRules
from schemas import ArticleVersion, InvalidSetting, RuleSet, Unavailable
from tests.memories import an_article
from tests.pipelines.test_stream_graph import PARTS, graph
from tocsin.memory import Part

JOB = Job(
    log=KafkaLog.of({}, topic="tocsin.articles", group="tocsin-alerts"),
    rules=Rules(FixedRules(RuleSet(id="r", watch_lists=(), subscriptions=()))),
    sinks=Sinks(publishing=None, memory=MemoryAt("sqlite://"), part=Part.ALERTS),  # type: ignore[arg-type]
)


class Ends:
    """A pipeline that ends as it is told to."""

    def __init__(self, state: str = PipelineState.DONE, error: BaseException | None = None) -> None:
        self.state, self._error = state, error

    def run(self) -> "Ends":
        return self

    def wait_until_finish(self) -> None:
        if self._error is not None:
            raise RuntimeError("a step failed") from self._error


def ending(monkeypatch: pytest.MonkeyPatch, **given: Any) -> None:
    monkeypatch.setattr(monitor.beam, "Pipeline", lambda options: Ends(**given))
    monkeypatch.setattr(monitor, "build", lambda pipeline, job: None)
    run(JOB, PipelineOptions([]))


def test_a_stream_that_came_to_its_end_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch)


@pytest.mark.parametrize("error", [Unavailable("no store"), InvalidSetting("no topic")])
def test_what_stops_it_is_told_as_what_it_was(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(type(error), match=str(error)):
        ending(monkeypatch, error=error)


def test_what_nobody_foresaw_stops_it_to_be_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match="the stream stopped: a step failed"):
        ending(monkeypatch, error=ZeroDivisionError())


def test_a_runner_that_gave_up_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match="FAILED"):
        ending(monkeypatch, state=PipelineState.FAILED)


def test_when_it_is_over_nothing_hangs_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    watchdog.arm("a share", 1000.0)
    ending(monkeypatch)
    assert watchdog._deadlines == {}


DOORS = {
    "WriteResults/Write/ParDo(WriteFn)",
    "WriteDeadLetters/Write letters",
    "DropDuplicates/Remember articles/ParDo(RememberFn)",
}
"""Steps that know of a record that it is done: all sinks have it, or had it before."""


@pytest.mark.parametrize("part", PARTS)
def test_no_offset_is_committed_but_of_what_came_through_a_door(part: str) -> None:
    every = graph(part).components.transforms.values()
    steps = [it for it in every if not it.subtransforms]
    made_by = {name: step for step in steps for name in step.outputs.values()}
    (places,) = (step for step in steps if step.unique_name == "CommitOffsets/Places")
    seen, waiting = set(), [places]
    while waiting:
        step = waiting.pop()
        seen.add(step.unique_name)
        if step.unique_name not in DOORS:
            waiting += [made_by[name] for name in step.inputs.values()]
    assert seen >= DOORS
    assert not any(name.startswith("ReadKafka") for name in seen)


def test_a_trap_lets_everything_else_through() -> None:
    harmless = ArticleVersion(article=an_article("a", "The ferry sank."))
    assert trapped(harmless, "poison") is harmless
    assert trapped(harmless, "hang:poison") is harmless


def test_an_article_out_of_memory_has_no_origin() -> None:
    article = an_article("a", "The ferry sank.")
    assert origin_of(ArticleVersion(article=article, origin="kafka:t/0@1")) == "kafka:t/0@1"
    assert origin_of(ArticleVersion(article=article)) == ""
