"""Articles of a file made ready for queries, outside of the pipeline: only what is asked for."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.paths import NotAFile
from schemas import Article, ArticleVersion, InvalidSetting, Rejected, WatchList, freeze
from tocsin.query.nodes import BY_MODELS, NAMED, Field

if TYPE_CHECKING:
    from tocsin.entities import Recogniser
    from tocsin.matcher import Matcher

Prepare = Callable[[Article], ArticleVersion]


def preparation(
    fields: Collection[Field], watch_lists: tuple[WatchList, ...], *, models: bool
) -> Prepare:
    """Choose what must be found out of an article before queries with these fields are asked of it.

    A language is detected for `language:` and wherever names are looked for; mentions for `actor:`;
    entities for `entity:`, `person:`, `place:`, `country:` and `org:`, by models only where the gazetteer is not
    enough and `models` allows it.
    """
    asks_actors, asks_entities = Field.ACTOR in fields, not NAMED.isdisjoint(fields)
    if not asks_actors and not asks_entities:
        return _with_language if Field.LANGUAGE in fields else _bare
    from pipelines.models import recogniser
    from tocsin.matcher import Matcher

    rules = freeze(watch_lists, ())
    needs_models = not BY_MODELS.isdisjoint(fields)
    return _Named(
        matcher=Matcher(rules.watch_lists, rules.id) if asks_actors else None,
        recogniser=recogniser(enabled=models and needs_models) if asks_entities else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """Finds what an article names: actors, entities, or both."""

    matcher: "Matcher | None"
    recogniser: "Recogniser | None"

    def __call__(self, article: Article) -> ArticleVersion:
        language = _language(article)
        article_version = ArticleVersion(article=article, story=article.id, language=language)
        if self.matcher:
            mentions, misses = self.matcher.find(article, language=language, story=article.id)
            article_version = replace(article_version, mentions=mentions, near_misses=misses)
        if self.recogniser:
            (entities,) = self.recogniser.recognise([(article, language)])
            article_version = replace(article_version, entities=entities)
        return article_version


def _bare(article: Article) -> ArticleVersion:
    return ArticleVersion(article=article, story=article.id)


def _with_language(article: Article) -> ArticleVersion:
    return ArticleVersion(article=article, story=article.id, language=_language(article))


def _language(article: Article) -> str:
    from tocsin.language import detect

    return detect(f"{article.title}\n{article.text}", article.language).language


class ArticleFile:
    """The articles of a `.jsonl` file with their lines, counted from 1.

    Lines that are no articles are named on standard error, passed over and counted.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = self._bad = 0

    def __iter__(self) -> Iterator[tuple[int, Article]]:
        """Read it from the beginning. Raises `NotAFile` for a folder, `InvalidSetting` where it cannot."""
        from tocsin.articles import read

        if self._path.is_dir():
            raise NotAFile(self._path)
        self._read = self._bad = 0
        try:
            with self._path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    if not line.strip():
                        continue
                    self._read += 1
                    try:
                        article = read(line.rstrip(b"\r\n"))
                    except Rejected as error:
                        self._bad += 1
                        click.echo(f"{self._path}:{number}: {error.code}: {error.reason}", err=True)
                        continue
                    yield number, article
        except OSError as error:
            raise InvalidSetting(f"{self._path}: {error.strerror}") from error

    def finish(self, *, is_strict: bool = False) -> None:
        """Say how many lines were no articles; exit 1 where all were, or any was that should not."""
        if self._bad:
            click.echo(f"{self._bad:,} of {self._read:,} lines are no articles.", err=True)
        if self._bad and (is_strict or self._bad == self._read):
            raise click.exceptions.Exit(1)
