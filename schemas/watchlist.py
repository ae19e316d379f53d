"""Watch lists: who is watched, under which names, and what speaks for and against each name."""

from dataclasses import dataclass

from schemas.entity import MentionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """One name of an actor in one language.

    `text` is the base form; inflected forms are found by rule. `language` is a BCP 47 tag or `*`.
    `alone` says whether it is enough by itself; if not, one of `needs` must stand near it, or another
    mention of the same actor elsewhere in the article; `needs` of its own stand instead of the needs
    and hints of its actor. What is in `against` beside it makes it a near miss. `case` demands the written case (for `Africa Corps`, `US`). `since`/`until` are ISO dates
    outside of which the alias does not count. `local` aliases count only in texts of their own
    language, because they mean something else in others (`russo`). `source` says where the name was
    taken from.
    """

    text: str
    language: str
    kind: MentionKind = MentionKind.NAME
    alone: bool = True
    needs: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    case: bool = False
    inflect: bool = True
    since: str = ""
    until: str = ""
    local: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One watched person, organisation or state. `short` are further names for `actor:` queries.

    `hints` are weaker than `needs`: they count in the sentence only, and support nothing elsewhere.
    """

    id: str
    name: str
    type: str = "organisation"
    short: tuple[str, ...] = ()
    wikidata: str = ""
    territory: str = ""
    needs: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchList:
    """A file of actors."""

    name: str
    actors: tuple[Actor, ...] = ()
