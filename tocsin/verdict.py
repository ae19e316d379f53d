"""The verdict on one place that looks like a name: a mention, or a near miss, and why.

The order of the tests is the rule:
1. a phrase against the actor that holds the name (`Russian roulette`) - no;
2. the alias does not count at the article's date - no;
3. an alias that is enough alone - yes, unless a word against this very alias stands in the sentence;
4. for an ambiguous alias: a word against it right beside it - no; a given name before it or a surname
   behind it - no; a supporting word at most three words away, and no word against it nearer - yes; a
   word against it in the sentence - no; a supporting word in the sentence - yes; the actor named
   beyond doubt elsewhere in the article - yes; otherwise no.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from schemas import EPOCH, MentionKind
from tocsin.aliases import Name
from tocsin.folding import fold
from tocsin.lists import words
from tocsin.scene import Scene
from tocsin.sentences import STARTERS

CLOSE = 3
"""A supporting word so few words away outweighs a word against the name further off."""

CERTAINTY = {
    MentionKind.NAME: 0.95,
    MentionKind.ACRONYM: 0.95,
    MentionKind.DEMONYM: 0.85,
    MentionKind.MEMBER: 0.85,
    MentionKind.METONYM: 0.7,
}
"""Confidence in an alias that is enough alone. A choice of ours, in order of how often each misleads."""

BY_CLOSE_WORD, BY_SENTENCE, BY_ARTICLE, MIXED_SCRIPTS, REFUSED = 0.9, 0.85, 0.75, 0.1, 0.2
"""Confidence in an ambiguous alias, by its support; what mixed scripts take off; that of a near miss."""

_MEANINGS = {
    MentionKind.NAME: "is a name of",
    MentionKind.ACRONYM: "is an acronym of",
    MentionKind.DEMONYM: "is a word for people and things of",
    MentionKind.MEMBER: "is a word for those who belong to",
    MentionKind.METONYM: "stands for",
}
"""How reasons say what an alias is to its actor, for readers who know no grammar."""

_GIVEN_NAMES = words("given_names.txt")


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
class Verdict:
    """What was decided: `is_mention`, how sure (0 to 1), and the reasons in words.

    `settles` tells that the place names its actor beyond doubt and may support others.
    """

    is_mention: bool
    confidence: float
    because: tuple[str, ...]
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Guides:
    """What guides one name: keys of phrases for it and against it, and words that name no person."""

    needs: frozenset[str]
    against: frozenset[str]
    own_against: frozenset[str]
    listed: frozenset[str]
    listed_beginnings: tuple[str, ...]


def judge(
    candidate: Candidate, guides: Guides, when: datetime, elsewhere: "Candidate | None"
) -> Verdict:
    """Decide on one candidate; `elsewhere` is a place in the article that names the actor for sure."""
    scene = candidate.scene
    holder = scene.covering(candidate.folded, guides.against)
    if holder:
        return _no(candidate, f"it is part of '{scene.surface(holder)}'")
    alias = candidate.name.alias
    day = when.date().isoformat()
    if when != EPOCH and (day < alias.since or (alias.until and day > alias.until)):
        limit = f"from {alias.since} on" if day < alias.since else f"until {alias.until}"
        return _no(candidate, f"alias '{alias.text}' counts {limit}, and the article is of {day}")
    if alias.alone:
        return _judge_certain(candidate, guides)
    return _judge_ambiguous(candidate, guides, elsewhere)


def _judge_certain(candidate: Candidate, guides: Guides) -> Verdict:
    scene = candidate.scene
    sentence = scene.sentence(candidate.start, candidate.end)
    contrary = scene.nearest(guides.own_against, *candidate.folded, sentence)
    if contrary:
        return _no(candidate, f"'{scene.surface(contrary[1])}' within the sentence")
    sure = _yes(candidate, CERTAINTY[candidate.name.alias.kind], _describe(candidate))
    return replace(sure, settles=True)


def _judge_ambiguous(candidate: Candidate, guides: Guides, elsewhere: Candidate | None) -> Verdict:
    scene = candidate.scene
    doubt = f"alias '{candidate.name.alias.text}' is ambiguous"
    sentence = scene.sentence(candidate.start, candidate.end)
    contrary = scene.nearest(guides.against, *candidate.folded, sentence)
    support = scene.nearest(guides.needs, *candidate.folded, sentence)
    if contrary and contrary[0] == 0 and not (support and support[0] == 0):
        return _no(candidate, doubt, f"'{scene.surface(contrary[1])}' beside it")
    person = _person(candidate, guides, sentence, bool(support))
    if person and not (support and support[0] == 0):
        return _no(candidate, doubt, person)
    if support and support[0] <= CLOSE and not (contrary and contrary[0] < support[0]):
        close = f"'{scene.surface(support[1])}' beside it"
        return replace(_yes(candidate, BY_CLOSE_WORD, doubt, close), settles=True)
    if contrary:
        return _no(candidate, doubt, f"'{scene.surface(contrary[1])}' within the sentence")
    if support:
        words = f"'{scene.surface(support[1])}' within the sentence"
        return _yes(candidate, BY_SENTENCE, doubt, words)
    if elsewhere:
        return _yes(candidate, BY_ARTICLE, doubt, _whereabouts(candidate, elsewhere))
    return _no(candidate, doubt, "nothing in the sentence or the article supports it")


def _person(
    candidate: Candidate, guides: Guides, sentence: tuple[int, int], is_supported: bool
) -> str:
    """Say which person the name seems to be part of: a capitalised word before or behind it.

    In headlines in Title Case, and at the head of a sentence that supports the name, a capital tells
    nothing: there only frequent given names count. So it is with a first word that the text also
    writes in small letters.
    """
    scene = candidate.scene
    if not candidate.surface[0].isupper():
        return ""
    is_headline = scene.is_title_case(sentence)
    before = scene.word_before(candidate.start)
    if before and _is_given(before[0], guides) and sentence[0] <= before[1]:
        lower = before[0].lower()
        is_first = before[1] <= sentence[0] + 1
        is_plain = is_headline or (is_first and (is_supported or lower in scene.small_words))
        if not is_plain or lower in _GIVEN_NAMES:
            return f"'{before[0]}' before it looks like a given name"
    after = scene.word_after(candidate.end)
    if after and not is_headline and after[1] < sentence[1] and _is_given(after[0], guides):
        return f"'{after[0]}' behind it looks like a surname"
    return ""


def _is_given(word: str, guides: Guides) -> bool:
    """Tell whether a word is written like a part of a person's name and is no listed word."""
    bare = word.rstrip(".")
    if len(bare) == 1:
        return bare.isupper() and word.endswith(".")
    if not all(part[:1].isupper() and part[1:].islower() for part in bare.split("-")):
        return False
    if "'" in bare or "’" in bare or bare.lower() in STARTERS:
        return False
    folded = fold(bare).text
    return folded not in guides.listed and not folded.startswith(guides.listed_beginnings)


