"""Markdown to an article: front matter read, marks taken out, words kept. Not a renderer."""

import re
from dataclasses import replace

from tocsin.dates import parse_instant
from tocsin.markup import text_of
from tocsin.plaintext import TITLE_LIMIT, Plain

LONGEST_FRONT = 8192
"""Characters of front matter that are read; more of them are no front matter of an article."""

_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|\Z)", re.S)
_PAIR = re.compile(r"(?m)^([A-Za-z_-]{1,30})\s*[:=][ \t]*(.*)$")
_ITEM = re.compile(r"(?m)^\s+-\s+(.+)$")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(\S.*)$")
_UNDERLINE = re.compile(r"^ {0,3}(?:=+|-{2,})\s*$")
_RULE = re.compile(r"^ {0,3}(?:[*_-][ \t]*){3,}$")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)")
_LEADER = re.compile(r"^\s*(?:>\s?)*(?:[*+-]|\d{1,9}[.)])?\s+(?=\S)|^(?:>\s?)+")
_BREAKS = re.compile(r"^\s*(?:[*+>-]|\d{1,9}[.)])\s")
_IMAGE = re.compile(r"!\[([^\[\]]{0,500})\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,300}\")?\)")
_LINK = re.compile(
    r"\[([^\[\]]{1,500})\](?:\([^()\s]{0,2000}(?:\s+\"[^\"]{0,300}\")?\)|\[[^\[\]]{0,200}\])"
)
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]{1,200}\]:\s+\S+")
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~)(?=\S)([^*_~\n]{1,2000}?)(?<=\S)\1(?!\w)")
_CODE = re.compile(r"`{1,2}([^`\n]{1,1000})`{1,2}")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_PRIVATE = (
    0xE000  # escaped marks wait here, in the Private Use Area, while the others are taken out
)
_HIDDEN = re.compile("[\ue021-\ue07e]")
_KEYS = {
    "title": ("title", "headline"),
    "url": ("url", "link", "source", "canonical_url"),
    "language": ("language", "lang"),
    "authors": ("author", "authors", "byline"),
    "published": ("date", "published", "publishdate", "published_at"),
}


def read_markdown(text: str) -> Plain:
    """Read a Markdown document. The title is that of the front matter, else the first heading."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    front = _FRONT.match(text)
    said = _read_front(front.group(2)[:LONGEST_FRONT]) if front else Plain(title="", text="")
    lines = _lines(text[front.end() :] if front else text)
    title, body = _split(lines)
    if said.title and said.title != title:
        return replace(said, text="\n".join(filter(None, (title, *body))))
    return replace(said, title=title, text="\n".join(body))


def _read_front(front: str) -> Plain:
    """Read the few keys that matter, as YAML and TOML write them in simple cases."""
    said: dict[str, str] = {}
    for pair in _PAIR.finditer(front):
        value = pair.group(2).strip()
        items = value or ", ".join(_ITEM.findall(front[pair.end() :].split("\n\n")[0]))
        said.setdefault(pair.group(1).lower(), _bare(items))
    found = {
        name: next((said[key] for key in keys if said.get(key)), "") for name, keys in _KEYS.items()
    }
    return Plain(
        title=found["title"],
        text="",
        url=found["url"],
        language=found["language"],
        authors=tuple(filter(None, map(_bare, found["authors"].split(",")))),
        published=parse_instant(found["published"]),
    )


def _bare(value: str) -> str:
    """Take quotes and brackets off a value."""
    return value.strip().strip("[]").strip().strip("\"'").strip()


def _split(lines: list[tuple[bool, str]]) -> tuple[str, list[str]]:
    """Take the title from the lines: the first heading, or the first line if it is short."""
    if lines and (lines[0][0] or (len(lines) > 1 and len(lines[0][1]) <= TITLE_LIMIT)):
        return lines[0][1], [line for _, line in lines[1:]]
    return "", [line for _, line in lines]


def _lines(text: str) -> list[tuple[bool, str]]:
    """Return headings (True) and paragraphs without their marks; wrapped lines are joined."""
    found: list[tuple[bool, str]] = []
    paragraph: list[str] = []
    in_code = False

    def end(*, is_heading: bool = False) -> None:
        plain = _plain(" ".join(paragraph))
        if plain:
            found.extend((is_heading, line) for line in plain.split("\n"))
        paragraph.clear()

    for line in text.split("\n"):
        heading = None if in_code else _HEADING.match(line)
        if _FENCE.match(line):
            end()
            in_code = not in_code
        elif heading is not None:
            end()
            paragraph.append(_without_closing(heading.group(1)))
            end(is_heading=True)
        elif line.lstrip().startswith("|") and not in_code:
            end()
            paragraph.extend(cell for cell in map(str.strip, line.split("|")) if cell.strip(":-"))
            end()
        elif paragraph and _UNDERLINE.match(line):
            end(is_heading=True)
        elif not line.strip() or _RULE.match(line) or _REFERENCE.match(line):
            end()
        else:
            if in_code or _BREAKS.match(line):
                end()
            paragraph.append(_LEADER.sub("", line).strip())
    end()
    return found


def _without_closing(heading: str) -> str:
    """Take off the marks that may close a heading; without a space before them they are words (C#)."""
    said = heading.rstrip()
    bare = said.rstrip("#")
    return bare.rstrip() if bare[-1:].isspace() else said


def _plain(line: str) -> str:
    """Take marks out of a paragraph, and HTML, which Markdown allows."""
    line = _ESCAPE.sub(lambda found: chr(_PRIVATE + ord(found.group(1))), line)
    for pattern in (_IMAGE, _LINK, _CODE):
        line = pattern.sub(r"\1", line)
    for _ in range(2):
        line = _EMPHASIS.sub(r"\2", line)
    return _HIDDEN.sub(lambda found: chr(ord(found.group()) - _PRIVATE), text_of(line))
