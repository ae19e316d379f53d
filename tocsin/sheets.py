"""Sheets: what a message says, line by line, and the same lines as plain text and as HTML.

All text is escaped here and nowhere else: lines hold clean text, not markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from tocsin.wording import Span, web_link


class Style(StrEnum):
    """What a line is; a gap is an empty one."""

    HEADING = "heading"
    TITLE = "title"
    QUOTE = "quote"
    FACT = "fact"
    GAP = "gap"


_LOOKS = {
    Style.HEADING: "font-size:13px;font-weight:bold;color:#a40000;margin:16px 0 4px",
    Style.TITLE: "font-size:18px;font-weight:bold;margin:0 0 8px",
    Style.QUOTE: "border-left:3px solid #a40000;margin:8px 0;padding:2px 10px",
    Style.FACT: "font-size:13px;color:#444;margin:2px 0",
}
_BODY = "font-family:sans-serif;line-height:1.4;max-width:640px;margin:0 auto;padding:12px"
_LINK = 'rel="noopener noreferrer nofollow"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a sheet."""

    style: Style
    spans: tuple[Span, ...] = ()


GAP = Line(style=Style.GAP)


def line(style: Style, text: str, link: str = "") -> Line:
    """Make a line of one piece."""
    return Line(style=style, spans=(Span(text=text, link=link),))


def plain(lines: Sequence[Line]) -> str:
    """Write lines as text, names that rang in [brackets] and quotes in quotation marks."""
    return "\n".join(_plain(each) for each in lines).strip("\n") + "\n"


def _plain(line: Line) -> str:
    text = "".join(f"[{each.text}]" if each.marked else each.text for each in line.spans)
    return f"“{text}”" if line.style is Style.QUOTE else text


def document(title: str, lines: Sequence[Line]) -> str:
    """Write lines as one HTML document that needs nothing else."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title></head>\n<body style="{_BODY}">\n'
        f"{fragment(lines)}</body></html>\n"
    )


def fragment(lines: Sequence[Line]) -> str:
    """Write lines as a piece of HTML; every line finds its own direction of writing."""
    return "".join(
        f'<div dir="auto" style="{_LOOKS[each.style]}">{"".join(map(_html, each.spans))}</div>\n'
        for each in lines
        if each.style is not Style.GAP
    )


def _html(span: Span) -> str:
    text = escape(span.text)
    if span.marked:
        text = f"<strong><mark>{text}</mark></strong>"
    href = web_link(span.link)
    return f'<a href="{escape(href)}" {_LINK}>{text}</a>' if href else text
