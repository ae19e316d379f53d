"""`tocsin explain`: why an alert rang, or why an article did not, from what was recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.ids import BEGINNING
from console.paths import EXISTING, EXISTING_FOLDER
from console.recorded import About, InFolder, InStore, Recorded
from schemas import (
    Article,
    ArticleVersion,
    Mention,
    NearMiss,
    Subscription,
    TocsinError,
    WatchList,
    encode,
)

if TYPE_CHECKING:
    from tocsin.explain import Explanation

TOPIC = "kafka"
"""The channel of machines: what only goes there goes to nobody."""

EXAMPLE = """\b
Examples:
  tocsin replay seeds/ --out results/
  tocsin explain 3f2a --out results/
  tocsin explain 91bc --out results/ --subscription wagner-in-niger
  tocsin explain 3f2a --store sqlite:///tocsin.db
"""


@click.command(epilog=EXAMPLE)
@click.argument("name", type=BEGINNING, metavar="ALERT|ARTICLE")
@click.option("--out", type=EXISTING_FOLDER, help="Folder that `tocsin replay --out` wrote.")
@click.option("--store", metavar="URL", help="Store of the stream; else that of the settings.")
@click.option("--subscription", help="Only this subscription.")
@click.option("--subscriptions", type=EXISTING, help="File or folder instead of those in force.")
@click.option("--watch-lists", type=EXISTING, help="Folder or file instead of those in force.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one explanation a line.")
def command(
    name: str,
    out: Path | None,
    store: str | None,
    subscription: str | None,
    subscriptions: Path | None,
    watch_lists: Path | None,
    as_json: bool,
) -> None:
    """Say why an alert rang, or for an article why each subscription rang or did not.

    ALERT or ARTICLE is an id, or the beginning of one that no other record shares. Of the stream the
    store has the rules that were in force. A replay keeps none: name the same as it was given, unless
    it was the shipped ones.
    """
    from tocsin.explain import explain, lines
    from tocsin.query.resolve import actor_names

    if out and store:
        raise click.UsageError("name --out or --store, not both")
    with recorded(out, store) as results:
        target = find(name, results)
        if target.subscription and subscription not in (None, target.subscription):
            raise TocsinError(f"Alert {target.alert} is one of {target.subscription}.")
        about, wanted_id = results.about(target.article), target.subscription or subscription
        # Two may have rung before their stories became one: the one that was named comes first.
        alerts = sorted(about.alerts, key=lambda alert: alert.id != target.alert)
        versions = [it for it in about.articles if target.version in ("", it.version)]
        rules_of = [
            rules_for(each, target, results, subscriptions, watch_lists) for each in versions
        ]
        if wanted_id and rules_of and not any(chosen(each, wanted_id) for each in rules_of):
            later = None if subscriptions else results.later(versions[-1], wanted_id)
            raise unknown(wanted_id, later, rules_of[-1])
        for article, rules in zip(versions, rules_of, strict=True):
            wanted = chosen(rules, wanted_id)
            actors = actor_names(rules.watch_lists)
            article_version = put_together(article, about, rules.id)
            for each in wanted:
                found = explain(article_version, each, actors, alerts)
                found = with_deliveries(found, results)
                click.echo(encode(found).decode() if as_json else "\n".join(lines(found)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be explained: an article, and where an alert was named, its version and alert."""

    article: str
    version: str = ""
    subscription: str = ""
    alert: str = ""
    rule_set: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesFor:
    """The rules by which an article is explained, and the id of those by which it was handled, if known."""

    watch_lists: tuple[WatchList, ...]
    subscriptions: tuple[Subscription, ...]
    id: str = ""


@contextmanager
def recorded(out: Path | None, store: str | None) -> Iterator[Recorded]:
    """Open the folder of a replay, or the store of the stream; neither is made."""
    if out is not None:
        yield InFolder(out)
        return
    from console.stores import looked_into

    with looked_into(store) as engine:
        yield InStore(engine)


def find(name: str, results: Recorded) -> Target:
    """Find the one alert or article whose id begins with `name`."""
    rung, ids = results.named(name)
    if len(rung) + len(ids) > 1:
        several = ", ".join([*(f"alert {each.id}" for each in rung), *ids][:6])
        raise TocsinError(f"{name} is the beginning of several ids.", hint=f"Say more: {several}")
    if rung:
        alert = rung[0]
        return Target(
            article=alert.article,
            version=alert.version,
            subscription=alert.subscription,
            alert=alert.id,
            rule_set=alert.rule_set,
        )
    if not ids:
        raise TocsinError(
            f"There is no alert and no article {name} in {results.name}.",
            hint="The results of a replay are named by --out, other stores by --store.",
        )
    return Target(article=ids[0])


def rules_for(
    article: Article,
    target: Target,
    results: Recorded,
    subscriptions: Path | None,
    watch_lists: Path | None,
) -> RulesFor:
    """Take the rules of files where they are named, else those that were in force, else the shipped."""
    from console.rules import load_subscriptions, load_watch_lists

    kept = results.rules(article, target.rule_set)
    if kept is None:
        return RulesFor(
            watch_lists=load_watch_lists(watch_lists),
            subscriptions=load_subscriptions(subscriptions),
        )
    return RulesFor(
        watch_lists=load_watch_lists(watch_lists) if watch_lists else kept.watch_lists,
        subscriptions=load_subscriptions(subscriptions) if subscriptions else kept.subscriptions,
        id=kept.id,
    )


def chosen(rules: RulesFor, name: str | None) -> list[Subscription]:
    """Take all subscriptions, or the named one where it is among them."""
    return [each for each in rules.subscriptions if name in (None, each.id)]


def unknown(name: str, later: datetime | None, rules: RulesFor) -> TocsinError:
    """Say that there is no such subscription, or that it came into force later."""
    if later:
        return TocsinError(
            f"Subscription {name} was not there yet when this article was first seen:"
            f" it holds for what is seen since {later:%Y-%m-%d %H:%M:%S} UTC.",
            hint="What it says of this article: name its file by --subscriptions.",
        )
    known = ", ".join(each.id for each in rules.subscriptions)
    return TocsinError(
        f"There is no subscription {name}.",
        hint=f"Known are: {known}. Others are named by --subscriptions.",
    )


def with_deliveries(found: "Explanation", results: Recorded) -> "Explanation":
    """Add what became of the alert, or that it goes to nobody."""
    if not found.alert:
        return found
    deliveries = results.deliveries(found.alert, found.subscription)
    if deliveries is None or any(each.channel != TOPIC for each in deliveries):
        return replace(found, deliveries=deliveries or ())
    nobody = "It is sent to nobody: the subscription had no channel when it rang."
    return replace(found, deliveries=deliveries, reasons=(*found.reasons, nobody))


def put_together(article: Article, about: About, rule_set: str) -> ArticleVersion:
    """Put an article version together again, with what was found under a rule set (`''`: any)."""
    from tocsin.language import detect

    def is_of(named: Mention | NearMiss) -> bool:
        return named.version == article.version and rule_set in ("", named.rule_set)

    return ArticleVersion(
        article=article,
        story=about.story,
        language=detect(f"{article.title}\n{article.text}", article.language).language,
        mentions=tuple(filter(is_of, about.mentions)),
        entities=tuple(it for it in about.entities if it.version == article.version),
        near_misses=tuple(filter(is_of, about.near_misses)),
        copies=about.copies,
    )
