"""Leaves as people write them: which field, which words, and what is refused with which hint."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from lark import Token

from schemas import Flag, QueryError, Via
from tocsin.query.nodes import WRITTEN, Comparison, Copies, Field, Leaf
from tocsin.query.words import words_of

QUOTES = '"“”„‟«»「」『』'
_QUOTE = re.compile(f"[{QUOTES}]")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
"""A language code as BCP 47 writes it."""

_COPIES = re.compile(r"copies\s*(>=|<=|>|<|=)\s*([0-9]+)", re.IGNORECASE)
_NEARNESS = re.compile(r"(?:O?NEAR|W|PRE)(?:/[0-9]+[a-z]*)?|(?:NEAR|ONEAR)[:/~].*")
_SINGLY_QUOTED = re.compile(r"['‘’‚‛‹›][^()（）]{1,80}?['‘’‛‹›](?![^\s()（）])")
_PLAIN_WORD = re.compile(r"\w(?:[\w'’-]*\w)?")
_PLAIN_VALUE = re.compile(rf"[^\s()（）*{QUOTES}]+")
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_ALIASES = {
    "organisation": "org",
    "organization": "org",
    "lang": "language",
    "source": "publisher",
    "site": "publisher",
    "domain": "publisher",
    "location": "place",
    "country": "place",
    "headline": "title",
    "body": "text",
}
"""Names that people bring from other tools. They are not accepted, only understood well enough to
name ours."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Find the known word that was most likely meant; empty when none is close."""
    found = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.5)
    return found[0] if found else ""


@dataclass(frozen=True, slots=True)
class Written:
    """The field that brackets put upon the leaves inside them, if any."""

    field: Field | None = None

    def into(self, token: Token, line: str) -> "Written":
        """Enter the field that a token names. Raises `QueryError` for an unknown or a second one."""
        name = token.partition(":")[0]
        column = int(token.start_pos or 0) + 1
        if self.field is not None:
            raise QueryError(
                f"The field {name}: stands inside {self.field}:( ).",
                query=line,
                column=column,
                hint="Close the brackets first, or leave the outer field out.",
            )
        try:
            return Written(Field(name.lower()))
        except ValueError:
            raise _unknown_field(name, line, column) from None


def _unknown_field(name: str, line: str, column: int) -> QueryError:
    """Say that there is no such field, and which one is near."""
    if name.lower() == "copies":
        hint = "Compare it with a number: copies>3."
    elif name.lower() in ("http", "https"):
        hint = "Put an address in quotation marks, or ask for its publisher: publisher:example.org."
    else:
        near = _ALIASES.get(name.lower()) or nearest(name, list(Field))
        known = ", ".join(f"{each}:" for each in Field)
        hint = f"Did you mean {near}:?" if near else f"Fields are {known} and copies>3."
        hint += f' For the words themselves put them in quotation marks: "{name} ...".'
    return QueryError(f"There is no field {name}:.", query=line, column=column, hint=hint)


def copies_leaf(token: Token) -> Copies:
    """Make the leaf of `copies>3`."""
    found = _COPIES.fullmatch(token)
    assert found, token  # the grammar lets nothing else through
    return Copies(
        comparison=Comparison(found[1]), number=int(found[2]), column=int(token.start_pos or 0) + 1
    )


def leaf(token: Token, line: str, within: Written) -> Leaf:
    """Make a leaf of a word, a phrase or a `field:value` token. Raises `QueryError`."""
    text, column = str(token), int(token.start_pos or 0) + 1
    if token.type == "FIELDED":
        name, _, text = text.partition(":")
        column += len(name) + 1
    if token.type == "PHRASE":
        is_prefix = "*" in (text[-1], text[:-1].rstrip()[-1:])
        text = " ".join(_QUOTE.sub(" ", text.removesuffix("*")).split())
        text = text.removesuffix("*").rstrip() if is_prefix else text
    else:
        is_prefix = text.endswith("*")
        text = text.removesuffix("*")
    if token.type != "PHRASE" and within.field in WRITTEN:
        _check_word(str(token) if token.type == "WORD" else text, line, column)
        _check_quotes(line, column)
    found = Leaf(field=within.field, text=text, is_prefix=is_prefix, column=column)
    _check(found, line)
    return found


