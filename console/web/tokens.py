"""Who may use the HTTP API: a token for each, and the name that stands for it in histories."""

import hmac
import re
from dataclasses import dataclass, field

from schemas import InvalidSetting

SHORTEST = 32
"""Characters of a token."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What may stand behind `Bearer` (RFC 6750, section 2.1)."""

_MAKE_ONE = "`tocsin web token NAME` prints a line with a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, and whose it is."""

    name: str
    secret: str = field(repr=False)


def tokens_of(text: str) -> tuple[Token, ...]:
    """Read the lines `name:token`. A name may have several, so that one can be put in another's place.

    Raises `InvalidSetting` with every line that is wrong; no token is repeated in it.
    """
    found: list[Token] = []
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        name, _, secret = line.strip().partition(":")
        if not line.strip():
            continue
        fault = _fault(name, secret, found)
        if fault:
            faults.append(f"web.tokens: line {number}: {fault}")
        found.append(Token(name=name, secret=secret))
    if faults:
        raise InvalidSetting("\n".join(faults), hint=_MAKE_ONE)
    return tuple(found)


def who(tokens: tuple[Token, ...], authorization: str) -> str | None:
    """Name whose token stands in a header `Authorization`; None for nobody's.

    It is compared with all of them, each in the same time whatever is right of it.
    """
    scheme, _, given = authorization.partition(" ")
    asked = given.strip().encode(errors="replace")
    found = None
    for each in tokens:
        if hmac.compare_digest(each.secret.encode(), asked):
            found = each.name
    return found if scheme.lower() == "bearer" else None


def _fault(name: str, secret: str, before: list[Token]) -> str:
    """Say what is wrong with a line; empty where nothing is."""
    if not secret or not _NAME.fullmatch(name):
        return "write name:token, with letters, digits and . _ @ - in the name"
    if len(secret) < SHORTEST:
        return f"a token has {SHORTEST} characters at least"
    if not _TOKEN.fullmatch(secret):
        return "a token has letters, digits and . _ ~ + / - only"
    if any(each.secret == secret for each in before):
        return "this token stands in a line before"
    return ""
