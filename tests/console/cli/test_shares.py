"""Which share of the log a reader is told to read."""

import click
import pytest

from console.cli.pipeline_run import share_of
from pipelines.io.log import Share


def test_a_share_is_the_kth_of_n() -> None:
    assert share_of("2/3") == Share(2, 3)


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "\u00b2/2", "1/2/3", "-1/2"])
def test_what_is_no_share_is_wrong_usage(text: str) -> None:
    with pytest.raises(click.BadParameter, match="no share such as 1/2"):
        share_of(text)
