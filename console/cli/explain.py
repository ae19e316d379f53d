"""`tocsin explain`: why an alert rang, or why an article did not, from the files of a replay."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from console.paths import EXISTING, EXISTING_FOLDER
from console.results import records
from schemas import (
    Alert,
    Article,
    ArticleVersion,
    Entity,
    Mention,
    NearMiss,
    Story,
    Subscription,
    TocsinError,
    encode,
)

EXAMPLE = """\b
Examples:
  tocsin replay seeds/ --out results/
  tocsin explain 3f2a --out results/
  tocsin explain 91bc --out results/ --subscription wagner-in-niger
"""


@click.command(epilog=EXAMPLE)
@click.argument("name", metavar="ALERT|ARTICLE")
@click.option(
    "--out",
    required=True,
    type=EXISTING_FOLDER,
    help="Folder that `tocsin replay --out` wrote.",
)
@click.option("--subscription", help="Only this subscription.")
@click.option("--subscriptions", type=EXISTING, help="File or folder; else shipped.")
@click.option("--watch-lists", type=EXISTING, help="Folder or file; else shipped.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one explanation a line.")
def command(
    name: str,
    out: Path,
    subscription: str | None,
    subscriptions: Path | None,
    watch_lists: Path | None,
    as_json: bool,
) -> None:
    """Say why an alert rang, or for an article why each subscription rang or did not.

    ALERT or ARTICLE is an id, or the beginning of one that no other record shares. Name the same
    rules with which the replay ran.
    """
    from console.rules import load_subscriptions, load_watch_lists
    from tocsin.explain import explain, lines
    from tocsin.query.resolve import actor_names

    alerts = list(records(out, "alerts", Alert))
    target = find(name, out, alerts)
    if target.subscription and subscription not in (None, target.subscription):
        raise TocsinError(f"Alert {target.alert} is one of {target.subscription}.")
    wanted = chosen(load_subscriptions(subscriptions), target.subscription or subscription)
    actors = actor_names(load_watch_lists(watch_lists))
    for article_version in article_versions(out, target):
        for each in wanted:
            found = explain(article_version, each, actors, alerts)
            click.echo(encode(found).decode() if as_json else "\n".join(lines(found)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be explained: an article, and where an alert was named, its version and alert."""

    article: str
    version: str = ""
    subscription: str = ""
    alert: str = ""


def find(name: str, out: Path, alerts: list[Alert]) -> Target:
    """Find the one alert or article whose id begins with `name`."""
    wanted = name.lower()
    rung = [each for each in alerts if each.id.startswith(wanted)]
    ids = sorted(
        {each.id for each in records(out, "articles", Article) if each.id.startswith(wanted)}
    )
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
        )
    if not ids:
        raise TocsinError(
            f"There is no alert and no article {name} in {out}.",
            hint=f"Ids stand in {out / 'alerts.jsonl'} and {out / 'articles.jsonl'}.",
        )
    return Target(article=ids[0])


def chosen(subscriptions: tuple[Subscription, ...], name: str | None) -> list[Subscription]:
    """Take all subscriptions, or the named one."""
    wanted = [each for each in subscriptions if name in (None, each.id)]
    if not wanted:
        known = ", ".join(each.id for each in subscriptions)
        raise TocsinError(
            f"There is no subscription {name}.",
            hint=f"Known are: {known}. Others are named by --subscriptions.",
        )
    return wanted


def article_versions(out: Path, target: Target) -> "Iterator[ArticleVersion]":
    """Put the versions of an article together again from the files, in their order."""
    from tocsin.language import detect

    story, copies = _story(out, target.article)
    about: dict[str, list[Any]] = {}
    for name, kind in (("mentions", Mention), ("entities", Entity), ("near-misses", NearMiss)):
        about[name] = [each for each in records(out, name, kind) if each.article == target.article]
    for article in records(out, "articles", Article):
        if article.id != target.article or target.version not in ("", article.version):
            continue
        of = {
            name: tuple(each for each in found if each.version == article.version)
            for name, found in about.items()
        }
        yield ArticleVersion(
            article=article,
            story=story,
            language=detect(f"{article.title}\n{article.text}", article.language).language,
            mentions=of["mentions"],
            entities=of["entities"],
            near_misses=of["near-misses"],
            copies=copies,
        )


def _story(out: Path, article: str) -> tuple[str, int]:
    """Find the story of an article, and how many copies it has."""
    for story in records(out, "stories", Story):
        if article == story.id or any(each.article == article for each in story.copies):
            return story.id, len(story.copies)
    return article, 0
