"""Shipped data: watch lists, rules of inflection, words of languages."""

from importlib.resources import files


def words(name: str) -> frozenset[str]:
    """Read a packaged list of words, one or more a line; `#` starts a comment."""
    lines = files(__name__).joinpath(name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.split("#")[0].split())
