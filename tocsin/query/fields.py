"""Fields as people write them, and what to say of one that does not exist."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from lark import Token

from schemas import QueryError
from tocsin.query.nodes import Clock, Field
from tocsin.query.tokens import refused, shown

_LONGEST = 40
"""Characters; a longer word is no slip of the keyboard, and comparing it takes long."""

_ALIASES = {
    "organisation": "org:",
    "organization": "org:",
    "lang": "language:",
    "source": "publisher:",
    "site": "publisher:",
    "domain": "publisher:",
    "canonical_domain": "publisher:",
    "location": "place:",
    "headline": "title:",
    "intitle": "title:",
    "article_title": "title:",
    "body": "text:",
    "intext": "text:",
    "inurl": "publisher:",
    "f": "feed:",
    "date": "published: or seen:",
    "since": "published:",
    "after": "published:",
    "from": "published:",
    "before": "published:",
    "until": "published:",
    "publication": "published:",
    "indexed_date": "seen:",
    "pubdate": "published:",
    "publish_date": "published:",
    "publication_date": "published:",
    "first_seen": "seen:",
}
"""Names that people bring from other tools. They are not accepted, only understood well enough to
name ours."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Find the known word that was most likely meant; empty when none is close."""
    if len(word) > _LONGEST:
        return ""
    found = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.5)
    return found[0] if found else ""


@dataclass(frozen=True, slots=True)
class Written:
    """The field that brackets put upon the leaves inside them, if any."""

    field: Field | None = None

    def into(self, token: Token, line: str) -> "Written":
        """Enter the field that a token names. Raises `QueryError` for an unknown or a second one."""
        self.check_open(token, line)
        try:
            return Written(Field(token.partition(":")[0].lower()))
        except ValueError:
            raise _unknown_field(token, line) from None

    def check_open(self, token: Token, line: str) -> None:
        """Refuse a second field inside the brackets of a first one. Raises `QueryError`."""
        if self.field is not None:
            name = re.split("[:<>=]", token)[0].strip()
            raise refused(
                f"The field {name}: stands inside {self.field}:( ).",
                token,
                line,
                "Close the brackets first, or leave the outer field out.",
            )


def clock_of(token: Token) -> Clock | None:
    """Tell which clock a field names, if it names one."""
    name = token.partition(":")[0].lower()
    return Clock(name) if name in list(Clock) else None


def _unknown_field(token: Token, line: str) -> QueryError:
    """Say that there is no such field, and which one is near."""
    name = shown(token.partition(":")[0])
    said = f"There is no field {name}:."
    if name.lower() == "copies":
        hint = "Compare it with a number: copies>3."
    elif name.lower() in list(Clock):
        said = f"{name}: takes one date, and no group."
        hint = f"Write {name}:2026-11-01, {name}>=2026-11, {name}:2026-11-01..2026-11-07."
    elif name.lower() in ("near", "onear"):
        hint = f"Nearness is written {name.upper()}/5, for at most five words between."
    elif name.lower() in ("http", "https"):
        hint = "Put an address in quotation marks, or ask for its publisher: publisher:example.org."
    else:
        known = [*Field, *Clock]
        near = nearest(name, known)
        meant = _ALIASES.get(name.lower()) or (f"{near}:" if near else "")
        fields = ", ".join(f"{each}:" for each in known)
        hint = f"Did you mean {meant}?" if meant else f"Fields are {fields} and copies>3."
        hint += f' For the words themselves put them in quotation marks: "{name} ...".'
    return refused(said, token, line, hint)
