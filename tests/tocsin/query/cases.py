"""Cases of the query language, which stand in files, a row each: what a query is, matches, or is refused with.

    python -m tests.tocsin.query.cases

counts those that are written from the documentation of other tools.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tocsin.query.nodes import And, Copies, Dated, Exact, Leaf, Near, Node, Not, Or

HERE = Path(__file__).parent
DOCUMENTED = ("lucene", "freshrss", "media_cloud")


@dataclass(frozen=True)
class Case:
    """A row: where it stands, what is expected, the query, and the article, the nodes or the words of the error."""

    place: str
    expected: str
    query: str
    rest: str

    def __str__(self) -> str:
        return f"{self.place}: {self.query}"


def cases_of(path: Path) -> list[Case]:
    """Read the rows of a file."""
    return [
        Case(f"{path.stem}:{number}", *re.split(r"(?<! ) {2,}", line, maxsplit=2))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line and not line.startswith("#")
    ]


def documented(tool: str) -> list[Case]:
    """Read the rows from the documentation of a tool."""
    return cases_of(HERE / "documented" / f"{tool}.txt")


def shape(node: Node) -> str:
    """Write the nodes of a query with the kind of each in front of what is inside, and no precedence."""
    if isinstance(node, And | Or):
        return f"{type(node).__name__.lower()}({_shapes(node.parts)})"
    if isinstance(node, Not):
        return f"not({shape(node.part)})"
    if isinstance(node, Near):
        return f"{'onear' if node.is_ordered else 'near'}{node.distance}({_shapes(node.parts)})"
    if isinstance(node, Exact):
        return f"exact{node.spelling}({shape(node.leaf)})"
    if isinstance(node, Copies):
        return f"copies{node.comparison}{node.number}"
    if isinstance(node, Dated):
        return f"{node.clock}[{_instant(node.since)}, {_instant(node.before)})"
    return _leaf_shape(node)


def _leaf_shape(leaf: Leaf) -> str:
    field = f"{leaf.field}:" if leaf.field else ""
    is_plain = re.fullmatch(r"[\w’-]+|https?://\S+|[\w-]+(?:\.[\w-]+)+", leaf.text)
    return f"{field}{leaf.text if is_plain else repr(leaf.text)}{'*' if leaf.is_prefix else ''}"


def _shapes(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(shape, nodes))


def _instant(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%dT%H:%M}" if instant else ""


def main() -> None:
    """Print how many there are of each tool."""
    numbers = {tool: len(documented(tool)) for tool in DOCUMENTED}
    for tool, number in numbers.items():
        print(f"{tool:<12} {number:>4}")
    print(f"{'in all':<12} {sum(numbers.values()):>4}")


if __name__ == "__main__":
    main()
