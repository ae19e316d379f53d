"""Rules that somebody would like to have: files beside the rule set in force, told apart by what is in them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.rules import load_subscriptions, load_watch_lists, read_text, toml_files
from schemas import RuleSet, Subscription, TocsinError, WatchList, freeze
from tocsin import subscriptions
from tocsin.subscriptions import TABLE
from tocsin.toml_lines import read

if TYPE_CHECKING:
    from sqlalchemy import Engine


def in_force(engine: "Engine", now: datetime) -> RuleSet:
    """Read the rule set that holds for what is seen now. Raises `TocsinError` where there is none."""
    from store import rules
    from store.engine import reading

    with reading(engine) as connection:
        found = rules.in_force(connection, now)
        if found is None:
            raise TocsinError(
                "The store has no rule set in force.",
                hint="`tocsin rules publish` brings one into force; --old names files instead.",
            )
        return rules.read(connection, found)


def proposed(
    old: RuleSet, rules: Path | None, watch_lists: Path | None, wanted: Path | None
) -> RuleSet:
    """Read rules of files; what they say nothing of (watch lists, subscriptions) stays as in `old`.

    `rules` is a file or a folder of both kinds. Raises `InvalidSetting` where a file is wrong, or a
    subscription asks for an actor that is not watched.
    """
    if rules is not None:
        found, asked = _sorted_out(rules)
        lists = found or old.watch_lists
        asked = asked or old.subscriptions
    else:
        lists = load_watch_lists(watch_lists) if watch_lists else old.watch_lists
        asked = load_subscriptions(wanted) if wanted else old.subscriptions
    subscriptions.check_against(asked, lists)
    return freeze(lists, asked, old.versions)


def with_kept(engine: "Engine", rules: RuleSet) -> RuleSet:
    """Add the subscriptions that are kept in the store, as is done when files come into force."""
    from store import changes
    from store.engine import reading

    with reading(engine) as connection:
        kept = changes.kept(connection).values()
    found = subscriptions.joined(rules.subscriptions, kept, rules.watch_lists)
    return freeze(rules.watch_lists, found.subscriptions, rules.versions)


def narrowed(rules: RuleSet, subscription: Subscription) -> tuple[RuleSet, RuleSet]:
    """Give rule sets without any subscription, and with this one alone."""
    subscriptions.check_against([subscription], rules.watch_lists)
    nothing = freeze(rules.watch_lists, (), rules.versions)
    return nothing, freeze(rules.watch_lists, (subscription,), rules.versions)


def _sorted_out(path: Path) -> tuple[tuple[WatchList, ...], tuple[Subscription, ...]]:
    """Read files of subscriptions, and watch lists: those that have actors."""
    lists: list[WatchList] = []
    asked: list[Subscription] = []
    for file in toml_files(path):
        content = read(read_text(file), file=str(file))
        if TABLE in content:
            asked += load_subscriptions(file)
        else:
            lists += load_watch_lists(file)
    return tuple(lists), tuple(asked)
