"""Failures of a job: what is behind one, that it is told once, and that a job can be interrupted.

Between a worker and its driver an error is nothing but the text of its traceback. An error of ours
stands in it as Python writes it, with its hint as a note; so it can be raised again as what it was.
"""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import apache_beam as beam
import grpc
from apache_beam.runners.runner import PipelineResult
from apache_beam.runners.worker import sdk_worker

from schemas import Halted, InvalidSetting, StoreLost, TocsinError, Unavailable

_CARRIED = {
    f"{kind.__module__}.{kind.__qualname__}": kind
    for kind in (Halted, InvalidSetting, StoreLost, Unavailable)
}
"""What may end a job: no fault of the record that was in work."""

_IN_TEXT = re.compile(
    rf"^({'|'.join(map(re.escape, _CARRIED))}): (.*?)(?: \[while running '[^'\n]*'\])?$(?:\nhint: (.*))?",
    re.MULTILINE,
)


def own_error(error: BaseException) -> BaseException:
    """Find what is behind an error: the user's Ctrl-C, or an error of ours that says what to do.

    A runner wraps both, or gives the text alone; and what Ctrl-C interrupts may complain on its way
    out. Without any of them the error itself is returned.
    """
    behind, waiting = [error], [error]
    while waiting:
        found = waiting.pop()
        for each in (found.__cause__, found.__context__):
            if each is not None and each not in behind:
                behind.append(each)
                waiting.append(each)
    for wanted in (KeyboardInterrupt, TocsinError):
        for each in behind:
            if isinstance(each, wanted):
                return each
    return _in_text(str(error)) or error


def _in_text(text: str) -> TocsinError | None:
    """Make the error of ours again with which a traceback ends; None where there is none in it."""
    found = _IN_TEXT.findall(text)
    if not found:
        return None
    name, message, _ = found[-1]
    # Beam raises it once more, with the step and without the hint.
    hint = next((hint for _, said, hint in found if hint and said == message), "")
    return _CARRIED[name](message, hint=hint)


def started(pipeline: beam.Pipeline) -> PipelineResult:
    """Start a pipeline, and leave Ctrl-C to us: Beam's way waits for its runner, for ever when told twice."""
    ours = signal.getsignal(signal.SIGINT)
    result = pipeline.run()
    if signal.getsignal(signal.SIGINT) is not ours:
        signal.signal(signal.SIGINT, ours)
    return result


def finished(pipeline: beam.Pipeline) -> PipelineResult:
    """Run a pipeline to its end: `started`, and `told_once`. Raises what stops it, as its runner puts it."""
    with told_once():
        result = started(pipeline)
        result.wait_until_finish()
        return result


@contextmanager
def told_once() -> Iterator[None]:
    """Keep Beam's threads from telling with tracebacks what whoever waits for the job is told.

    That is an error of ours, and that the runner is gone. After Ctrl-C, which ends this process and may
    reach the runner first, it stays so.
    """
    before = threading.excepthook

    def told(ended: threading.ExceptHookArgs) -> None:
        if not isinstance(ended.exc_value, grpc.RpcError):
            before(ended)

    def restore() -> None:
        threading.excepthook = before
        del sdk_worker.print

    threading.excepthook = told
    sdk_worker.print = _unless_ours  # a worker of this process prints whatever ends a bundle
    try:
        yield
    except Exception:
        restore()
        raise
    restore()


def _unless_ours(text: str, file: TextIO) -> None:
    if _in_text(text) is None:
        file.write(f"{text}\n")