def _describe(candidate: Candidate) -> str:
    """Say which alias it is, and that it is inflected where it is."""
    alias = candidate.name.alias
    language = "" if alias.language == "*" else f" ({alias.language})"
    place = f"{_MEANINGS[alias.kind]} {candidate.name.actor.name}{language}"
    if fold(candidate.surface).text == fold(alias.text).text:
        return f"'{alias.text}' {place}"
    surface = " ".join(candidate.surface.split())
    return f"'{surface}' is a form of '{alias.text}', which {place}"


def _whereabouts(candidate: Candidate, other: Candidate) -> str:
    """Say where the article names the actor beyond doubt."""
    if candidate.scene.field is not other.scene.field:
        return f"'{other.surface}' in the {other.scene.field}"
    side = "earlier" if other.start < candidate.start else "later"
    return f"'{other.surface}' {side} in the article"


def _yes(candidate: Candidate, confidence: float, *because: str) -> Verdict:
    if candidate.scene.folded.is_mixed(*candidate.folded):
        note = "letters of another script imitate its own"
        return Verdict(True, round(confidence - MIXED_SCRIPTS, 4), (*because, note))
    return Verdict(True, confidence, because)


def _no(candidate: Candidate, *because: str) -> Verdict:
    return Verdict(False, REFUSED, because)


def ruled_out(verdict: Verdict, elsewhere: Verdict | None) -> Verdict:
    """Refuse what was refused elsewhere in the article, for the same reason; `None` leaves it."""
    if elsewhere is None:
        return verdict
    reasons = (f"elsewhere in the article: {reason}" for reason in elsewhere.because)
    return Verdict(False, REFUSED, tuple(reasons))
