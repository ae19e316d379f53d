"""HTML to plain text, without choosing: every word that a reader would see. Not an extractor.

A tokenizer, not a parser: it builds no tree, so neither depth nor attributes cost it anything, and
its time is linear in the length of the text. For entries of feeds, and for pages that defeat parsers.
"""

import html
import re

_OPENING = re.compile(r"<(?:!--|[/!?]?[A-Za-z])")
_NAME = re.compile(r"<[/!?]?([A-Za-z][\w:-]*)")
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "video",
    ]
)
_UNSEEN = ("script", "style", "template", "noframes", "iframe", "svg", "object")
_NUMBERED = re.compile("&#0*([0-9]+)")
_DIGITS = 8  # one more than the greatest code point has
_ESCAPED = re.compile(r"<(?:p|br|div|a|b|i|em|strong|span|img|ul|li|h[1-6])(?:\s[^<>]*)?/?>", re.I)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")


def text_of(markup: str) -> str:
    """Return the text of a piece of HTML: blocks on lines of their own, entities resolved.

    Text that turns out to be HTML again (a feed that escapes twice) is read once more.
    """
    text = _unescape(_without_tags(markup) if "<" in markup else markup)
    if _ESCAPED.search(text):
        text = _unescape(_without_tags(text))
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def _unescape(text: str) -> str:
    """Resolve entities; numbers of thousands of digits, which `int` refuses, are cut short before."""
    if "&#" in text:
        text = _NUMBERED.sub(lambda found: f"&#{found[1][:_DIGITS]}", text)
    return html.unescape(text)


def depth_of(markup: str) -> int:
    """Return how deeply elements that contain others are nested, as far as tags tell."""
    depth = deepest = 0
    for found in _CONTAINERS.finditer(markup):
        depth += -1 if found.group(1) else 1
        depth = max(depth, 0)
        deepest = max(deepest, depth)
    return deepest


_CONTAINERS = re.compile(
    r"<(/?)(?:div|span|section|article|ul|ol|dl|table|blockquote|font|b|i|em|strong|center|form|a)\b",
    re.I,
)


def _without_tags(markup: str) -> str:
    """Take out tags, comments and what is never shown; blocks become line breaks."""
    kept: list[str] = []
    lower = markup.lower()
    missing: set[str] = set()  # ends that do not occur any more: looked for once, so time is linear
    at = 0
    while found := _OPENING.search(markup, at):
        kept.append(markup[at : found.start()])
        comment = found.group() == "<!--"
        end = _find(lower, "-->" if comment else ">", found.end(), missing)
        if end < 0:
            if not comment:
                kept.append(markup[found.start() : found.end()])
            at = found.end()
            continue
        name = "" if comment else _name(lower, found.start())
        if name in _BLOCKS:
            kept.append("\n")
        if name in _UNSEEN and lower[found.start() + 1] != "/" and lower[end - 2] != "/":
            closed = _find(lower, f"</{name}", end, missing)
            end = _find(lower, ">", closed, missing) if closed >= 0 else end
            end = end if end >= 0 else len(markup)
        at = end
    kept.append(markup[at:])
    return "".join(kept)


def _name(lower: str, start: int) -> str:
    found = _NAME.match(lower, start)
    return found.group(1) if found else ""


def _find(text: str, end: str, start: int, missing: set[str]) -> int:
    """Return where `end` is over, or -1; what was not found once is not looked for again."""
    if end in missing:
        return -1
    found = text.find(end, start)
    if found < 0:
        missing.add(end)
        return -1
    return found + len(end)
