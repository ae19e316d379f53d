"""What is printed is what was given: names and sentences of others are no markup."""

import pytest

from console.cli.show import console


def test_brackets_in_a_name_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("Wagner [PMC] [/x] :boom:")
    assert capsys.readouterr().out == "Wagner [PMC] [/x] :boom:\n"
