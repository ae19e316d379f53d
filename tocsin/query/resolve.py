"""Actors as people call them in queries become the ids of the watch lists."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemas import InvalidSetting, QueryError, WatchList
from tocsin.query.fields import nearest
from tocsin.query.nodes import And, Field, Leaf, Near, Node, Not, Or
from tocsin.query.words import words_of


def actor_names(watch_lists: Iterable[WatchList]) -> dict[str, str]:
    """List every id and declared short name with the id that it stands for.

    Raises `InvalidSetting` where one name stands for two actors.
    """
    actors = [actor for each in watch_lists for actor in each.actors]
    names: dict[str, str] = {}
    for actor in actors:
        if actor.id in names:
            raise InvalidSetting(
                f"Two watch lists have an actor {actor.id!r}.", hint="Make one actor of them."
            )
        names[actor.id] = actor.id
    for actor in actors:
        for short in actor.short:
            if names.setdefault(short.lower(), actor.id) != actor.id:
                raise InvalidSetting(
                    f"The short name {short!r} stands for {names[short.lower()]} and {actor.id}.",
                    hint="Take it out of one of them.",
                )
    return names


def resolve(node: Node, actors: Mapping[str, str], query: str) -> Node:
    """Give every actor leaf the id it means. Raises `QueryError` for an actor nobody watches."""
    if isinstance(node, And):
        return And(tuple(resolve(part, actors, query) for part in node.parts))
    if isinstance(node, Or):
        return Or(tuple(resolve(part, actors, query) for part in node.parts))
    if isinstance(node, Not):
        return Not(resolve(node.part, actors, query))
    if isinstance(node, Near):
        parts = tuple(resolve(part, actors, query) for part in node.parts)
        return replace(node, parts=parts)  # type: ignore[arg-type]  # a leaf stays a leaf
    if isinstance(node, Leaf) and node.field == Field.ACTOR:
        return replace(node, target=_target(node, actors, query))
    return node


def _target(node: Leaf, actors: Mapping[str, str], query: str) -> str:
    """Find the id; `actor:"Wagner Group"` means `wagner-group` too."""
    for name in (node.text.lower(), "-".join(words_of(node.text))):
        if name in actors:
            return actors[name]
    near = nearest(node.text, actors)
    known = ", ".join(sorted(set(actors.values()))) or "none"
    raise QueryError(
        f"No watch list has an actor {node.text!r}.",
        query=query,
        column=node.column,
        hint=f"Did you mean actor:{near}?" if near else f"Watched are: {known}.",
    )
