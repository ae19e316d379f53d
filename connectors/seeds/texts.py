"""Files of plain text and Markdown: one article each."""

from collections.abc import Iterator

from connectors.seeds.jsonlines import Found
from connectors.seeds.streams import Opened
from schemas import Line, Skipped, Via, encode
from tocsin import articles
from tocsin.encodings import decode
from tocsin.plaintext import read_plain


def read_text(opened: Opened, name: str) -> Iterator[Found]:
    """Yield the article of a text file: first line title, then the body as copied from a site."""
    plain = read_plain(decode(opened.whole()))
    if not plain.title and not plain.text:
        yield Skipped(name=name, reason="holds no text")
        return
    article = articles.complete(
        title=plain.title,
        text=plain.text,
        authors=plain.authors,
        published=plain.published,
        via=Via.SEED,
    )
    yield Line(content=encode(article), origin=name)
