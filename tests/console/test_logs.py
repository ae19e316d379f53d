"""What the log says of a fault, and what it keeps to itself."""

import json

import pytest
import structlog

from console.logs import structured


@pytest.fixture(autouse=True)
def _unconfigured():
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_fault_is_logged_with_its_place_and_without_any_variable(
    is_terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal, raising=False)
    structured()
    body = "the text of " + "a page"
    try:
        _stumble(body)
    except KeyError:
        structlog.get_logger("test").exception("fault")
    told = capsys.readouterr().err
    assert "_stumble" in told
    assert "KeyError" in told
    assert body not in told
    if not is_terminal:
        assert json.loads(told)["event"] == "fault"


def _stumble(body: str) -> None:
    raise KeyError(len(body))
