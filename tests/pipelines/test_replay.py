"""What a replay that is stopped tells."""

import pytest

from pipelines.replay import own_error
from schemas import InvalidSetting, Unavailable


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


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ((InvalidSetting("x"), RuntimeError("of the runner")), InvalidSetting),
        ((KeyboardInterrupt(), RuntimeError("of the runner")), KeyboardInterrupt),
        ((KeyboardInterrupt(), OSError("closed"), Unavailable("store")), KeyboardInterrupt),
        ((ValueError("x"), RuntimeError("of the runner")), RuntimeError),
    ],
)
def test_what_is_behind_an_error_is_told(errors, told) -> None:
    assert type(own_error(raised(*errors))) is told
