"""What lists of feeds have wrong as XML, mended where it can be, so that no address in them is lost."""

import html
import html.entities
import re
from collections.abc import Iterator

LONGEST_ATTRIBUTE = 20_000
"""Characters in which the end of a broken attribute is looked for."""

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>|<!DOCTYPE[^\[>]*(?:\[[^\]]*\])?\s*>", re.IGNORECASE)
_CONTROLS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&(?:(#\d{1,7}|#[xX][0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));|&")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ADDRESS = re.compile(r"""xmlurl\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE)
_OUTLINE = re.compile(r"<outline(?=\s)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\s*([\w:.-]+\s*=\s*)(["'])""")
_ESCAPED = {'"': "&#34;", "'": "&#39;"}
_NAMES = "text|title|description|type|xmlUrl|htmlUrl|url|language|version|category|created|icon"
_ENDS = {
    quote: re.compile(
        rf"""{quote}(?=\s+(?:{_NAMES}|\w+:\w+)\s*=\s*["']|\s*/?>\s*(?:<|\Z))""", re.IGNORECASE
    )
    for quote in _ESCAPED
}
"""A quote that ends an attribute: an attribute of outlines, or the end of the tag, comes after it."""

_XML_NAMES = ("amp", "lt", "gt", "quot", "apos")


def with_references(text: str) -> str:
    """Make references of HTML and lone ampersands XML, so that no part of an address is lost."""
    text = _CONTROLS.sub("", _DECLARATION.sub("", text.lstrip("\ufeff"), count=2))
    return _REFERENCE.sub(_reference, text)


def with_attributes(text: str) -> str:
    """Escape quotes and `<` within the attributes of outlines, as exporters often do not."""
    kept: list[str] = []
    at = 0
    for found in _OUTLINE.finditer(text):
        if found.start() < at:
            continue
        kept.append(text[at : found.end()])
        at = found.end()
        while (name := _ATTRIBUTE.match(text, at)) is not None:
            quote = name.group(2)
            end = _ENDS[quote].search(text, name.end(), name.end() + LONGEST_ATTRIBUTE)
            if end is None:
                break
            value = (
                text[name.end() : end.start()].replace("<", "&lt;").replace(quote, _ESCAPED[quote])
            )
            kept.append(f"{name.group()}{value}{quote}")
            at = end.start() + 1
    kept.append(text[at:])
    return "".join(kept)


def _reference(found: re.Match[str]) -> str:
    """Keep the references of XML, write out those of HTML, and escape an ampersand alone."""
    number, name = found.groups()
    if number or name in _XML_NAMES:
        return found.group()
    character = html.entities.html5.get(f"{name};", "") if name else ""
    return character or "&amp;" + found.group()[1:]


def addresses(text: str) -> Iterator[tuple[int, str]]:
    """Find whatever stands in an `xmlUrl` outside comments, with its line, whether it is XML or not."""
    shown = _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text)
    line, at = 1, 0
    for found in _ADDRESS.finditer(shown):
        line, at = line + shown.count("\n", at, found.start()), found.start()
        yield line, html.unescape(found.group(1) or found.group(2) or "")
