"""A view of one article version as queries look at it: folded and cut once, whatever is asked of it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from schemas import Article, ArticleVersion, EntityType, TextField
from tocsin.query.nodes import Field
from tocsin.query.words import WORD, line_part, split
from tocsin.text import Folded, fold, sentence_around, sentences, shorten

ENTITY_TYPES: dict[Field, frozenset[EntityType]] = {
    Field.ENTITY: frozenset(EntityType),
    Field.PERSON: frozenset({EntityType.PERSON}),
    Field.PLACE: frozenset({EntityType.PLACE}),
    Field.COUNTRY: frozenset({EntityType.PLACE}),
    Field.ORG: frozenset({EntityType.ORGANISATION}),
}
"""Which entities answer to which field."""


_FAR = 1 << 40
"""More words than any title and any distance has."""


class Written:
    """One field of an article, folded and cut into words."""

    def __init__(self, field: TextField, original: str) -> None:
        self.field = field
        self.original = original
        self.words = split(fold(original).text)

    @cached_property
    def line(self) -> str:
        """The words with one space around each, so that a phrase is a substring."""
        return f" {' '.join(self.words)} "

    @cached_property
    def _folded(self) -> Folded:
        return fold(self.original)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return [match.span() for match in WORD.finditer(self._folded.text)]

    def places(self, phrase: tuple[str, ...], *, is_prefix: bool) -> Iterator[tuple[int, int]]:
        """Find every place of a phrase, as the numbers of its first and its last word, in order."""
        sought = line_part(phrase, is_prefix=is_prefix)
        at, counted, first = self.line.find(sought), 0, 0
        while at >= 0:
            first += self.line.count(" ", counted, at)
            yield first, first + len(phrase) - 1
            counted, at = at, self.line.find(sought, at + 1)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Give the span of the original field from one word to another, counted from 0."""
        return self._folded.original_span(self._spans[first][0], self._spans[last][1])

    @cached_property
    def _originals(self) -> list[tuple[int, int]]:
        return [self.span(number, number) for number in range(len(self.words))]

    def unfolded(self, number: int) -> str:
        """Give a word as it is written."""
        start, end = self._originals[number]
        return self.original[start:end]

    def words_in(self, start: int, end: int) -> tuple[int, int] | None:
        """Give the numbers of the first and the last word of a span of the original; None without."""
        first = bisect_right(self._originals, start, key=lambda span: span[1])
        last = bisect_left(self._originals, end, key=lambda span: span[0]) - 1
        return (first, last) if first <= last else None

    @cached_property
    def _sentences(self) -> tuple[tuple[int, int], ...]:
        return sentences(self.original)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Find the sentence around a span, not longer than what is shown of one."""
        at = bisect_right(self._sentences, (start, len(self.original))) - 1
        if at >= 0 and end <= self._sentences[at][1]:
            return shorten(self.original, self._sentences[at], start, end)
        return sentence_around(self.original, start, end)


class View:
    """What the leaves of queries are asked of."""

    def __init__(self, article_version: ArticleVersion) -> None:
        self.article_version = article_version
        article = article_version.article
        self.title = Written(TextField.TITLE, article.title)
        self.text = Written(TextField.TEXT, article.text)

    @cached_property
    def line(self) -> str:
        """The lines of both. The line break keeps phrases from reaching out of the title into the text."""
        return f"{self.title.line}\n{self.text.line}"

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of title and text."""
        return self.title_words | self.text_words

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """Where each word stands, ascending; the text begins far behind the title."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for start, written in ((0, self.title), (_FAR, self.text)):
            for position, word in enumerate(written.words, start):
                found[word].append(position)
        return found

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Every two words that stand next to each other, in title or text."""
        title, text = self.title.words, self.text.words
        return frozenset(pairwise(title)).union(pairwise(text))

    @cached_property
    def title_words(self) -> frozenset[str]:
        """The words of the title."""
        return frozenset(self.title.words)

    @cached_property
    def text_words(self) -> frozenset[str]:
        """The words of the text."""
        return frozenset(self.text.words)

    @cached_property
    def actors(self) -> frozenset[str]:
        """The actors that are mentioned."""
        return frozenset(mention.actor for mention in self.article_version.mentions)

    @cached_property
    def values(self) -> frozenset[tuple[Field, str]]:
        """Metadata as (field, folded value), wider values included: `fr` beside `fr-ca`."""
        article = self.article_version.article
        found = [(Field.VIA, article.via.lower())]
        found += [(Field.FLAG, flag.lower()) for flag in article.flags]
        found += [(Field.LANGUAGE, tag) for tag in language_tags(self.article_version)]
        found += [(Field.PUBLISHER, name) for name in publisher_names(article)]
        found += [(Field.FEED, name) for name in feed_names(article)]
        return frozenset(found)


def language_tags(article_version: ArticleVersion) -> frozenset[str]:
    """List the language of the text as detected, else as declared, with every wider tag."""
    tag = (article_version.language or article_version.article.language).lower()
    parts = tag.split("-")
    return frozenset("-".join(parts[: count + 1]) for count in range(len(parts)) if tag)


def publisher_names(article: Article) -> frozenset[str]:
    """List the names a publisher answers to: as it stands, and every domain above it."""
    return _domains(article.publisher.lower())


def feed_names(article: Article) -> frozenset[str]:
    """List what a feed answers to: its URL, its host, every domain above it."""
    feed = article.feed.lower()
    host = feed.partition("://")[2].partition("/")[0].partition(":")[0]
    return _domains(host) | ({feed} if feed else frozenset())


def _domains(host: str) -> frozenset[str]:
    if not host or " " in host:
        return frozenset({host} if host else ())
    parts = host.split(".")
    return frozenset(".".join(parts[at:]) for at in range(max(1, len(parts) - 1)))
