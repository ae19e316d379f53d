"""Lines of JSON become articles, or dead letters that keep the line. One way for stream and connectors."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from schemas import Article, DeadLetter, Line, Rejected, dead_letter
from tocsin import articles

if TYPE_CHECKING:
    from tocsin.extract import Extracted

STAGE = "decode"
"""The stage that dead letters of this module name."""

AHEAD = timedelta(days=1)
"""How long after its record came into the log an article may be first seen; clocks and zones differ."""

ExtractHtml = Callable[[str, str], "Extracted"]
"""Makes text of (page, URL); the edge gives one that works in a killable child."""


def read_line(line: Line, *, extract_html: ExtractHtml | None = None) -> Article | DeadLetter:
    """Read one line by `tocsin.articles.read`; what it rejects becomes a dead letter.

    So does, with code `first-seen-ahead`, an article of the log that was first seen later than it came
    there: what is new drives what is forgotten, and one such record would make all the others old. The
    record itself says so, and no clock, so that every reading of the log says the same.
    """
    try:
        article = articles.read(line.content, extract_html=extract_html)
        _check_first_seen(article, line)
        return article
    except Rejected as error:
        return dead_letter(STAGE, error.code, error.reason, line.content, origin=line.origin)


def _check_first_seen(article: Article, line: Line) -> None:
    if line.logged is not None and article.first_seen - line.logged > AHEAD:
        seen, logged = (
            each.isoformat(timespec="seconds") for each in (article.first_seen, line.logged)
        )
        raise Rejected("first-seen-ahead", f"first seen at {seen}, and in the log since {logged}")
