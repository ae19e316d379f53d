"""Updates: what happens to a story after it rang, and which of it is told. Decisions only.

Whatever happens has an id made of content: of the alert, and of the number of publishers that its story grew
past, or of the article and the actor that a later version of it names, or names no more. Each is entered
once; of what happens at once one update tells, and the rest is entered beside it as told with it.

What is entered in the end is a function of the articles, in whatever order they come. Two things are not, as
they are a matter of time: which of several numbers was told, as a story may grow past two at once or before it
rings; and what was told of a version when one that lies between it and the one before had not come yet.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from schemas import Alert, Article, ArticleVersion, RuleSet, Subscription
from schemas.ids import update_id
from tocsin.alerting import ById, actors_asked_for, counting, silence
from tocsin.language import detect
from tocsin.matcher import matcher_for
from tocsin.query.parse import parse
from tocsin.query.resolve import actor_names, resolve
from tocsin.watchlists import names_of
from tocsin.wording import LONGEST_TITLE, cut

GROWN = "publishers"
NAMED = "names"
NAMED_NO_MORE = "names-no-more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a subscription with channels wants to be told of its stories after they rang.

    `asked` are the actors, with their names, whose coming and going in later versions is told.
    """

    subscription: Subscription
    asked: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened to a story: `occasion` and `value` name it, `what` says it.

    `order` is that of the article version by which it happened; None for growth.
    """

    occasion: str
    value: str
    what: str
    order: tuple[datetime, str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is entered of a happening: an update that tells `what`, or, where that is empty, why it tells nothing."""

    id: str
    alert: Alert
    what: str = ""
    why: str = ""


def policies_of(rule_set: RuleSet) -> Mapping[str, Policy]:
    """List the subscriptions of a rule set that want updates and have channels for them, by id.

    Raises `QueryError` for a query that is wrong.
    """
    return _policies_of(ById(rule_set))


@lru_cache(maxsize=16)
def _policies_of(rules: ById) -> Mapping[str, Policy]:
    lists = rules.rule_set.watch_lists
    names = names_of(lists)
    known = actor_names(lists)
    found: dict[str, Policy] = {}
    for each in rules.rule_set.subscriptions:
        if each.channels and (each.grows_past or each.edits):
            node = resolve(parse(each.query), known, each.query)
            asked = actors_asked_for(node) if each.edits else ()
            asked_names = {actor: names[actor] for actor in sorted(asked)}
            found[each.id] = Policy(subscription=each, asked=asked_names)
    return found


def can_have_grown(policies: Mapping[str, Policy], publishers: int) -> bool:
    """Tell whether a story of so many publishers has grown past a number that is asked for."""
    return any(publishers > n for each in policies.values() for n in each.subscription.grows_past)


def growth(policy: Policy, publishers: int) -> list[Happening]:
    """List the numbers that a story of so many publishers has grown past, the greatest last."""
    return [
        Happening(occasion=GROWN, value=str(number), what=f"now at {publishers} publishers")
        for number in sorted(policy.subscription.grows_past)
        if publishers > number
    ]


def edit(policy: Policy, before: ArticleVersion, after: ArticleVersion) -> list[Happening]:
    """List the actors that a version names, or names no more, in contrast to the version before it.

    None, where the subscription would not ring for that version: it is backfill, or none that is asked for.
    """
    if after.article.is_backfill or silence(policy.subscription, after):
        return []
    was, now = _named(policy, before), _named(policy, after)
    return [
        *_changes(policy, after, NAMED, now - was),
        *_changes(policy, after, NAMED_NO_MORE, was - now),
    ]


def _named(policy: Policy, version: ArticleVersion) -> set[str]:
    sure = counting(version, policy.subscription.min_confidence)
    return {each.actor for each in sure.mentions if each.actor in policy.asked}


def _changes(
    policy: Policy, after: ArticleVersion, occasion: str, actors: Collection[str]
) -> Iterator[Happening]:
    article = after.article
    for actor in sorted(actors):
        name = policy.asked[actor]
        said = f"names {name}" if occasion == NAMED else f"names {name} no more"
        yield Happening(
            occasion=occasion,
            value=f"{article.id} {actor}",
            what=f"{article.publisher or 'a later version'} {said}",
            order=article.order,
        )


def read_by(rule_set: RuleSet, article: Article) -> ArticleVersion:
    """Read an article version by a rule set, whatever it was read by when it came: whom it names.

    So what changed is the article and not the rules.
    """
    language = detect(f"{article.title}\n{article.text}", article.language).language
    mentions, _ = matcher_for(rule_set).find(article, language=language, story="")
    return ArticleVersion(article=article, language=language, mentions=mentions)


def ids_of(alerts: Collection[str], happened: Sequence[Happening]) -> set[str]:
    """Name happenings for all alerts that a subscription had for a story; mostly there is one."""
    return {update_id(alert, each.occasion, each.value) for alert in alerts for each in happened}


def grown(
    alerts: Sequence[Alert],
    happened: Sequence[Happening],
    known: Set[str],
    *,
    rings_now: bool,
) -> list[Entry]:
    """Decide what is entered of the growth of a story: the greatest number is told, once.

    `alerts` are all that a subscription had for the story, `known` the ids that were entered before.
    Where the story `rings_now`, the alert tells how far it has spread.
    """
    alert, new = _first(alerts), _new(alerts, happened, known)
    if rings_now:
        return [_entry(alert, each, why="it had grown so far when it rang") for each in new]
    lesser = [each for each in new if each is not happened[-1]]
    told = [_entry(alert, each, what=each.what) for each in new if each is happened[-1]]
    return told + [_entry(alert, each, why="it had grown further") for each in lesser]


def edited(alerts: Sequence[Alert], happened: Sequence[Happening], known: Set[str]) -> list[Entry]:
    """Decide what is entered of edits: all that is new and later than the alert is told in one update."""
    alert = _first(alerts)
    later = [each for each in happened if each.order and each.order > alert.order]
    new = _new(alerts, later, known)
    what = cut("; ".join(dict.fromkeys(each.what for each in new)), LONGEST_TITLE)
    return [
        _entry(alert, each, why="it was told with another")
        if each is not new[0]
        # What tells all of them has the id of the first.
        else _entry(alert, each, what=what)
        for each in new
    ]


def _first(alerts: Sequence[Alert]) -> Alert:
    """Choose the alert whose update it is: two that rang before their stories became one stay two."""
    return min(alerts, key=lambda each: (each.order, each.id))


def _new(
    alerts: Sequence[Alert], happened: Sequence[Happening], known: Set[str]
) -> list[Happening]:
    """Choose what was not entered under any of the alerts; what happens twice is taken once."""
    ids = [each.id for each in alerts]
    found: dict[tuple[str, str], Happening] = {}
    for each in happened:
        if known.isdisjoint(ids_of(ids, [each])):
            found.setdefault((each.occasion, each.value), each)
    return list(found.values())


def _entry(alert: Alert, happening: Happening, *, what: str = "", why: str = "") -> Entry:
    id = update_id(alert.id, happening.occasion, happening.value)
    return Entry(id=id, alert=alert, what=what, why=why)
