"""Ids that are given as arguments: the beginning of one is enough, nothing is not."""

from typing import Any

import click


class _Beginning(click.ParamType[str]):
    """The beginning of an id, in small letters as ids have them."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what every id begins with."""
        beginning = str(value).strip().lower()
        if not beginning:
            self.fail("an id, or the beginning of one, has a character at least", param, ctx)
        return beginning


BEGINNING = _Beginning()
