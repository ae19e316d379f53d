"""The supervisor: starts roles as processes, starts again what ends, and stops all in order.

Each role leads a session of its own: Ctrl-C reaches us alone, and what a role leaves behind when it
ends (a runner, parsers) is killed with its process group. Roles never outlive us, however we end:
the kernel kills them (`pipelines/launcher.py`), and a reaper what they started (`console/reaper.py`).
A role that has grown beyond its memory is ended in order and started again: it goes on where it was.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

import structlog

from console.children import Child, Role, in_words, kill_group, launched, reaper, tell_to_end
from console.machine import residents
from console.restarts import HALTED, HALTED_HINT, Reason, failures_after, time_left, wait_after

LONGEST_LINE = 1 << 16
"""Bytes of a line of a role; a longer one is told in pieces."""

LONGEST_STOP = 30.0
"""Seconds that roles have to end in order; then they are killed. They hurry up after 27."""

LOOK_SECONDS = 10.0
"""How often it is looked at how much memory roles have."""

LAST_WORDS_SECONDS = 1.0
"""How long what an ended role has said is waited for."""

_log = structlog.get_logger("run")


class _Stop:
    """Somebody said to stop."""


Listener = Callable[[Sequence[Child]], None]


class Supervisor:
    """Keeps roles running in this environment, until SIGTERM, SIGINT, or the terminal is closed.

    `most_memory` is the bytes that a role may have, with all that it started; 0 for any.
    `write` is given every line that a role says, from several threads; `changed` all children after
    each start and each end; `ended` the id of a process that is gone. To be run by the main thread:
    the kernel ends children with the thread that started them.
    """

    def __init__(
        self,
        roles: Sequence[Role],
        environment: Mapping[str, str],
        *,
        write: Callable[[str, str], None],
        most_memory: int = 0,
        changed: Listener = lambda _: None,
        ended: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._children = {role.name: Child(role=role) for role in roles}
        self._environment = environment
        self._write = write
        self._most_memory = most_memory
        self._look = float("inf") if most_memory == 0 else 0.0
        self._changed = changed
        self._ended = ended
        self._told: SimpleQueue[_Stop | str] = SimpleQueue()
        self._tell_reaper: Callable[[str], None] = lambda _: None

    def run(self) -> None:
        """Start the roles, and keep them until told to stop; return when all are gone."""
        with reaper() as self._tell_reaper, self._stopped_by_signals():
            try:
                while not self._is_told_to_stop(self._tend()):
                    pass
            finally:
                self._stop()

    def _tend(self) -> float | None:
        """Start what is due, end what has grown too large; give the seconds until there is more to do."""
        for child in self._waiting():
            if child.due <= time.monotonic():
                self._start(child)
        if self._look <= time.monotonic():
            self._look = time.monotonic() + LOOK_SECONDS
            sizes = residents()
            for child in self._living():
                self._hold_to_budget(child, sizes.get(child.pid, 0))
        due = [each.due for each in self._waiting()]
        looks = [self._look] if self._most_memory else []
        return time_left(time.monotonic(), due + looks)

    def _hold_to_budget(self, child: Child, size: int) -> None:
        """Tell a role to end that has more than it may; kill one that was told and does not."""
        now, told = time.monotonic(), {"role": child.role.name, "pid": child.pid}
        if child.outgrown is None:
            if size > self._most_memory:
                child.outgrown = now
                _log.warning(
                    "role-outgrown", **told, mb=size >> 20, most_mb=self._most_memory >> 20
                )
                tell_to_end(child.pid)
        elif now - child.outgrown > LONGEST_STOP:
            _log.warning("role-killed", **told)
            kill_group(child.pid)

    def _is_told_to_stop(self, wait: float | None) -> bool:
        """Wait for something to happen, or for so many seconds."""
        try:
            told = self._told.get(timeout=wait)
        except Empty:
            return False
        if isinstance(told, _Stop):
            return True
        self._note_end(self._children[told], is_wanted=False)
        return False

    def _start(self, child: Child) -> None:
        name = child.role.name
        try:
            process = launched(child.role, self._environment)
        except OSError as error:  # no memory, no more processes: that may pass
            child.failures += 1
            child.due = time.monotonic() + wait_after(child.failures)
            _log.warning("role-not-started", role=name, reason=str(error))
            return
        child.process, child.started = process, time.monotonic()
        child.starts += 1
        self._tell_reaper(f"+{process.pid}")
        child.lines = threading.Thread(target=self._pass_on, args=(name, process), daemon=True)
        child.lines.start()
        threading.Thread(target=self._await_end, args=(name, process.pid), daemon=True).start()
        _log.info("role-started", role=name, pid=process.pid, start=child.starts)
        self._changed(self._all())

    def _pass_on(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Hand on what a role says. Nobody to tell it to is no reason to let the role wait."""
        assert process.stdout
        with process.stdout as said:
            while line := said.readline(LONGEST_LINE):
                text = line.decode(errors="replace").rstrip()
                with suppress(OSError, ValueError):
                    if text:
                        self._write(name, text)

    def _await_end(self, name: str, pid: int) -> None:
        """Wait until a process ends, without taking its id away: that is still its group's name."""
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self._told.put(name)

    def _note_end(self, child: Child, *, is_wanted: bool) -> None:
        """Clear up behind a process that ended, and say when it is started again."""
        assert child.process
        process, lived = child.process, time.monotonic() - child.started
        kill_group(process.pid)
        self._tell_reaper(f"-{process.pid}")
        status = process.wait()
        if child.lines:
            child.lines.join(LAST_WORDS_SECONDS)
        child.reason = Reason.ENDED if child.outgrown is None else Reason.MEMORY
        child.process = child.outgrown = None
        child.failures = failures_after(child.failures, lived)
        again_in = wait_after(child.failures)
        child.due = time.monotonic() + again_in
        told = {"role": child.role.name, "pid": process.pid, "end": in_words(status)}
        if is_wanted:
            _log.info("role-stopped", **told)
        elif status == HALTED:
            child.halted = True
            _log.error("role-halted", **told, hint=HALTED_HINT)
        else:
            child.restarts[child.reason] += 1
            again = {"reason": str(child.reason), "lived": round(lived, 1), "again_in": again_in}
            _log.warning("role-ended", **told, **again)
        self._ended(process.pid)
        self._changed(self._all())

    def _stop(self) -> None:
        """Tell all to end, wait, and kill those that do not; a second word to stop kills at once."""
        for child in self._living():
            tell_to_end(child.pid)
        deadline = time.monotonic() + LONGEST_STOP
        while self._living():
            try:
                told = self._told.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                told = _Stop()
            if isinstance(told, _Stop):
                for child in self._living():
                    _log.warning("role-killed", role=child.role.name, pid=child.pid)
                    kill_group(child.pid)
                deadline = time.monotonic() + LONGEST_STOP
            else:
                self._note_end(self._children[told], is_wanted=True)

    def _waiting(self) -> list[Child]:
        return [each for each in self._children.values() if not (each.process or each.halted)]

    def _living(self) -> list[Child]:
        return [each for each in self._children.values() if each.process]

    def _all(self) -> list[Child]:
        return list(self._children.values())

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        numbers = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else it was started by nohup
            numbers.append(signal.SIGHUP)
        before = {
            number: signal.signal(number, lambda *_: self._told.put(_Stop())) for number in numbers
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
