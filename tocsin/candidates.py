"""Candidates: verified places of names, with what guides the judgement on them."""

from dataclasses import dataclass

from tocsin.aliases import Name
from tocsin.scene import Scene


@dataclass(frozen=True, slots=True)
class Candidate:
    """A verified place of a name: folded span, original span."""

    name: Name
    scene: Scene
    folded: tuple[int, int]
    start: int
    end: int

    @property
    def surface(self) -> str:
        """Give the name as written."""
        return self.scene.original[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Guides:
    """What guides one name: keys of phrases for it and against it, and words that name no person."""

    needs: frozenset[str]
    hints: frozenset[str]
    against: frozenset[str]
    own_against: frozenset[str]
    listed: frozenset[str]
    listed_beginnings: tuple[str, ...]

    @property
    def speaking(self) -> frozenset[str]:
        """Gather all keys that speak for or against the name."""
        return self.needs | self.hints | self.against
