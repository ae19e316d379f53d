"""Articles as people copy them from a site into a text file: the article out of the copy.

The first line is the title. What a site prints around and inside its text is taken out: the headline
again, bylines, lines of dates and of players, captions that stand twice, quotes pulled out of the
text. What is said once is never lost; what is said twice is kept once, or it would be evidence twice.
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files

from tocsin.dates import parse_instant

TITLE_LIMIT = 300
"""Characters. A longer first line is no headline but the text itself."""

HEADER_LINES = 12
"""Lines under the title among which a byline, dates and the headline again are looked for."""

SAME_LINE = 24
"""Letters and digits. Shorter lines may well stand twice on purpose (`Yes.`, a subheading)."""

CREDIT_LIMIT = 60
"""Letters and digits at most in the credit that is glued to a repeated caption."""

CREDIT_WORDS = 10
"""Words at most in such a credit."""

NEAR = 3
"""Lines on either side in which a pulled quote stands beside the text that it is pulled from."""

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_STOPS = ".!?…؟۔।。！？:;,"
_ENDS = tuple(".!?…؟۔।。！？\"'»”’)）")
_CLOCK = re.compile(r"\d{1,3}:\d{2}(?::\d{2})?(?:\s*[/|–-]\s*\d{1,3}:\d{2}(?::\d{2})?)?")
_INLINE_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}")
_JOINED = re.compile(
    r"\s*(?:,|;|&|、|،|\s(?:and|AND|et|ET|und|UND|y|e|i|и|И|та|و|en|och|og|ve)\s)\s*"
)
_NAME_LIMIT = 60
_BYLINE_LIMIT = 400
_NO_WORD = re.compile(r"[^\w'’-]+")
_SENTENCE_ENDS = tuple('.!?…؟۔।。！？"”»')


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """An article taken from plain text; paragraphs of `text` are separated by one line break."""

    title: str
    text: str
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    url: str = ""
    language: str = ""


def _lines_of(name: str) -> tuple[str, ...]:
    """Read one packaged list, one phrase a line, `#` starts a comment."""
    lines = files("tocsin.lists").joinpath(name).read_text(encoding="utf-8").splitlines()
    return tuple(phrase for line in lines if (phrase := line.split("#")[0].strip().casefold()))


_LABELS = frozenset(_lines_of("site_labels.txt"))
_BYLINES = _lines_of("byline_words.txt")
_LABEL = re.compile(
    "(?:"
    + "|".join(re.escape(each) for each in sorted(_LABELS, key=len, reverse=True))
    + r")(?!\w)"
)


def read_plain(text: str) -> Plain:
    """Take the article out of a text file. Total: any text gives an article, if an empty one."""
    lines = [line.strip() for line in _BREAKS.sub("\n", text.replace("\ufeff", "")).split("\n")]
    title, body = _split_title(lines)
    kept = Plain(title=title, text="")
    header, rest = _header(_unwrap(body), title)
    kept, header = _read_header(kept, header)
    paragraphs = _without_repeats([*header, *(line for line in rest if not is_site_line(line))])
    return replace(kept, text="\n".join(paragraphs))


def is_site_line(line: str) -> bool:
    """Tell whether a line is what a site prints around a text: `Updated:`, `0:00`, a date alone."""
    folded = line.casefold()
    if _CLOCK.fullmatch(folded):
        return True
    label = _LABEL.match(folded)
    if label is None:
        return len(line) <= 40 and _date_in(line) is not None
    rest = folded[label.end() :].strip(" :：.-–—|")
    return not rest or (len(rest) <= 60 and (_date_in(rest) is not None or _is_clock(rest)))


def _split_title(lines: list[str]) -> tuple[str, list[str]]:
    """Take the first line that says something as the title, unless it is a paragraph."""
    first = next((at for at, line in enumerate(lines) if line), len(lines))
    body = lines[first + 1 :]
    if first == len(lines) or len(lines[first]) > TITLE_LIMIT:
        return "", lines[first:]
    is_wrapped = bool(body) and bool(body[0]) and _is_wrapped(lines[first:])
    return ("", lines[first:]) if is_wrapped else (lines[first], body)


def _is_wrapped(lines: list[str]) -> bool:
    """Tell whether lines are broken at a fixed width, as e-mail does, and not at paragraphs."""
    inner = [line for line, after in itertools.pairwise(lines) if line and after]
    widest = max(map(len, inner), default=0)
    if len(inner) < 4 or not 50 <= widest <= 100:
        return False
    full = sum(len(line) > 0.7 * widest for line in inner)
    open_ended = sum(not line.endswith(_ENDS) for line in inner)
    return full >= 0.8 * len(inner) and open_ended >= 0.6 * len(inner)


def _unwrap(lines: list[str]) -> list[str]:
    """Join lines that were broken at a fixed width; drop empty lines."""
    if not _is_wrapped(lines):
        return [line for line in lines if line]
    paragraphs = "\n".join(lines).split("\n\n")
    return [" ".join(each.split()) for each in paragraphs if each.strip()]


def _header(lines: list[str], title: str) -> tuple[list[str], list[str]]:
    """Split off what stands before the text proper, without the title said again."""
    named = _key(title)
    first = lines[:HEADER_LINES]
    repeats = {at for at, line in enumerate(first) if named and _is_said_in(_key(line), named)}
    header = [line for at, line in enumerate(first) if at not in repeats]
    return header, [line for line in lines[HEADER_LINES:] if _key(line) != named or not named]


def _is_said_in(key: str, title: str) -> bool:
    """Tell whether a line is the title, or the title without the name of the site."""
    return key == title or (len(key) >= 0.6 * len(title) and title.startswith(key))


def _read_header(kept: Plain, lines: list[str]) -> tuple[Plain, list[str]]:
    """Read byline and date among the first lines, and take both out with the lines of the site."""
    rest: list[str] = []
    for at, line in enumerate(lines):
        authors = () if kept.authors else _byline(line, lines, at)
        if authors:
            kept = replace(kept, authors=authors)
        elif is_site_line(line):
            kept = replace(kept, published=kept.published or _date_in(line))
        else:
            rest.append(line)
    return kept, rest


def _byline(line: str, lines: list[str], at: int) -> tuple[str, ...]:
    """Read a byline: after a word such as `By`, or a bare name beside a line of the site."""
    folded = line.casefold()
    for word in _BYLINES:
        if folded.startswith(word) and len(line) <= 2 * _NAME_LIMIT:
            names = _names(line[len(word) :].strip(" :：\xa0"))
            spaced = line[len(word) : len(word) + 1] in " :：\xa0" or not word.isascii()
            if names and spaced:
                return names
    around = (*lines[max(at - 1, 0) : at], *lines[at + 1 : at + 2])
    return _names(line) if any(map(is_site_line, around)) else ()


def _names(line: str) -> tuple[str, ...]:
    """Read names of people, or nothing: words with capitals where the script has them, no figures."""
    if len(line) > _BYLINE_LIMIT:
        return ()
    names = [each.strip() for each in _JOINED.split(line)]
    return tuple(names) if names and all(map(_is_name, names)) else ()


def _is_name(name: str) -> bool:
    words = name.replace(".", ". ").split()
    if not 1 <= len(words) <= 5 or len(name) > _NAME_LIMIT or name.endswith(tuple(_STOPS)):
        return False
    if any(each.isdigit() for each in name) or not all(_is_word(word) for word in words):
        return False
    has_case = name.lower() != name.upper()
    small = sum(word[0].islower() for word in words)
    return (
        len(words) > 1 and small <= len(words) // 2 and not words[0][0].islower()
    ) or not has_case


def _is_word(word: str) -> bool:
    return all(unicodedata.category(each)[0] in "LM" or each in "'’.-·" for each in word)


def _without_repeats(lines: list[str]) -> list[str]:
    """Keep once what stands twice: lines alike, captions with a credit glued on, pulled quotes."""
    keys = [_key(line) for line in lines]
    seen: set[str] = set()
    kept: list[str] = []
    for at, (line, key) in enumerate(zip(lines, keys, strict=True)):
        if len(key) >= SAME_LINE and (key in seen or _is_said_near(lines, keys, at)):
            continue
        seen.add(key)
        kept.append(line)
    return kept


def _is_said_near(lines: list[str], keys: list[str], at: int) -> bool:
    """Tell whether a line beside this one says all of it, so that nothing is lost without it.

    Of a caption and the same caption with a credit, the one without goes on to be read.
    """
    key = keys[at]
    for near in range(max(at - NEAR, 0), min(at + NEAR + 1, len(keys))):
        other = keys[near]
        if other == key or len(other) < SAME_LINE:
            continue
        if _is_credited(lines[at], key, other):
            return True
        if key in other and not _is_credited(lines[near], other, key):
            return True
    return False


def _is_credited(line: str, key: str, caption: str) -> bool:
    """Tell whether a line is a caption and then the names of those who took the picture."""
    if not key.startswith(caption) or len(key) - len(caption) > CREDIT_LIMIT:
        return False
    length, end = 0, 0
    while length < len(caption):
        length += len(_key(line[end]))
        end += 1
    words = [word for word in _NO_WORD.split(line[end:]) if word]
    cased = [word for word in words if word.lower() != word.upper()]
    capitals = sum(word[0].isupper() for word in cased)
    is_sentence = line.endswith(_SENTENCE_ENDS)
    return not is_sentence and len(words) <= CREDIT_WORDS and 2 * capitals >= len(cased)


def _key(line: str) -> str:
    """Reduce a line to its letters and digits, so that punctuation makes no difference."""
    return "".join(
        each for each in unicodedata.normalize("NFKC", line).casefold() if each.isalnum()
    )


def _is_clock(text: str) -> bool:
    return _INLINE_CLOCK.search(text) is not None and len(text) <= 40


def _date_in(line: str) -> datetime | None:
    """Read a date that stands alone in a line, or behind a label and a colon."""
    folded = line.casefold()
    label = _LABEL.match(folded)
    if label is not None and len(folded) == len(line):
        line = line[label.end() :]
    line = line.strip(" :：.-–—|")
    return parse_instant(line) if any(each.isdigit() for each in line) and len(line) > 7 else None
