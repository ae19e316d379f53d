"""The matcher: one pass over an article finds every name and every word about names; then judgement.

All anchors of all aliases and all context phrases stand in one Aho-Corasick automaton. Each hit is
verified (inflection, word boundaries, written case), judged (`tocsin.verdict`), and of overlapping
names of one actor the longest is kept. Names of different actors may overlap.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import ahocorasick_rs

from schemas import Actor, Article, Mention, MentionKind, NearMiss, RuleSet, TextField, WatchList
from schemas.ids import mention_id
from tocsin import inflection
from tocsin.aliases import CLDR, Name, expand, locate, name_of
from tocsin.candidates import Candidate, Guides
from tocsin.context import Phrase, phrase
from tocsin.folding import fold
from tocsin.inflection import family
from tocsin.overlaps import longest
from tocsin.scene import Scene
from tocsin.verdict import Verdict, judge, ruled_out

VERSION = f"names-4.{inflection.VERSION} {CLDR}"
"""Names the code and tables that read watch lists; part of a rule set's id."""

MOST = 10_000
"""Candidates of one actor that are looked at in one field: far more than any honest text has, and few
enough that a text made of nothing but names takes a second or two."""

MOST_TRIES = 1_000_000
"""Places of one field that are tried as names, which takes two seconds. A text of a million words of news
needs some 15,000."""

_KEPT_MATCHERS = 4
_WORD_START = re.compile(r"[^\W\d_]+")


class Matcher:
    """Finds the actors of some watch lists in articles. Building takes a second: see `matcher_for`."""

    def __init__(self, watch_lists: tuple[WatchList, ...], rule_set: str) -> None:
        self._rule_set = rule_set
        self._names: dict[str, list[Name]] = defaultdict(list)
        self._guides: dict[int, Guides] = {}
        for watch_list in watch_lists:
            for actor in watch_list.actors:
                listed = _listed(actor)
                for alias in expand(actor):
                    name = name_of(actor, alias, len(self._guides))
                    self._names[name.anchor].append(name)
                    self._guides[name.order] = _guides(name, listed)
        self._context = self._phrases_by_text()
        self._anchors = sorted(self._names.keys() | self._context.keys())
        self._automaton = ahocorasick_rs.AhoCorasick(
            self._anchors, matchkind=ahocorasick_rs.MatchKind.Standard
        )

    def _phrases_by_text(self) -> dict[str, tuple[tuple[str, Phrase], ...]]:
        used = {key for guides in self._guides.values() for key in guides.speaking}
        by_text: dict[str, list[tuple[str, Phrase]]] = defaultdict(list)
        for key in sorted(used):
            by_text[phrase(key).text].append((key, phrase(key)))
        return {text: tuple(phrases) for text, phrases in by_text.items()}

    def find(
        self, article: Article, *, language: str, story: str
    ) -> tuple[tuple[Mention, ...], tuple[NearMiss, ...]]:
        """Find mentions and near misses, the title's first, then by start and actor.

        `language` is the detected one; empty is allowed, and then `local` aliases do not count.
        """
        candidates: list[Candidate] = []
        for field, text in ((TextField.TITLE, article.title), (TextField.TEXT, article.text)):
            if text:
                candidates += self._candidates(field, text, language)
        if not candidates:
            return (), ()
        judged = self._judge(candidates, article)
        chosen = longest(judged, family(language))
        places = [_Place(article, story, language, self._rule_set, *each) for each in chosen]
        return (
            tuple(place.mention() for place in places if place.verdict.is_mention),
            tuple(place.near_miss() for place in places if not place.verdict.is_mention),
        )

    def may_find(self, article: Article) -> bool:
        """Tell whether `find` may find anything, in any language: this is the quicker question."""
        texts = (fold(each).text for each in (article.title, article.text) if each)
        return any(
            self._anchors[index] in self._names
            for text in texts
            for index, _, _ in self._automaton.find_matches_as_indexes(text, overlapping=True)
        )

    def _candidates(self, field: TextField, text: str, language: str) -> Iterator[Candidate]:
        """Make the one pass over a field and verify what it finds."""
        folded, spoken = fold(text), family(language)
        scene = Scene(field, text, folded)
        seen: set[tuple[int, int, int]] = set()
        places: Counter[str] = Counter()
        tries = 0
        hits = self._automaton.find_matches_as_indexes(folded.text, overlapping=True)
        for index, start, end in hits:
            anchor = self._anchors[index]
            if anchor in self._context:
                scene.raw.append((start, end, self._context[anchor]))
            for name in self._names.get(anchor, ()):
                if not name.counts_in(spoken) or places[name.actor.id] >= MOST:
                    continue
                tries += 1
                if tries > MOST_TRIES:
                    break
                span = locate(name, folded.text, start, end, language)
                if span and (name.order, *span) not in seen:
                    seen.add((name.order, *span))
                    candidate = Candidate(name, scene, span, *folded.original_span(*span))
                    if _has_written_case(candidate):
                        places[name.actor.id] += 1
                        yield candidate

    def _judge(
        self, candidates: list[Candidate], article: Article
    ) -> list[tuple[Candidate, Verdict]]:
        """Judge each by itself; then those left in doubt by the first that names their actor surely."""
        when = article.published or article.first_seen
        known: dict[str, Candidate] = {}
        judged: list[tuple[Candidate, Verdict]] = []
        for candidate in candidates:
            verdict = judge(candidate, self._guides[candidate.name.order], when, None)
            judged.append((candidate, verdict))
            if verdict.settles:
                known.setdefault(candidate.name.actor.id, candidate)
        return _rule_out(
            [
                (candidate, self._judge_again(candidate, verdict, when, known))
                for candidate, verdict in judged
            ]
        )

    def _judge_again(
        self, candidate: Candidate, verdict: Verdict, when: datetime, known: dict[str, Candidate]
    ) -> Verdict:
        other = known.get(candidate.name.actor.id)
        if verdict.is_mention or candidate.name.is_certain or other is None:
            return verdict
        return judge(candidate, self._guides[candidate.name.order], when, other)


