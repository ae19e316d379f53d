"""Many queries against one article version: only those are looked at that could match it.

Every query becomes a few conditions about facts (`clauses`, `numbering`): words, phrases, values. Which
facts hold is looked up once for all queries (`facts`), and which conditions hold is asked of all at
once (`sieve`). Terms that take more than a look-up (exact spelling, names, the title alone) count as
satisfied at first where their words are there; only those that some query then still depends on are
looked at, each once, however many queries ask for it.
"""

from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.dtypes import StringDType

from schemas import ArticleVersion, Evidence, QueryError
from tocsin.query.evaluate import Test, compiled, evidence
from tocsin.query.filing import Filed, Filing
from tocsin.query.nodes import WRITTEN, Field, Leaf, Node, leaves
from tocsin.query.parse import parse
from tocsin.query.price import TOO_DEAR, price
from tocsin.query.resolve import resolve
from tocsin.query.sieve import Numbers
from tocsin.query.texts import Texts
from tocsin.query.view import View

_REMEMBERED = 4_096
"""Queries that are kept parsed: for the evidence of those that match, and to ask large ones."""


class Queries:
    """Compiled queries by id.

    Raises `QueryError` for one that does not parse or resolve, or that costs too much.
    """

    def __init__(self, queries: Mapping[str, str], actors: Mapping[str, str]) -> None:
        names = sorted(queries)
        self._ids = np.array(names, dtype=StringDType())
        self._texts = Texts(queries[each] for each in names)
        self._actors = dict(actors)
        self._node = lru_cache(maxsize=_REMEMBERED)(self._parsed)
        self._test = lru_cache(maxsize=_REMEMBERED)(self._compiled)
        filing = Filing()
        asked: set[Field | None] = set()
        for number in range(len(names)):
            node = self._parsed(number)
            if not filing.add(number, node):
                _check_price(node, self._texts[number])
            asked |= {leaf.field for leaf, _ in leaves(node) if isinstance(leaf, Leaf)}
        self.fields = frozenset(field for field in asked - WRITTEN if field is not None)
        self._filed = Filed(filing)

    def __len__(self) -> int:
        """Count the queries."""
        return len(self._ids)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the queries, sorted."""
        return tuple(self._ids)

    def node(self, query: str) -> Node:
        """Give the parsed form of one query; KeyError for an unknown id."""
        number = bisect_left(self._ids, query)
        if number == len(self._ids) or self._ids[number] != query:
            raise KeyError(query)
        return self._node(number)

    def match_ids(self, article_version: ArticleVersion) -> list[str]:
        """Name the queries that match, sorted, without evidence: the fast way."""
        return self.ids_in(View(article_version))

    def ids_in(self, view: View) -> list[str]:
        """Name them for a view that others look at, too."""
        return self._named(self._matching(view))

    def match(self, article_version: ArticleVersion) -> list[tuple[str, tuple[Evidence, ...]]]:
        """Name the queries that match, sorted by id, each with its evidence."""
        view = View(article_version)
        found = self._matching(view)
        return [
            (name, evidence(self._node(number), view) or ())
            for name, number in zip(self._named(found), found.tolist(), strict=True)
        ]

    def _parsed(self, number: int) -> Node:
        text = self._texts[number]
        return resolve(parse(text), self._actors, text)

    def _compiled(self, number: int) -> Test:
        return compiled(self._node(number))

    def _named(self, numbers: Numbers) -> list[str]:
        found: list[str] = self._ids[numbers].tolist()
        return found

    def _matching(self, view: View) -> Numbers:
        """List the numbers of the queries that match, in the order of their ids."""
        sure, possible = self._filed.find(view)
        if not possible.size:
            return sure
        others = np.setdiff1d(possible, sure, assume_unique=True).tolist()
        asked = [number for number in others if self._test(number)(view)]
        return np.sort(np.concatenate((sure, np.array(asked, dtype=np.int32))))


def _check_price(node: Node, text: str) -> None:
    """Refuse what would slow the matching of all other queries."""
    asked = price(node)
    if asked >= TOO_DEAR:
        raise QueryError(
            f"This would take about {asked / 1000:.1f} ms of every article.",
            query=text,
            column=1,
            hint="Join NEAR, exact spelling and names with words that are rare, or split the query.",
        )