def _check_word(word: str, line: str, column: int) -> None:
    """Refuse bare words that are meant to be something else."""
    refusal = ""
    hint = ""
    if word in ("and", "or", "not"):
        refusal = f"'{word}' in small letters is a word here, not an operator."
        hint = f'Write {word.upper()}; or "{word}" in quotation marks, if you mean the word.'
    elif _NEARNESS.fullmatch(word):
        refusal = f"{word} is not understood: nearness is not part of this version."
        hint = 'Join the words by AND, or write them as a "phrase".'
    elif word[0] in "-+":
        refusal = f"'{word[0]}' in front of a word means nothing here."
        hint = "Write NOT for what must be absent; AND is understood between words."
    elif word[0] == "~" or re.search(r"[~^][0-9.]*$", word):
        refusal = "Fuzziness (~) and weights (^) are not part of this language."
        hint = "Leave the sign out, or use word* for several endings."
    elif re.fullmatch(r"/.+/", word):
        refusal = "Regular expressions are not part of this language."
        hint = 'Write words, a "phrase", or word* for several endings.'
    elif re.match(r"copies[<>=]", word, re.IGNORECASE):
        refusal = "copies is compared with a whole number of up to nine digits."
        hint = "Write copies>3."
    elif word in ("&", "|"):
        refusal = f"A single {word} is no operator."
        hint = "Write AND or OR."
    if refusal:
        raise QueryError(refusal, query=line, column=column, hint=hint)


def _check_quotes(line: str, column: int) -> None:
    """Refuse several words between single quotation marks: they may be apostrophes, and joined by AND."""
    quoted = _SINGLY_QUOTED.match(line, column - 1)
    if quoted and " " in quoted[0]:
        raise QueryError(
            "Single quotation marks make no phrase.",
            query=line,
            column=column,
            hint=f'Write "{quoted[0][1:-1].strip()}".',
        )


def _check(found: Leaf, line: str) -> None:
    """Refuse values that could never match, or that match anything."""
    refusal, hint = _value_fault(found) or _star_fault(found) or ("", "")
    if not refusal and found.field != Field.FEED and not words_of(found.text):
        refusal = "There is no letter or digit to look for."
        hint = "Write a word, or leave it out."
    if refusal:
        raise QueryError(refusal, query=line, column=found.column, hint=hint)


def _value_fault(found: Leaf) -> tuple[str, str] | None:
    """Say what is wrong with the value of a field that takes only certain values."""
    for field, known in ((Field.VIA, list(Via)), (Field.FLAG, list(Flag))):
        if found.field == field and found.text.lower() not in known:
            near = nearest(found.text, known)
            return (
                f"There is no {field}:{found.text}.",
                f"Did you mean {field}:{near}?" if near else f"Known are {', '.join(known)}.",
            )
    if found.field == Field.LANGUAGE and not LANGUAGE.fullmatch(found.text):
        return (
            f"'{found.text}' is no language code.",
            "Write its code: language:fr, language:pt-BR.",
        )
    return None


def _star_fault(found: Leaf) -> tuple[str, str] | None:
    """Say what is wrong with a `*`."""
    if "*" in found.text and found.field != Field.FEED:
        return "A * can stand only at the end.", "Write merc* for mercenary and mercenaries."
    takes_star = found.field in WRITTEN or found.field in (
        Field.ENTITY,
        Field.PERSON,
        Field.PLACE,
        Field.ORG,
    )
    if found.is_prefix and not takes_star:
        return f"{found.field}: takes no *.", "Write the whole value."
    last = words_of(found.text)[-1:]
    if found.is_prefix and last and len(last[0]) < 2 and last[0].isascii():
        return "One letter before * would match nearly everything.", "Write at least two."
    return None


def print_leaf(node: Leaf | Copies) -> str:
    """Write a leaf so that it parses to itself: bare where that is safe, else in quotation marks."""
    if isinstance(node, Copies):
        return f"copies{node.comparison}{node.number}"
    field = f"{node.field}:" if node.field else ""
    star = "*" if node.is_prefix else ""
    if node.field in WRITTEN:
        is_plain = bool(_PLAIN_WORD.fullmatch(node.text)) and not _is_reserved(node.text)
    else:
        is_plain = bool(_PLAIN_VALUE.fullmatch(node.text)) and not _is_reserved(node.text)
    return f"{field}{node.text}{star}" if is_plain else f'{field}"{node.text}"{star}'


def _is_reserved(word: str) -> bool:
    """Tell whether a bare word would be read as something else."""
    return word.upper() in _OPERATORS or bool(_NEARNESS.fullmatch(word))