def _rule_out(judged: list[tuple[Candidate, Verdict]]) -> list[tuple[Candidate, Verdict]]:
    """Let what is another place or person once (`Moscow, Idaho`; `Erika Wagner`) be it throughout.

    Not where the article names the actor beyond doubt, too: then it may speak of both.
    """
    named = {
        candidate.name.actor.id
        for candidate, verdict in judged
        if verdict.settles and candidate.name.alias.kind is not MentionKind.METONYM
    }
    elsewhere: dict[tuple[str, str], Verdict] = {}
    for candidate, verdict in judged:
        is_metonym = candidate.name.alias.kind is MentionKind.METONYM
        if not verdict.is_mention and (is_metonym or verdict.denies):
            elsewhere.setdefault(_alias(candidate), verdict)
    return [
        (candidate, verdict)
        if candidate.name.actor.id in named or not verdict.is_mention
        else (candidate, ruled_out(verdict, elsewhere.get(_alias(candidate))))
        for candidate, verdict in judged
    ]


def _alias(candidate: Candidate) -> tuple[str, str]:
    return candidate.name.actor.id, candidate.name.alias.text


def _listed(actor: Actor) -> frozenset[str]:
    """Gather the words of the actor's own names: beside a name they are no person's names."""
    return frozenset(fold(" ".join(alias.text for alias in actor.aliases)).text.split())


def _guides(name: Name, listed: frozenset[str]) -> Guides:
    """Gather what guides a name: the alias's own phrases and the actor's."""
    alias, actor = name.alias, name.actor
    own = _keys(alias.against)
    needs = frozenset() if alias.alone else _keys(alias.needs or actor.needs)
    hints = frozenset() if alias.alone or alias.needs else _keys(actor.hints)
    beginnings = tuple(sorted(key.rstrip("*") for key in needs | hints if key.endswith("*")))
    return Guides(needs, hints, own | _keys(actor.against), own, needs | hints | listed, beginnings)


@lru_cache(maxsize=1024)
def _keys(written: tuple[str, ...]) -> frozenset[str]:
    return frozenset(phrase(each).key for each in written)


def _has_written_case(candidate: Candidate) -> bool:
    """Check the case of an alias that demands it: word by word, the first letter's case.

    All capitals are allowed where the alias has a capital, for headlines.
    """
    alias = candidate.name.alias
    if not alias.case:
        return True
    surface = candidate.surface
    if surface.isupper() and len(surface) > 1:
        return any(letter.isupper() for letter in alias.text)
    if alias.text.isupper():
        return surface[: len(alias.text)].isupper()
    wanted = [word[0].isupper() for word in _WORD_START.findall(alias.text)]
    written = [word[0].isupper() for word in _WORD_START.findall(surface)]
    return wanted == written[: len(wanted)]


@dataclass(frozen=True, slots=True)
class _Place:
    """All that a mention or near miss is made of."""

    article: Article
    story: str
    language: str
    rule_set: str
    candidate: Candidate
    verdict: Verdict

    def mention(self) -> Mention:
        return Mention(**self._fields())

    def near_miss(self) -> NearMiss:
        return NearMiss(**self._fields())

    def _fields(self) -> dict[str, Any]:
        candidate, alias = self.candidate, self.candidate.name.alias
        actor, field = candidate.name.actor.id, candidate.scene.field
        article, version = self.article.id, self.article.version
        sentence = candidate.scene.sentence(candidate.start, candidate.end)
        return {
            "id": mention_id(article, version, actor, field, candidate.start, candidate.end),
            "article": article,
            "version": version,
            "story": self.story,
            "actor": actor,
            "alias": alias.text,
            "surface": candidate.surface,
            "kind": alias.kind,
            "field": field,
            "start": candidate.start,
            "end": candidate.end,
            "sentence": candidate.scene.original[slice(*sentence)],
            "language": self.language,
            "confidence": self.verdict.confidence,
            "because": self.verdict.because,
            "rule_set": self.rule_set,
        }


_matchers: dict[str, Matcher] = {}


def matcher_for(rule_set: RuleSet) -> Matcher:
    """Give the matcher of a rule set, built once a process; the oldest of many is given up."""
    known = _matchers.get(rule_set.id)
    if known is None:
        known = Matcher(rule_set.watch_lists, rule_set.id)
        while len(_matchers) >= _KEPT_MATCHERS:
            del _matchers[next(iter(_matchers))]
        _matchers[rule_set.id] = known
    return known
