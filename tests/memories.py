"""Articles that repeat, copy and edit one another, and what memory must say of them, by brute force."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from schemas import Alert, Article, Flag, encode
from schemas.ids import alert_id
from tocsin.articles import complete
from tocsin.fingerprint import fingerprint, likeness, similarity
from tocsin.memory import Memory
from tocsin.stories import page_of

START = datetime(2023, 8, 1, tzinfo=UTC)
TIME_TO_LIVE = timedelta(hours=72)


def prose(seed: int, words: int = 90) -> str:
    """Words that no other seed shares, in an order of their own."""
    draw = random.Random(seed)
    return " ".join(
        "".join(draw.choice("abcdefghijklmnoprstuvz") for _ in range(6)) for _ in range(words)
    )


def edited(text: str, *places: int) -> str:
    """The same text with other words at some places: each costs three shingles."""
    words = text.split()
    for place in places:
        words[place] = f"edit{place}"
    return " ".join(words)


def an_article(
    name: str,
    text: str,
    hours: float = 0,
    *,
    title: str = "",
    backfill: bool = False,
    path: str = "story",
    canonical: str = "",
) -> Article:
    return complete(
        url=f"https://{name}.example/{path}",
        canonical_url=f"https://{name}.example/{canonical}" if canonical else "",
        title=title,
        text=text,
        first_seen=START + timedelta(hours=hours),
        flags=(Flag.BACKFILL,) if backfill else (),
    )


def an_alert(article: Article, subscription: str = "niger", *, story: str = "") -> Alert:
    """What an article rings for a subscription; its story is itself unless another root is given."""
    return Alert(
        id=alert_id(subscription, story or article.id),
        subscription=subscription,
        story=story or article.id,
        article=article.id,
        version=article.version,
        title=article.title,
        url=article.url,
        publisher=article.publisher,
        language="en",
        published=None,
        first_seen=article.first_seen,
        mentions=(),
        evidence=(),
        rule_set="d" * 32,
        backfill=article.is_backfill,
    )


def show(memory: Memory, articles: Sequence[Article], batch: int = 100) -> None:
    """Show articles in batches, as the pipeline does."""
    for start in range(0, len(articles), batch):
        part = articles[start : start + batch]
        memory.remember(part)
        memory.link({article.id for article in part})


def everything(memory: Memory) -> dict[str, object]:
    """All that memory answers, for comparison."""
    remembered = list(memory.articles())
    return {
        "articles": [encode(article) for article in remembered],
        "stories": [encode(story) for story in memory.stories()],
        "roots": memory.roots({article.id for article in remembered}),
        "counts": memory.counts(),
    }


def expected_parents(articles: Sequence[Article]) -> dict[str, str]:
    """Who copies whom, by comparing every article with every other: slow, and plainly right."""
    first = dict(_earliest_versions(articles))
    taken = {each: fingerprint(article.title, article.text) for each, article in first.items()}
    order = {each: (article.first_seen, each) for each, article in first.items()}
    parents: dict[str, str] = {}
    for later in first:
        for earlier in sorted(first, key=lambda each: order[each]):
            near = first[later].first_seen - first[earlier].first_seen <= TIME_TO_LIVE
            sketches = taken[later].sketch, taken[earlier].sketch
            is_alike = set(taken[later].bands) & set(taken[earlier].bands) and likeness(*sketches)
            pages = page_of(first[later]), page_of(first[earlier])
            is_declared = pages[0] and pages[0] == pages[1] and similarity(*sketches)
            if order[earlier] < order[later] and near and (is_alike or is_declared):
                parents[later] = earlier
                break
    return parents


def _earliest_versions(articles: Sequence[Article]) -> Iterator[tuple[str, Article]]:
    for article in sorted(articles, key=lambda each: (each.order, encode(each)), reverse=True):
        yield article.id, article
