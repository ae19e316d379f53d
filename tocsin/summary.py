"""What a replay found, in numbers and sentences that a desk officer can read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from schemas import Alert, Article, Mention, Story

TOP_STORIES = 10
"""So many stories are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorTally:
    """How one actor was named: by how many stories, articles and mentions, from when to when."""

    actor: str
    name: str
    stories: int
    copies: int
    mentions: int
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The sentence that says best that a story names an actor, and the name as it stands there."""

    actor: str
    sentence: str
    surface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopStory:
    """A story that names watched actors, with one proof for each of them."""

    story: str
    title: str
    publisher: str
    url: str
    first_seen: datetime
    copies: int
    publishers: int
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionTally:
    """How often one subscription rang, and how many of those are backfill."""

    subscription: str
    alerts: int
    backfill: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that the summary says."""

    stories: int
    copies: int
    stories_with_mentions: int
    actors: tuple[ActorTally, ...]
    subscriptions: tuple[SubscriptionTally, ...]
    top: tuple[TopStory, ...]


@dataclass
class _Tally:
    first_seen: datetime
    last_seen: datetime
    stories: set[str] = field(default_factory=set)
    articles: set[str] = field(default_factory=set)
    mentions: int = 0


def join(
    articles: Iterable[Article], mentions: Iterable[Mention]
) -> Iterator[tuple[Article, list[Mention]]]:
    """Give each article version its mentions; both must come in the order of a replay's files."""
    waiting = iter(mentions)
    mention = next(waiting, None)
    for article in articles:
        own: list[Mention] = []
        while mention and (mention.article, mention.version) == (article.id, article.version):
            own.append(mention)
            mention = next(waiting, None)
        yield article, own


def summarise(
    named: Iterable[tuple[Article, Sequence[Mention]]],
    stories: Iterable[Story],
    alerts: Iterable[Alert],
    actors: Mapping[str, str],
    *,
    top: int = TOP_STORIES,
) -> Summary:
    """Sum up; `named` are article versions with their mentions, `actors` the names of ids."""
    tallies: dict[str, _Tally] = {}
    best: dict[str, dict[str, Mention]] = {}
    for article, mentions in named:
        for mention in mentions:
            _count(tallies, article, mention)
            proofs = best.setdefault(mention.story, {})
            if mention.actor not in proofs or _rank(mention) < _rank(proofs[mention.actor]):
                proofs[mention.actor] = mention
    ranked: list[TopStory] = []
    total = copies = 0
    for story in stories:
        total += 1
        copies += len(story.copies)
        if story.id in best:
            ranked.append(_top_story(story, best[story.id]))
            if len(ranked) > 10 * top:
                ranked = sorted(ranked, key=_weight)[:top]
    return Summary(
        stories=total,
        copies=copies,
        stories_with_mentions=len(best),
        actors=tuple(_actor_tally(actor, actors, tallies.get(actor)) for actor in sorted(actors)),
        subscriptions=_subscription_tallies(alerts),
        top=tuple(sorted(ranked, key=_weight)[:top]),
    )


def _count(tallies: dict[str, _Tally], article: Article, mention: Mention) -> None:
    seen = article.first_seen
    tally = tallies.setdefault(mention.actor, _Tally(first_seen=seen, last_seen=seen))
    tally.first_seen = min(tally.first_seen, seen)
    tally.last_seen = max(tally.last_seen, seen)
    tally.stories.add(mention.story)
    tally.articles.add(mention.article)
    tally.mentions += 1


def _rank(mention: Mention) -> tuple[float, bool, int]:
    """Best sentence first: the surest, of the text rather than the title, the earliest.

    Of equal ones in several copies stands that of the first copy, as in an alert.
    """
    return (-mention.confidence, mention.field == "title", mention.start)


def _weight(story: TopStory) -> tuple[int, int, int, datetime, str]:
    """Weightiest story first: most publishers, most actors, most copies, earliest."""
    return (-story.publishers, -len(story.proofs), -story.copies, story.first_seen, story.story)


def _top_story(story: Story, best: Mapping[str, Mention]) -> TopStory:
    return TopStory(
        story=story.id,
        title=story.title,
        publisher=story.publisher,
        url=story.url,
        first_seen=story.first_seen,
        copies=len(story.copies),
        publishers=story.publishers,
        proofs=tuple(
            Proof(actor=actor, sentence=best[actor].sentence, surface=best[actor].surface)
            for actor in sorted(best)
        ),
    )


def _actor_tally(actor: str, names: Mapping[str, str], tally: _Tally | None) -> ActorTally:
    if tally is None:
        return ActorTally(actor=actor, name=names[actor], stories=0, copies=0, mentions=0)
    return ActorTally(
        actor=actor,
        name=names[actor],
        stories=len(tally.stories),
        copies=len(tally.articles) - len(tally.stories & tally.articles),
        mentions=tally.mentions,
        first_seen=tally.first_seen,
        last_seen=tally.last_seen,
    )


def _subscription_tallies(alerts: Iterable[Alert]) -> tuple[SubscriptionTally, ...]:
    rang: dict[str, list[bool]] = {}
    for alert in alerts:
        rang.setdefault(alert.subscription, []).append(alert.backfill)
    return tuple(
        SubscriptionTally(subscription=name, alerts=len(found), backfill=sum(found))
        for name, found in sorted(rang.items())
    )
