"""The rule set in force: watch lists and subscriptions from files, else the shipped ones."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from schemas import InvalidSetting, RuleSet, Subscription, WatchList, freeze
from tocsin import fingerprint, matcher, query, subscriptions, watchlists

Rule = TypeVar("Rule")


def toml_files(path: Path) -> list[Path]:
    """List the rule files that `path` names: itself, or every `.toml` under it.

    Raises `InvalidSetting` when there is none.
    """
    if path.is_file():
        return [path]
    found = sorted(path.rglob("*.toml")) if path.is_dir() else []
    if not found:
        raise InvalidSetting(f"{path}: no .toml file here", hint="Name a file or a folder of them.")
    return found


def _parse_all(path: Path, parse: Callable[[Path], Rule]) -> tuple[Rule, ...]:
    return tuple(parse(file) for file in toml_files(path))


def load_watch_lists(path: Path | None) -> tuple[WatchList, ...]:
    """Read the watch lists under `path`; the shipped ones where it is None."""
    if path is None:
        return watchlists.shipped()
    return _parse_all(path, lambda f: watchlists.parse(read_text(f), file=str(f)))


def load_subscriptions(path: Path | None) -> tuple[Subscription, ...]:
    """Read the subscriptions under `path`; the shipped ones where it is None."""
    if path is None:
        return subscriptions.shipped()
    parsed = _parse_all(path, lambda f: subscriptions.parse(read_text(f), file=str(f)))
    return tuple(each for group in parsed for each in group)


def load_rule_set(
    watch_lists: Path | None, subscription_path: Path | None, *, recogniser: str = ""
) -> RuleSet:
    """Freeze what is in force; `recogniser` names the entity models that take part.

    Raises `InvalidSetting` when a subscription asks for an actor that is not watched.
    """
    lists = load_watch_lists(watch_lists)
    wanted = load_subscriptions(subscription_path)
    if subscription_path is None and watch_lists is not None:
        wanted = subscriptions.answerable(wanted, lists)
    subscriptions.check_against(wanted, lists)
    versions = (
        matcher.VERSION,
        f"fingerprint-{fingerprint.VERSION}",
        query.VERSION,
        recogniser,
    )
    return freeze(lists, wanted, tuple(version for version in versions if version))


def read_text(path: Path) -> str:
    """Read a file that people write. Raises `InvalidSetting` where it cannot be read, with the line."""
    if path.is_fifo():
        raise InvalidSetting(f"{path}: a pipe, which nobody may ever write to: name a file")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InvalidSetting(f"{path}:{line}: not UTF-8: save the file as UTF-8") from error
    except OSError as error:
        raise InvalidSetting(f"{path}: {error.strerror}") from error
