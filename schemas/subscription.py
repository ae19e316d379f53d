"""Subscriptions: who wants to be told about what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A query that somebody wants to be told about. `id` is lower case, digits and hyphens.

    `languages` and `publishers` narrow it when not empty; mentions under `min_confidence` do not
    count; articles flagged `old` only ring when `include_old`.
    """

    id: str
    query: str
    name: str = ""
    owner: str = ""
    languages: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    min_confidence: float = 0.0
    include_old: bool = False
