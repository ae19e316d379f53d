"""Stubs: pages that are no article although a server calls them one.

A wall (consent, log-in, paywall, proof of humanity, error in good health) is recognised by what it
tells its reader to do, in the languages of `lists/walls.txt`, and by how little else there is: an
article *about* cookies, subscriptions or missing pages says more than that.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

WALL_LINE = 300
"""Characters. Longer lines are sentences of an article, whatever words are in them."""

LITTLE = 200
"""Weight (see `weight`) of a text that is nothing beside a wall."""

STUB = 600
"""Weight of a text that may be nothing but walls."""

MISSING_MOST = 3000
"""Weight up to which a page titled as missing is believed: it may list what else there is to read."""

LAST_LINES = 8
"""Lines at the end of a text among which the wall of a paywall is looked for."""


class Wall(StrEnum):
    """What stands where the article should. The values are the sections of `lists/walls.txt`."""

    CONSENT = "consent"
    SCRIPT = "script"
    PROOF = "proof"
    MISSING = "missing"
    LOGIN = "login"
    PAYWALL = "paywall"
    REFUSED = "refused"


REASONS = {
    Wall.CONSENT: "the page asks for consent and says no more",
    Wall.SCRIPT: "the page asks for JavaScript and says no more",
    Wall.PROOF: "the page asks for proof that its reader is human",
    Wall.MISSING: "the page says that it is not there",
    Wall.LOGIN: "the page asks to log in and says no more",
    Wall.PAYWALL: "the page is for subscribers and says no more",
    Wall.REFUSED: "the page refuses access",
}

_SEPARATORS = re.compile(r"\s+[|–—·•»:-]+\s+|\s*[|»]\s*|(?<=\d)\s*[:.–—-]\s+|(?<=[.!?…])\s+")
_ERROR = re.compile(
    r"(?i)\W*(?:http\s*)?(?:status|error|erreur|fehler|errore?|ошибка|помилка|hata|błąd|خطأ|错误|エラー)?"
    r"\W*(?:40[0134]|410|451|50[0234])(?:\W*(?:not found|forbidden|gone|error))?\W*\d?|not found"
)


def wall_of(title: str, text: str) -> Wall | None:
    """Tell what a page is instead of an article; `None` where it may well be one.

    `text` is what was extracted or, for a page that shows little, all its words.
    """
    size = weight(text)
    if size <= MISSING_MOST and is_title_of_error(title):
        return Wall.MISSING
    if size > STUB:
        return None
    lines = text.splitlines()
    found = [_wall(line) for line in lines]
    kinds = [kind for kind in (*found, _wall(title)) if kind is not None]
    rest = "\n".join(
        line for line, kind in zip(lines, found, strict=True) if kind is None and line != title
    )
    return kinds[0] if kinds and weight(rest) < LITTLE else None


def without_paywall(text: str) -> tuple[str, bool]:
    """Cut the wall of a paywall off the end of a text; tell whether there was one."""
    lines = text.splitlines()
    first = max(len(lines) - LAST_LINES, 0)
    for place in range(first, len(lines)):
        if _is_paywall(lines[place]) and weight("\n".join(lines[place:])) <= STUB:
            return "\n".join(lines[:place]).rstrip(), True
    return text, False


def is_title_of_error(title: str) -> bool:
    """Tell whether a title, or a part of it beside the name of the site, is that of an error."""
    if len(title) > WALL_LINE:
        return False
    missing = _patterns()[Wall.MISSING]
    parts = [part.strip(" .!¡¿?…") for part in _SEPARATORS.split(title)]
    return any(_ERROR.fullmatch(part) or missing.fullmatch(part) for part in parts if part)


def weight(text: str) -> int:
    """Measure a text in letters; one of a script that writes words with a letter or two counts three."""
    return len(text) + 2 * sum(map(len, _IDEOGRAPHS.findall(text)))


_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")


def _wall(line: str) -> Wall | None:
    if not line or len(line) > WALL_LINE:
        return None
    return next((kind for kind, words in _patterns().items() if words.search(line)), None)


def _is_paywall(line: str) -> bool:
    return len(line) <= WALL_LINE and _patterns()[Wall.PAYWALL].search(line) is not None


@lru_cache(maxsize=1)
def _patterns() -> dict[Wall, re.Pattern[str]]:
    """Read the list: one pattern for each kind, in the order of the list."""
    found: dict[Wall, list[str]] = {}
    text = files("tocsin.lists").joinpath("walls.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            found[kind := Wall(line.strip("[]"))] = []
        elif line and not line.startswith("#"):
            found[kind].append(line)
    return {kind: _joined(lines) for kind, lines in found.items()}


def _joined(lines: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(lines), re.IGNORECASE)
