"""Leaves as people write them: which words or which value, and what is refused with which hint."""

import re
from dataclasses import replace

from lark import Token

from schemas import Flag, QueryError, Via
from tocsin.query.bare import check_bare
from tocsin.query.countries import country_code, nearest_country
from tocsin.query.fields import Written, nearest
from tocsin.query.nodes import (
    NAMED,
    WRITTEN,
    Comparison,
    Copies,
    Exact,
    Field,
    Leaf,
    Spelling,
)
from tocsin.query.signs import COMPARISONS, QUOTES, UNSEEN_AT_END
from tocsin.query.tokens import column_of, refused, shown, value_of
from tocsin.query.words import words_of
from tocsin.scripts import LETTER

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
"""A language code as BCP 47 writes it."""

_QUOTE = re.compile(f"[{QUOTES}]")
_COPIES = re.compile(rf"copies\s*({COMPARISONS})\s*(\d+)", re.IGNORECASE)
_SPELLINGS = {
    "=": Spelling.AS_WRITTEN,
    "=case:": Spelling.CASE,
    "=accent:": Spelling.ACCENTS,
    "=accents:": Spelling.ACCENTS,
}


def copies_leaf(token: Token) -> Copies:
    """Make the leaf of `copies>3`."""
    found = _COPIES.fullmatch(token)
    assert found, token  # the grammar lets nothing else through
    return Copies(comparison=Comparison.of(found[1]), number=int(found[2]), column=column_of(token))


def exact(mark: Token, found: Leaf, line: str) -> Exact:
    """Make a leaf whose spelling counts. Raises `QueryError` for one that is not about words."""
    if found.field not in WRITTEN:
        raise refused(
            f"{found.field}: takes no {mark}",
            mark,
            line,
            "Only words of the title or the text are asked for as they are spelled: =Wagner.",
        )
    return Exact(found, _SPELLINGS[mark.lower()])


def leaf(token: Token, line: str, within: Written) -> Leaf:
    """Make a leaf of a word, a phrase or a `field:value` token. Raises `QueryError`."""
    text, column = value_of(token)
    if token.type == "PHRASE":
        is_prefix = "*" in (text[-1], text[:-1].rstrip()[-1:])
        text = " ".join(_QUOTE.sub(" ", text.removesuffix("*")).split())
        text = text.removesuffix("*").rstrip() if is_prefix else text
    else:
        is_prefix = text.endswith("*")
        text = UNSEEN_AT_END.sub("", text.removesuffix("*"))
        if text and within.field in WRITTEN:
            check_bare(str(token) if token.type == "WORD" else text, line, column)
    found = Leaf(field=within.field, text=text, is_prefix=is_prefix, column=column)
    _check(found, line)
    return replace(found, target=country_code(text)) if found.field == Field.COUNTRY else found


def _check(found: Leaf, line: str) -> None:
    """Refuse values that could never match, or that match anything."""
    refusal, hint = _star_fault(found) or _value_fault(found) or ("", "")
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
                f"There is no {field}:{shown(found.text)}.",
                f"Did you mean {field}:{near}?" if near else f"Known are {', '.join(known)}.",
            )
    if found.field == Field.LANGUAGE and not LANGUAGE.fullmatch(found.text):
        return (
            f"'{shown(found.text)}' is no language code.",
            "Write its code: language:fr, language:pt-BR.",
        )
    if found.field == Field.COUNTRY and not country_code(found.text):
        near = nearest_country(found.text)
        return (
            f"'{shown(found.text)}' is no country.",
            f'Did you mean country:"{near}"?' if near else "Write its English name, or country:NE.",
        )
    if found.field == Field.PUBLISHER and re.search(r"://|[/\s]", found.text):
        host = re.sub(r"^[a-z]+://", "", found.text).split("/")[0]
        return (
            "A publisher is a domain, and no address.",
            f"Write publisher:{shown(host) or 'example.org'}.",
        )
    return None


def _star_fault(found: Leaf) -> tuple[str, str] | None:
    """Say what is wrong with a `*`."""
    if "*" in found.text and found.field != Field.FEED:
        return "A * can stand only at the end.", "Write merc* for mercenary and mercenaries."
    takes_star = found.field in WRITTEN or found.field in NAMED - {Field.COUNTRY}
    if found.is_prefix and not takes_star:
        return f"{found.field}: takes no *.", "Write the whole value."
    last = words_of(found.text)[-1:]
    if found.is_prefix and last and len(last[0]) < 2 and re.match(LETTER, last[0]):
        return "One letter before * would match nearly everything.", "Write at least two."
    return None
