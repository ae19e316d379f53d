"""Refusals: every no of the API, as a problem (RFC 9457) that says what to do."""

import math
from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from console.deliveries import NoDelivery, NotFailed
from console.keeping import InFiles
from console.paths import NoSuchPath
from console.subscriptions import NoSubscription
from schemas import QueryError, StoreLost, TocsinError, Unavailable

TYPE = "application/problem+json"

_STATUSES: tuple[tuple[type[TocsinError], HTTPStatus], ...] = (
    (NoSubscription, HTTPStatus.NOT_FOUND),
    (NoDelivery, HTTPStatus.NOT_FOUND),
    (InFiles, HTTPStatus.CONFLICT),
    (NotFailed, HTTPStatus.CONFLICT),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (StoreLost, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""What an error means for who asked; any other says that what was asked is wrong."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was refused. `hint` says what to do, `column` where a query is wrong, from 1."""

    title: str
    status: int
    detail: str = ""
    hint: str = ""
    column: int | None = None


class Refused(TocsinError):
    """A request is refused, with this status and these headers."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str = "",
        *,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.headers = dict(headers or {})


def refusal(error: TocsinError | NoSuchPath) -> tuple[Problem, dict[str, str]]:
    """Tell an error to who asked, with the headers that belong to it."""
    status, headers = HTTPStatus.UNPROCESSABLE_ENTITY, dict[str, str]()
    if isinstance(error, NoSuchPath):
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, detail=error.message), headers
    if isinstance(error, Refused):
        status, headers = error.status, error.headers
    else:
        status = next((each for kind, each in _STATUSES if isinstance(error, kind)), status)
    if isinstance(error, Unavailable):
        headers = {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    column = error.column if isinstance(error, QueryError) else None
    return _problem(status, detail=str(error), hint=error.hint, column=column), headers


def _problem(
    status: HTTPStatus, *, detail: str, hint: str = "", column: int | None = None
) -> Problem:
    title = status.phrase
    return Problem(title=title, status=status, detail=detail, hint=hint, column=column)
