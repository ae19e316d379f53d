import json

import pytest

from console.role_lines import told

EVENT = '{"event": "polled", "feed": "a", "level": "info", "timestamp": "2026-01-02T03:04:05Z"}'


def test_an_event_stays_one_and_says_who_said_it():
    assert json.loads(told("feeds", EVENT, on_terminal=False)) == {
        "role": "feeds",
        **json.loads(EVENT),
    }


@pytest.mark.parametrize("line", ["Traceback:", "{not json", '{"no": "event"}', "[1]", ""])
def test_any_other_line_becomes_an_event(line):
    said = json.loads(told("alerts", line, on_terminal=False))
    assert said == {"role": "alerts", "event": line}


def test_on_a_terminal_lines_have_columns():
    assert told("feeds", EVENT, on_terminal=True) == "feeds         | 03:04:05 polled feed=a"
    warning = EVENT.replace("info", "warning")
    assert told("feeds", warning, on_terminal=True).endswith("03:04:05 warning polled feed=a")
    assert told("alerts", "Traceback:", on_terminal=True) == "alerts        | Traceback:"
