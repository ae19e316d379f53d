"""What is printed is what was given: names and sentences of others are no markup."""

from datetime import UTC, datetime

import pytest

from console.cli.show import console, moment
from schemas import EPOCH


def test_brackets_in_a_name_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("Wagner [PMC] [/x] :boom:")
    assert capsys.readouterr().out == "Wagner [PMC] [/x] :boom:\n"


def test_an_article_without_a_date_is_not_of_1970() -> None:
    assert moment(EPOCH) == "no date"
    assert moment(datetime(2023, 8, 7, 21, 14, tzinfo=UTC)) == "2023-08-07 21:14"
