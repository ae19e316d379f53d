"""Estimates from the store of the stream: for what a query would have rung in the last week."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from schemas import ArticleVersion, Subscription
from tocsin.estimate import Estimate, estimate
from tocsin.query.nodes import NAMED, Field, Leaf, Node, leaves

if TYPE_CHECKING:
    from sqlalchemy import Engine

WEEK = timedelta(days=7)
"""What is looked back at from the latest article: all days of the week, as they differ."""


def last_week(
    engine: "Engine",
    subscription: Subscription,
    node: Node,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> Estimate:
    """Ask a resolved query of what was first seen in the last week that is stored.

    Mentions and entities are those that were found then; only languages are looked at again, and
    only if they are asked for. When time `is_over`, it is that of the part that was looked at, from its
    first day on.
    """
    from store.engine import reading
    from store.history import newest, versions_since

    asked = {leaf.field for leaf, _ in leaves(node) if isinstance(leaf, Leaf)}
    kinds = ["mentions"] * (Field.ACTOR in asked) + ["entities"] * (not NAMED.isdisjoint(asked))
    with reading(engine) as connection:
        latest = newest(connection)
        if latest is None:
            return Estimate()
        versions = versions_since(connection, latest - WEEK, kinds)
        if Field.LANGUAGE in asked or subscription.languages:
            versions = _with_languages(versions)
        return estimate(node, subscription, takewhile(lambda _: not is_over(), versions))


def _with_languages(versions: Iterator[ArticleVersion]) -> Iterator[ArticleVersion]:
    from tocsin.language import detect

    for each in versions:
        article = each.article
        found = detect(f"{article.title}\n{article.text}", article.language)
        yield replace(each, language=found.language)


def told(found: Estimate) -> str:
    """Put an estimate into a sentence."""
    if found.a_day is None or found.since is None or found.until is None:
        return "No article is stored: no estimate."
    busiest = f"; most on {found.busiest} ({found.on_busiest})" if found.busiest else ""
    return (
        f"About {found.a_day:g} alerts a day: {found.alerts} in {found.versions:,} article versions "
        f"first seen from {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M}{busiest}."
    )
