"""`tocsin watch-lists`: list, check and try watch lists."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from console.paths import EXISTING
from schemas import (
    Actor,
    Article,
    InvalidSetting,
    Mention,
    NearMiss,
    TocsinError,
    WatchList,
    encode,
)

EXAMPLE = """\b
Examples:
  tocsin watch-lists list
  tocsin watch-lists check my-lists/
  tocsin watch-lists test "Wagner fighters were seen in Mali, far from Richard Wagner's opera."
"""

_LISTS = click.option(
    "--watch-lists",
    type=EXISTING,
    help="Folder (or file) of watch lists instead of the shipped ones.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


@click.group(epilog=EXAMPLE)
def command() -> None:
    """List, check and try watch lists: who is watched, under which names."""


@command.command("list", epilog="\b\nExample:\n  tocsin watch-lists list --json\n")
@_LISTS
@_JSON
def list_(watch_lists: Path | None, as_json: bool) -> None:
    """List the actors, with the number of their names and languages."""
    from console.rules import load_watch_lists

    for watch_list in load_watch_lists(watch_lists):
        for actor in watch_list.actors:
            click.echo(_as_json(watch_list, actor) if as_json else _as_line(actor))


def _as_line(actor: Actor) -> str:
    from tocsin.aliases import expand

    aliases = expand(actor)
    languages = {alias.language for alias in aliases if alias.language != "*"}
    doubtful = sum(not alias.alone for alias in aliases)
    short = f" (actor:{', actor:'.join(actor.short)})" if actor.short else ""
    return (
        f"{actor.id:<16}{actor.name}{short}: {len(aliases)} names in {len(languages)} languages, "
        f"{doubtful} of them only with supporting words"
    )


def _as_json(watch_list: WatchList, actor: Actor) -> str:
    from tocsin.aliases import expand

    whole = {"watch_list": watch_list.name, "actor": actor, "names": expand(actor)}
    return encode(whole).decode()


@command.command(epilog="\b\nExample:\n  tocsin watch-lists check my-lists/russia.toml\n")
@click.argument("paths", nargs=-1, type=EXISTING)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a file.")
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check watch lists (without PATHS, the shipped ones): file:line: message, exit 1 on any error."""
    from console.cli.validate import tell
    from console.rules import load_watch_lists, toml_files

    files: list[Path | None] = [file for path in paths for file in toml_files(path)]
    failed = 0
    for file in files or [None]:
        actors, faults = 0, list[str]()
        try:
            actors = sum(len(each.actors) for each in load_watch_lists(file))
        except InvalidSetting as error:
            failed += 1
            faults = str(error).splitlines()
        name = str(file or "shipped watch lists")
        tell(
            faults, f"{name}: {actors} actors, no errors", {"file": name, "actors": actors}, as_json
        )
    if failed:
        raise SystemExit(1)


@command.command(epilog=f"\b\nExamples:{EXAMPLE.partition('check my-lists/')[2]}")
@click.argument("text_or_file", metavar="TEXT|FILE")
@_LISTS
@click.option("--language", help="Language of the text, such as fr; otherwise it is detected.")
@_JSON
def test(text_or_file: str, watch_lists: Path | None, language: str | None, as_json: bool) -> None:
    """Show what a text, or the articles of a file, mention; and what nearly was, with the reasons."""
    from console.rules import load_watch_lists
    from tocsin.language import detect
    from tocsin.matcher import Matcher
    from tocsin.query.leaves import LANGUAGE

    if language and not LANGUAGE.fullmatch(language):
        raise click.BadParameter(f"{language!r} is no code such as fr", param_hint="--language")
    matcher = Matcher(load_watch_lists(watch_lists), "test")
    for article in _articles(text_or_file):
        spoken = language or detect(f"{article.title}\n{article.text}", article.language).language
        mentions, misses = matcher.find(article, language=spoken, story=article.id)
        if as_json:
            _print_json(mentions, misses)
        else:
            _print_words(article, spoken, mentions, misses)


def _articles(text_or_file: str) -> list[Article]:
    """Take a text as one article, or read those of a file or folder."""
    from tocsin.articles import complete

    try:
        is_path = bool(text_or_file) and Path(text_or_file).exists()
    except (OSError, ValueError):
        is_path = False
    if is_path:
        return _read_articles(Path(text_or_file))
    return [complete(text=text_or_file)]


def _read_articles(path: Path) -> list[Article]:
    from connectors.seeds.folder import list_files, read_file
    from schemas import Line, Rejected
    from tocsin.articles import read

    found: list[Article] = []
    listing = list_files([path])
    for skipped in listing.skipped:
        click.echo(f"{skipped.name}: {skipped.reason}", err=True)
    for file in listing.files:
        for each in read_file(file):
            if isinstance(each, Line):
                try:
                    found.append(read(each.content))
                except Rejected as error:
                    click.echo(f"{each.origin}: {error.reason}", err=True)
            else:
                click.echo(f"{file.name}: {each.reason}", err=True)
    if not found:
        raise TocsinError(f"{path}: no articles in it")
    return found


def _print_json(mentions: Sequence[Mention], misses: Sequence[NearMiss]) -> None:
    for name, places in (("mention", mentions), ("near_miss", misses)):
        for place in places:
            click.echo(encode({name: place}).decode())


def _print_words(
    article: Article, language: str, mentions: Sequence[Mention], misses: Sequence[NearMiss]
) -> None:
    if article.title:
        click.echo(f"{article.title}  [{language}]")
    if not mentions and not misses:
        click.echo("Nobody watched is named here.")
    for mention in mentions:
        click.echo(f"{mention.actor}  {mention.kind}  confidence {mention.confidence}")
        _print_place(article, mention)
    for miss in misses:
        click.echo(f"not {miss.actor}")
        _print_place(article, miss)


def _print_place(article: Article, place: Mention | NearMiss) -> None:
    """Print the sentence with the very place set off, and the reasons under it."""
    from tocsin.text import sentence_around

    text = article.title if place.field == "title" else article.text
    start, end = sentence_around(text, place.start, place.end)
    name = text[place.start : place.end]
    name = click.style(name, bold=True, fg="red") if sys.stdout.isatty() else f"[{name}]"
    line = f"{text[start : place.start]}{name}{text[place.end : end]}"
    click.echo(f"  {' '.join(line.split())}\n    {'; '.join(place.because)}")
