"""Secrets on a worker: a job names the variable that holds one, and each worker looks there where it runs.

A graph travels, and whoever may look at a runner may look at it; what opens Kafka and the store does not
travel with it.
"""

import os
from pathlib import Path

from schemas import InvalidSetting

_MARK = "secret:"


def named(variable: str) -> str:
    """Give what stands in a graph for what this variable holds."""
    return f"{_MARK}{variable}"


def looked_up(text: str) -> str:
    """Look up what is `named`, in the variable or in the file that `<variable>_FILE` names.

    Any other text is itself. Raises `InvalidSetting` where there is neither.
    """
    if not text.startswith(_MARK):
        return text
    variable = text.removeprefix(_MARK)
    if variable in os.environ:
        return os.environ[variable]
    path = os.environ.get(f"{variable}_FILE")
    if path is None:
        raise InvalidSetting(
            f"{variable} is not set where the worker runs",
            hint="Secrets do not travel with a job: set it, or its _FILE, beside every TaskManager.",
        )
    return content_of(f"{variable}_FILE", path)


def content_of(variable: str, path: str) -> str:
    """Read the file that a variable names. Raises `InvalidSetting` where that cannot be done."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "not UTF-8"
        raise InvalidSetting(f"{variable}: {path}: {reason}") from error
