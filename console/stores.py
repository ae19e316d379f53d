"""The store of a command: that of an option, else that of the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from console.run_folder import SQLITE
from schemas import TocsinError

if TYPE_CHECKING:
    from sqlalchemy import Engine


def is_there(url: str) -> bool:
    """Tell whether there is a store to look into: SQLite would make one, servers say it themselves."""
    return not url.startswith(SQLITE) or Path(url.removeprefix(SQLITE)).is_file()


@contextmanager
def opened(url: str | None = None) -> "Iterator[Engine]":
    """Open a store, and make it where there is none. Raises `InvalidSetting`, `Unavailable`."""
    from console.sources import in_force
    from store.engine import open_engine

    engine = open_engine(url or in_force().store.url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def looked_into(url: str | None = None) -> "Iterator[Engine]":
    """Open a store that must be there. Raises `TocsinError` where it is not, and what `opened` raises."""
    from console.sources import in_force

    wanted = url or in_force().store.url
    if not is_there(wanted):
        raise TocsinError(
            f"There is no store {wanted}.",
            hint="`tocsin run` and `tocsin feeds add` make that of the settings; [store] url or TOCSIN_STORE_URL names another.",
        )
    with opened(wanted) as engine:
        yield engine
