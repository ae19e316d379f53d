"""Dialects: what chats take for markup, and our text written so that none of it is.

Apprise escapes text where a service takes HTML. Where it takes Markdown, or an own kind of markup, what we
hand over goes out as it is: mentions that wake a whole room, links with another name, and formats.
"""

import re
from enum import StrEnum
from urllib.parse import quote

from tocsin.wording import web_link

_PARTED = "\N{ZERO WIDTH SPACE}"
"""Parts a sign from what it would mean together with the next one, and is not seen."""

_CALL = re.compile(r"@(?=\w)")
_TAG = re.compile(r"<(?=\S)")
_INLINE = re.compile(r"([\\`*_~|\[\]])")
_OPENING = re.compile(r"^(\s*)(?:([#>+-])|(\d{1,9})([.)]))(?=[\s#>+-]|$)")
_UNSAFE_IN_URL = re.compile(r"[@\[\]`|<>\\*]")
_PIECES = re.compile(r"(\s+)")


class Dialect(StrEnum):
    """What a service makes of text."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    SLACK = "slack"


def spoken(text: str, dialect: Dialect) -> str:
    """Write text so that a service shows it as it is; nobody is called, and links stay links."""
    return "\n".join(_line(each, dialect) for each in text.split("\n"))


def fitted(text: str, longest: int) -> str:
    """Keep the lines that a service takes, and say where there were more; 0 or less: it takes all."""
    if longest <= 0 or len(text) <= longest:
        return text
    end = "\n… cut: this chat takes no more"
    kept = text[: max(longest - len(end), 0)]
    return kept.rpartition("\n")[0] + end


def _line(line: str, dialect: Dialect) -> str:
    pieces = (_piece(each, dialect) for each in _PIECES.split(line))
    written = "".join(pieces)
    if dialect is Dialect.MARKDOWN:
        return _OPENING.sub(_opened, written)
    return written


def _piece(piece: str, dialect: Dialect) -> str:
    if web_link(piece):
        piece = _UNSAFE_IN_URL.sub(lambda sign: quote(sign[0], safe=""), piece)
    else:
        piece = _CALL.sub(f"@{_PARTED}", piece)
        if dialect is not Dialect.SLACK:
            piece = _TAG.sub(f"<{_PARTED}", piece)
        if dialect is Dialect.MARKDOWN:
            piece = _INLINE.sub(r"\\\1", piece)
    if dialect is Dialect.SLACK:
        return piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return piece


def _opened(found: re.Match[str]) -> str:
    space, sign, number, stop = found.groups()
    return f"{space}\\{sign}" if sign else f"{space}{number}\\{stop}"
