"""Stories: which article copies which. Pure decisions; who remembers the articles is `Memory`.

The parent of an article is the **earliest** similar article, by (first seen, id), that was first seen
no longer before it than the time to live. Similar are texts that are alike; and two that share anything
at all, where their pages say that they are the same one (rel=canonical within a site). That is a function of the set of articles: whoever arrives
late and is earlier takes the children over. Following parents leads to the root; every step goes back
in that order, so there are no circles.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from schemas import Article, Story, StoryMember, StoryName
from schemas.ids import digest
from tocsin.fingerprint import likeness, similarity

TIME_TO_LIVE = timedelta(hours=72)
"""Event time between an article and its copy: agencies' texts are re-posted for a weekend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article as far as copies are decided on it: `sketch` and `page` are of its earliest version.

    `page` is `page_of` it: articles of one page need share but little.
    """

    article: str
    first_seen: datetime
    sketch: bytes
    page: int = 0

    @property
    def order(self) -> tuple[datetime, str]:
        """Who of two is the earlier one."""
        return (self.first_seen, self.article)


def may_copy(later: Candidate, earlier: Candidate, time_to_live: timedelta) -> bool:
    """Tell whether the dates allow that `later` copies `earlier`."""
    return earlier.order < later.order and later.first_seen - earlier.first_seen <= time_to_live


def is_late(first_seen: datetime, horizon: datetime | None, time_to_live: timedelta) -> bool:
    """Tell whether an article comes when some of what it might copy is forgotten already.

    Before `horizon` memory is not complete any more; None where nothing was ever forgotten.
    """
    return horizon is not None and first_seen - time_to_live < horizon


def copied(later: Candidate, earlier: Candidate, time_to_live: timedelta) -> float:
    """Return how similar `later` is to `earlier` if it is a copy of it, else 0."""
    if not may_copy(later, earlier, time_to_live):
        return 0.0
    found = likeness(later.sketch, earlier.sketch)
    if not found and later.page and later.page == earlier.page:
        return similarity(later.sketch, earlier.sketch)
    return found


def page_of(article: Article) -> int:
    """Name the page that an article stands on by 64 bits of its canonical URL; 0 where there is none.

    Many sites call every page their front page, so that one names nothing.
    """
    if urlsplit(article.canonical_url)[2:4] in (("", ""), ("/", "")):
        return 0
    return int(digest("page.1", article.canonical_url)[:16], 16) - (1 << 63)


def earliest_parent(
    article: Candidate, candidates: Iterable[Candidate], time_to_live: timedelta
) -> tuple[Candidate, float] | None:
    """Choose the parent of an article, with the similarity; `None` where it copies nothing.

    `candidates` come in order of (first seen, id), and no more are taken than needed.
    """
    for candidate in candidates:
        similarity = copied(article, candidate, time_to_live)
        if similarity:
            return candidate, similarity
    return None


def merge_names(names: Iterable[StoryName]) -> tuple[StoryName, ...]:
    """Add up the names of the article versions of a story; the most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    ids: dict[tuple[str, str], str] = {}
    kinds = {}
    for each in names:
        key = (each.type.value, each.name)
        kinds[key] = each.type
        counts[key] = counts.get(key, 0) + each.articles
        ids[key] = min(filter(None, (ids.get(key, ""), each.id)), default="")
    ordered = sorted(counts, key=lambda key: (-counts[key], key))
    return tuple(
        StoryName(type=kinds[key], name=key[1], articles=counts[key], id=ids[key])
        for key in ordered
    )


def story_of(
    root: Article,
    first_seen: datetime,
    copies: Sequence[StoryMember],
    names: tuple[StoryName, ...],
) -> Story:
    """Write the record of a story: what its root's earliest version says, and who copied it."""
    publishers = {root.publisher, *(copy.publisher for copy in copies)} - {""}
    return Story(
        id=root.id,
        title=root.title,
        url=root.url,
        publisher=root.publisher,
        published=root.published,
        first_seen=first_seen,
        language=root.language,
        copies=tuple(sorted(copies, key=lambda copy: (copy.first_seen, copy.article))),
        publishers=max(len(publishers), 1),
        names=names,
    )
