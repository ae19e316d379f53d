"""Monitor: the log through the whole graph into topics and store, continuously, on a Beam runner.

Nothing rests on the runner. What must be remembered is in the store, and where to go on is committed
in Kafka when all sinks are done; so whatever is killed at whatever moment does some records again, and
doing a record again changes nothing.
"""

import os
import signal
import time
from dataclasses import dataclass
from typing import NoReturn

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineState

from pipelines import watchdog
from pipelines.failures import finished, own_error
from pipelines.graph import Rules, enrich, remember
from pipelines.io.careful import end_in_order, end_out_of_order
from pipelines.io.commit_offsets import CommitOffsets
from pipelines.io.halting import note_good
from pipelines.io.log import KafkaLog, Share
from pipelines.io.read_kafka import SHORT, Pace, ReadKafka
from pipelines.io.read_kafka_xlang import ReadKafkaXlang
from pipelines.io.write_results import Sinks, WriteDeadLetters, WriteResults
from schemas import ArticleVersion, TocsinError, Unavailable
from tocsin.lines import ExtractHtml
from tocsin.memory import WHOLE, Part

AT_ONCE = {Part.ALERTS: 200, Part.ENTITIES: 24, WHOLE: 24}
"""Records of one bundle: what takes a second or two, so that no alert waits long for its neighbours."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One part of the stream: which records it reads, by what rules, and where the results go.

    `to_end` stops where the log ends now. `pace` is what suits the runner. `java_source` reads by Beam's KafkaIO: `found`, or where its
    expansion service is (`HOST:PORT`). `trap` is for tests: an article with this text kills the
    worker, or, with `hang:` before it, hangs it.
    """

    log: KafkaLog
    rules: Rules
    sinks: Sinks
    shares: tuple[Share, ...] = (Share(),)
    extract_html: ExtractHtml | None = None
    to_end: bool = False
    java_source: str = ""
    pace: Pace = SHORT
    trap: str = ""


def build(pipeline: beam.Pipeline, job: Job) -> None:
    """Put the stream together. Records leave it by three doors: written, dropped, dead letters."""
    sinks = job.sinks
    memory, part = sinks.memory, sinks.part
    read = pipeline | "ReadKafka" >> _source(job)
    remembered = remember(read.ok, memory, job.extract_html, part)
    todo = remembered.ok
    if job.trap:
        todo = todo | "Trap" >> beam.Map(trapped, job.trap).with_output_types(ArticleVersion)
    enriched = enrich(todo, job.rules, memory, part)
    written = enriched.ok | "WriteResults" >> WriteResults(sinks)
    dead = (read.dead, remembered.dead, enriched.dead, written.dead) | "Dead" >> beam.Flatten()
    letters = dead | "WriteDeadLetters" >> WriteDeadLetters(sinks)
    dropped = remembered.dropped | "Dropped" >> beam.Map(origin_of).with_output_types(str)
    done = (written.ok, letters, dropped) | "Done" >> beam.Flatten()
    _ = (done, read.passed) | "CommitOffsets" >> CommitOffsets(job.log)


def _source(job: Job) -> ReadKafka | ReadKafkaXlang:
    if job.java_source:
        found = job.java_source if ":" in job.java_source else ""
        return ReadKafkaXlang(job.log, found)
    at_once, store = AT_ONCE[job.sinks.part], job.sinks.memory.url
    return ReadKafka(job.log, job.shares, at_once, job.to_end, store, job.pace)


def run(job: Job, options: PipelineOptions) -> None:
    """Run the stream to where it ends, or until something is wrong that will not mend itself.

    Raises what is wrong: an error of ours where there is one, else `Unavailable`.
    """
    pipeline = beam.Pipeline(options=options)
    build(pipeline, job)
    try:
        result = finished(pipeline)
    except Exception as error:
        own = own_error(error)
        if isinstance(own, TocsinError | KeyboardInterrupt):
            raise own from error
        end_out_of_order()
        raise Unavailable(f"the stream stopped: {error}") from error
    finally:
        watchdog.disarm_all()  # the last bundle is over; to end is not to hang
    if result.state != PipelineState.DONE:
        raise Unavailable(f"the stream stopped: {result.state}")


def leave() -> NoReturn:
    """End this process at once, in order: what is in work is done again, and the runner goes with it.

    To cancel the job takes longer and leaves the same.
    """
    end_in_order()
    os._exit(0)


def origin_of(article_version: ArticleVersion) -> str:
    """Say where an article version lay that is done; it counts as a good one."""
    note_good()
    return article_version.origin


def trapped(article_version: ArticleVersion, trap: str) -> ArticleVersion:
    """Hand an article version on, unless it is the one that kills."""
    kind, _, marker = trap.rpartition(":")
    if marker in article_version.article.text:
        if kind == "hang":
            while True:
                time.sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)
    return article_version
