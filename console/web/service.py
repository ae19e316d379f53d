"""What every answer of the API is made from: the store, the settings, and the rules that they name."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from console.channels import written_channels
from console.desk import rules_at_hand
from console.settings import Settings
from console.subscriptions import written
from console.web.asked import Asked
from console.web.refusals import Refused
from schemas import Channel, InvalidSetting, RuleSet, Unavailable

if TYPE_CHECKING:
    from sqlalchemy import Engine

RETRY_SECONDS = 60.0
"""When to come again where somebody has to mend a file first."""

_log = structlog.get_logger("web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The store and the settings; `estimating` is held by who reads a week of articles."""

    engine: "Engine"
    settings: Settings
    estimating: threading.Lock = field(default_factory=threading.Lock)

    def rules(self) -> RuleSet:
        """Read the files as they are now. Raises `Unavailable` where they are wrong: who asks cannot help it."""
        try:
            return written(self.settings)
        except InvalidSetting as error:
            _log.error("invalid", what="files of rules", reason=str(error))
            raise Unavailable(
                f"The files of rules are wrong: {error}", retry_after=RETRY_SECONDS, hint=error.hint
            ) from error

    def channels(self) -> tuple[Channel, ...]:
        """Read the file of channels as it is now. Raises `Unavailable` where it is wrong.

        What is wrong stands in the log alone: a target may hold a secret.
        """
        try:
            return written_channels(self.settings)
        except InvalidSetting as error:
            _log.error("invalid", what="file of channels", reason=str(error))
            raise Unavailable(
                "The file of channels is wrong: whoever runs Tocsin finds the reason in its log.",
                retry_after=RETRY_SECONDS,
            ) from error

    def rules_at_hand(self) -> RuleSet:
        """Read the files; those in force while they are wrong. Raises `Unavailable` where there are none."""
        try:
            return rules_at_hand(self.settings, self.engine)[0]
        except InvalidSetting:
            return self.rules()

    def now(self) -> datetime:
        """Read the clock."""
        return datetime.now(UTC)


def check_tags(asked: Asked, number: int, *, is_there: bool, is_needed: bool = False) -> None:
    """Refuse a change of what somebody else has changed meanwhile (RFC 9110, section 13).

    `number` is that of the last change. Where a tag `is_needed`, what is there is not replaced without one.
    """
    tag = f'"{number}"'
    now = {"ETag": tag}
    if asked.if_match is not None:
        has_tag = is_there or number > 0  # what was removed has one, too
        is_any = asked.if_match.strip() == "*"
        if not (is_there if is_any else has_tag and tag in _tags(asked.if_match)):
            raise Refused(
                HTTPStatus.PRECONDITION_FAILED,
                f"Changed meanwhile: its tag is {tag} now." if is_there else "It is not there.",
                hint="Read it anew, and send the change with the tag that comes with it.",
                headers=now,
            )
        return
    if asked.if_none_match is not None:
        unwanted = asked.if_none_match
        if is_there if unwanted.strip() == "*" else tag in _tags(unwanted):
            raise Refused(HTTPStatus.PRECONDITION_FAILED, "It is there already.", headers=now)
        if unwanted.strip() == "*":
            return
    if is_there and is_needed:
        raise Refused(
            HTTPStatus.PRECONDITION_REQUIRED,
            "It is there already.",
            hint=f"To replace it, send If-Match: {tag}, or * whatever it is.",
            headers=now,
        )


def _tags(header: str) -> list[str]:
    return [each.strip() for each in header.split(",")]
