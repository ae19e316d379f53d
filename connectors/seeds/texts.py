"""Files of plain text and Markdown: one article each."""

from collections.abc import Iterator

from connectors.sandbox import shared_sandbox
from connectors.seeds.found import Found
from connectors.seeds.streams import Opened
from schemas import Line, Skipped, Via, encode
from tocsin import articles
from tocsin.encodings import decode
from tocsin.markdown import read_markdown
from tocsin.plaintext import Plain, read_plain

EASY = 1 << 20
"""Bytes of UTF-8 up to which a text is read in this process; what is larger may take its time."""


def read_text(opened: Opened, name: str) -> Iterator[Found]:
    """Yield the article of a text file: first line title, then the body as copied from a site."""
    content = opened.whole()
    if _is_easy(content):
        yield _found(plain_of(content), name)
    else:
        yield _found(shared_sandbox().call(plain_of, content), name)


def read_markdown_file(opened: Opened, name: str) -> Iterator[Found]:
    """Yield the article of a Markdown file: front matter, heading, text without its marks."""
    content = opened.whole()
    if _is_easy(content):
        yield _found(markdown_of(content), name)
    else:
        yield _found(shared_sandbox().call(markdown_of, content), name)


def plain_of(content: bytes) -> Plain:
    """Decode and read a text."""
    return read_plain(decode(content))


def markdown_of(content: bytes) -> Plain:
    """Decode and read Markdown."""
    return read_markdown(decode(content))


def _is_easy(content: bytes) -> bool:
    """Tell whether a text is short and clearly UTF-8."""
    if len(content) > EASY:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _found(plain: Plain, name: str) -> Found:
    if not plain.title and not plain.text:
        return Skipped(name=name, reason="holds no text")
    article = articles.complete(
        url=plain.url,
        title=plain.title,
        text=plain.text,
        authors=plain.authors,
        published=plain.published,
        language=plain.language,
        via=Via.SEED,
    )
    return Line(content=encode(article), origin=name)
