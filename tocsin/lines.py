"""Lines of JSON become articles, or dead letters that keep the line. One way for stream and connectors."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from schemas import Article, DeadLetter, Line, Rejected, dead_letter
from tocsin import articles

if TYPE_CHECKING:
    from tocsin.extract import Extracted

STAGE = "decode"
"""The stage that dead letters of this module name."""

ExtractHtml = Callable[[str, str], "Extracted"]
"""Makes text of (page, URL); the edge gives one that works in a killable child."""


def read_line(line: Line, *, extract_html: ExtractHtml | None = None) -> Article | DeadLetter:
    """Read one line by `tocsin.articles.read`; what it rejects becomes a dead letter."""
    try:
        return articles.read(line.content, extract_html=extract_html)
    except Rejected as error:
        return dead_letter(STAGE, error.code, error.reason, line.content, origin=line.origin)
