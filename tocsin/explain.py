"""Why a subscription rang for an article, or why it did not: every leaf with its evidence.

Records in, answers out. `explain` decides again what the pipeline decided, from what the pipeline
wrote down, and says each step; `lines` puts it into words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas import Alert, ArticleVersion, Evidence, Mention, NearMiss, Subscription
from tocsin.alerting import silence
from tocsin.query.evaluate import evidence as evidence_of
from tocsin.query.nodes import Exact, Field, Leaf, Near, Term, terms
from tocsin.query.parse import parse
from tocsin.query.printer import print_query
from tocsin.query.proof import term_evidence
from tocsin.query.resolve import resolve
from tocsin.query.view import View
from tocsin.whereabouts import Delivery, told

SHOWN_NEAR_MISSES = 5
"""Near misses told for one leaf; further ones say the same again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafAnswer:
    """What became of one leaf. `helps`: it let the query match (under NOT, by not being there)."""

    leaf: str
    negated: bool
    found: bool
    helps: bool
    evidence: Evidence | None = None
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why `subscription` rang (or not) for one version of one article.

    `rang` says whether the story has an alert of this subscription, `alert` which, and `shown` the
    article that it shows. `matches` says whether this very version matches the query; `reasons` say
    what else decided. `deliveries` are what became of the alert.
    """

    subscription: str
    query: str
    article: str
    version: str
    title: str
    story: str
    rang: bool
    matches: bool
    alert: str = ""
    shown: str = ""
    leaves: tuple[LeafAnswer, ...] = ()
    reasons: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


def explain(
    article_version: ArticleVersion,
    subscription: Subscription,
    actors: Mapping[str, str],
    alerts: Sequence[Alert],
) -> Explanation:
    """Explain one subscription and one article version.

    `actors` are as of `tocsin.query.resolve.actor_names`; `alerts` are those of the whole run, or at
    least of this story. Raises `QueryError` for a query that is wrong.
    """
    node = resolve(parse(subscription.query), actors, subscription.query)
    sure = tuple(
        it for it in article_version.mentions if it.confidence >= subscription.min_confidence
    )
    view = View(replace(article_version, mentions=sure))
    matches = evidence_of(node, view) is not None
    alert = _alert_of(subscription.id, article_version.story, alerts)
    return Explanation(
        subscription=subscription.id,
        query=subscription.query,
        article=article_version.article.id,
        version=article_version.article.version,
        title=article_version.article.title,
        story=article_version.story,
        rang=alert is not None,
        matches=matches,
        alert=alert.id if alert else "",
        shown=alert.article if alert else "",
        leaves=tuple(_answer(*term, view, article_version, subscription) for term in terms(node)),
        reasons=_reasons(article_version, subscription, alert, matches),
    )


def _alert_of(subscription: str, story: str, alerts: Sequence[Alert]) -> Alert | None:
    """Find the one alert that a subscription has for a story."""
    of_story = [each for each in alerts if each.story == story]
    return next((each for each in of_story if each.subscription == subscription), None)


def _answer(
    leaf: Term,
    negated: bool,
    view: View,
    article_version: ArticleVersion,
    wanted: Subscription,
) -> LeafAnswer:
    """Say what became of one leaf, and why."""
    proofs = term_evidence(leaf, view)
    found, proof = proofs is not None, proofs[0] if proofs else None
    because: tuple[str, ...] = ()
    if isinstance(leaf, Leaf) and leaf.field == Field.ACTOR:
        because = (
            _why_mentioned(leaf, proof, view) if proof else _why_not(leaf, article_version, wanted)
        )
    elif isinstance(leaf, Near | Exact):
        because = _parts_found(leaf, proofs, view)
    return LeafAnswer(
        leaf=print_query(leaf),
        negated=negated,
        found=found,
        helps=found != negated,
        evidence=proof,
        because=because,
    )


def _parts_found(
    term: Near | Exact, proofs: tuple[Evidence, ...] | None, view: View
) -> tuple[str, ...]:
    """Tell where the other parts of a NEAR stand; of what is not here, what of it is."""
    if proofs is not None:
        return tuple(_told(each.leaf, each) for each in proofs[1:])
    parts = (term.leaf,) if isinstance(term, Exact) else term.parts
    found = [(part, evidence_of(part, view)) for part in parts]
    return tuple(_told(print_query(part), next(iter(it or ()), None)) for part, it in found)


def _why_mentioned(leaf: Leaf, proof: Evidence, view: View) -> tuple[str, ...]:
    """Give what decided for the mention that is the evidence."""
    return next(
        (
            it.because
            for it in view.article_version.mentions
            if it.actor == leaf.target and (it.field, it.start) == (proof.field, proof.start)
        ),
        (),
    )


def _why_not(leaf: Leaf, article_version: ArticleVersion, wanted: Subscription) -> tuple[str, ...]:
    """Tell the mentions that were not sure enough, and the near misses with their reasons."""
    unsure = [
        f"mention {it.surface!r} has confidence {it.confidence:g}, {wanted.min_confidence:g} is asked"
        for it in article_version.mentions
        if it.actor == leaf.target
    ]
    near = [_near(it) for it in article_version.near_misses if it.actor == leaf.target]
    return tuple(unsure + near[:SHOWN_NEAR_MISSES])


def _near(miss: NearMiss | Mention) -> str:
    """Write a near miss in one line."""
    return f"near miss {miss.surface!r} in “{miss.sentence}”: {'; '.join(miss.because)}"


def _reasons(
    article_version: ArticleVersion, subscription: Subscription, alert: Alert | None, matches: bool
) -> tuple[str, ...]:
    """Say what decided beside the query."""
    reasons: list[str] = []
    silent = silence(subscription, article_version)
    if silent:
        reasons.append(f"This version cannot ring: {silent}.")
    article = article_version.article
    if article.is_backfill and not (alert and alert.backfill):
        reasons.append("This version came in as backfill, which rings nobody.")
    if alert is None:
        if matches and not silent and not article.is_backfill:
            reasons.append("It matches now: these are other rules than those of the run.")
        return tuple(reasons)
    if alert.article != article.id:
        reasons.append(
            f"The story rang through another article of it: {alert.article} "
            f"({alert.publisher or 'unknown publisher'}, first seen {alert.first_seen:%Y-%m-%d %H:%M})."
        )
    elif alert.version != article.version:
        reasons.append(f"The story rang through another version of this article: {alert.version}.")
    if alert.backfill:
        reasons.append("It came in as backfill: recorded, and delivered to nobody.")
    return tuple(reasons)


def lines(explanation: Explanation) -> list[str]:
    """Put an explanation into words, one step a line; evidence stands in [brackets]."""
    written = [
        f"{explanation.subscription} {_rang(explanation)} “{explanation.title}”",
        f"  article {explanation.article}, version {explanation.version}, story {explanation.story}",
        f"  query   {explanation.query}",
    ]
    for answer in explanation.leaves:
        written.append(f"  {'yes' if answer.helps else 'NO ':<4}{_verdict(answer)}")
        written += [f"        {reason}" for reason in answer.because]
    if not explanation.matches:
        written.append("  So this version does not match the query.")
    written += [f"  {reason}" for reason in explanation.reasons]
    if explanation.alert:
        written.append(f"  alert {explanation.alert}")
    written += [f"        {told(each)}" for each in explanation.deliveries]
    return written


def _rang(explanation: Explanation) -> str:
    """Say whether it rang, and whether for this article or for another one of its story."""
    if not explanation.rang:
        return "did not ring for"
    if explanation.shown not in ("", explanation.article):
        return "rang for another article of the story of"
    return "rang for"


def _verdict(answer: LeafAnswer) -> str:
    """Say of a leaf what was found."""
    return _told(f"NOT {answer.leaf}" if answer.negated else answer.leaf, answer.evidence)


def _told(asked: str, proof: Evidence | None) -> str:
    """Say what was found for what was asked, in its sentence."""
    if proof is None:
        return f"{asked}: not here"
    if proof.field is None:
        return f"{asked}: {proof.text}"
    before, found, after = proof.sentence.partition(proof.text)
    sentence = f"{before}[{found}]{after}" if found else proof.sentence
    return f"{asked}: {proof.field} {proof.start}-{proof.end}: {sentence}"
