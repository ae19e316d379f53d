"""What is behind the failure of a job, whether it was raised or only told."""

import signal
import threading
import traceback
from queue import SimpleQueue

import grpc
import pytest
from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.worker import sdk_worker

from pipelines.failures import own_error, started, told_once
from schemas import Halted, InvalidSetting, StoreLost, TocsinError, Unavailable


def raised(*errors: BaseException) -> BaseException:
    """Raise errors, each while the one before is being handled; give the last."""
    last = errors[0]
    for error in errors[1:]:
        try:
            try:
                raise last
            except BaseException:
                raise error  # noqa: B904 - the context is what is tested
        except BaseException as caught:
            last = caught
    return last


def told(error: BaseException) -> RuntimeError:
    """Tell of an error as a worker does: as text."""
    lines = traceback.format_exception(error)
    return RuntimeError(f"bundle inst007 failed:{''.join(lines)}\n)")


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ((InvalidSetting("x"), RuntimeError("of the runner")), InvalidSetting),
        ((KeyboardInterrupt(), RuntimeError("of the runner")), KeyboardInterrupt),
        ((KeyboardInterrupt(), OSError("closed"), Unavailable("store")), KeyboardInterrupt),
        ((ValueError("x"), RuntimeError("of the runner")), RuntimeError),
    ],
)
def test_what_is_behind_an_error_is_told(
    errors: tuple[BaseException, ...], told: type[BaseException]
) -> None:
    assert type(own_error(raised(*errors))) is told


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("no store", hint="Start it."),
        InvalidSetting("no"),
        Halted("stopped", hint="Look."),
        StoreLost("removed", hint="Put it back."),
    ],
)
def test_an_error_of_ours_comes_back_out_of_the_text_of_its_traceback(error: TocsinError) -> None:
    found = own_error(told(raised(OSError("closed"), error)))
    assert type(found) is type(error)
    assert (str(found), getattr(found, "hint", None)) == (str(error), error.hint)


def test_what_beam_adds_to_it_in_a_step_is_no_part_of_it() -> None:
    bare = Unavailable("no store", hint="Start it.")
    found = own_error(
        told(raised(bare, Unavailable("no store [while running 'WriteResults/Write']")))
    )
    assert (str(found), getattr(found, "hint", None)) == ("no store", "Start it.")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Unavailable: nothing of ours, for all its name"),
        RuntimeError("a record with schemas.errors.Unavailable: in its text"),
    ],
)
def test_what_is_none_of_ours_stays_what_it_is(error: Exception) -> None:
    as_told = told(error)
    assert own_error(as_told) is as_told


@pytest.fixture
def complaints(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """What threads complain about as they end."""
    heard: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda ended: heard.append(ended.exc_type))
    return heard


def ends_by(error: BaseException) -> None:
    def run() -> None:
        raise error

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_that_the_runner_is_gone_is_not_told_by_each_thread(
    complaints: list[type[BaseException]],
) -> None:
    with told_once():
        ends_by(grpc.RpcError())
        ends_by(ZeroDivisionError())
    assert complaints == [ZeroDivisionError]
    ends_by(grpc.RpcError())
    assert complaints == [ZeroDivisionError, grpc.RpcError]


def test_after_ctrl_c_it_is_not_told_at_all(complaints: list[type[BaseException]]) -> None:
    with pytest.raises(KeyboardInterrupt), told_once():
        raise KeyboardInterrupt
    ends_by(grpc.RpcError())
    assert complaints == []


def fails_by(error: Exception) -> None:
    """Let a worker of this process fail as it does over a bundle."""

    def fail() -> None:
        raise error

    harness = sdk_worker.SdkHarness.__new__(sdk_worker.SdkHarness)
    harness._responses = SimpleQueue()
    harness._execute(fail, beam_fn_api_pb2.InstructionRequest(instruction_id="inst007"))


def test_of_an_error_of_ours_a_worker_prints_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with told_once():
        fails_by(Unavailable("no store"))
        assert capsys.readouterr().err == ""
        fails_by(ZeroDivisionError())
        assert "ZeroDivisionError" in capsys.readouterr().err
    fails_by(Unavailable("no store"))
    assert "no store" in capsys.readouterr().err


class OfBeam:
    """A pipeline that takes Ctrl-C for itself, as one on Prism does."""

    def run(self) -> str:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return "a result"


def test_a_job_leaves_ctrl_c_to_whoever_had_it() -> None:
    ours = signal.getsignal(signal.SIGINT)
    assert started(OfBeam()) == "a result"
    assert signal.getsignal(signal.SIGINT) is ours
