"""`tocsin extract`: pages to articles, one JSON line each."""

from typing import TYPE_CHECKING

import click

from console.input_files import InputFile, Written, input_files, write_all
from schemas import Rejected

if TYPE_CHECKING:
    from tocsin.extract import Extracted


EXAMPLE = """\b
Examples:
  tocsin extract page.html --url https://example.org/2023/niger
  tocsin extract saved/ > articles.jsonl
"""


@click.command(epilog=EXAMPLE)
@click.argument("pages", nargs=-1, required=True, metavar="FILE|FOLDER|-...")
@click.option("--url", default="", help="Where the page came from; names the article.")
@click.option("--strict", is_flag=True, help="Exit 1 if any page gave no article.")
def command(pages: tuple[str, ...], url: str, strict: bool) -> None:
    """Turn saved pages into articles: one JSON line each, with the file's name, in their order.

    A page that holds no article is named on stderr with the reason. `-` is standard input.
    """
    found = input_files(pages, url=url, suffixes=(".html", ".htm", ".xhtml"))
    write_all(found, _line, noun="page", is_strict=strict)


def _line(file: InputFile) -> Written:
    """Extract one page in the sandbox."""
    import msgspec

    from connectors.seeds.pages import article_of, extract_page

    try:
        page: Extracted = extract_page(file.content(), file.url)
        article = msgspec.to_builtins(article_of(page, url=file.url))
    except Rejected as error:
        return Written(problem=f"{file.name}: {error.reason} ({error.code})")
    shown = {"file": file.name, **article, "site": page.site, "extractor": page.extractor}
    return Written(line=msgspec.json.encode(shown))
