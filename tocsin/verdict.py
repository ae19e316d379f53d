"""The verdict on one place that looks like a name: a mention, or a near miss, and why.

The order of the tests is the rule:
1. a phrase against the actor that holds the name (`Russian roulette`) - no;
2. the alias does not count at the article's date - no;
3. an alias that is enough alone - yes, unless a word against this very alias stands in the sentence;
4. for an ambiguous alias: a word against it right beside it - no; a given name before it or a surname
   behind it - no; a needed word or a hint at most three words away, and no word against it nearer -
   yes; a word against it in the sentence - no; a needed word or a hint in the sentence - yes; the
   actor named beyond doubt elsewhere in the article - yes; a needed word in a sentence next to it, and
   no word against it there - yes; otherwise no.
A place that means somebody else beyond doubt (`Erika Wagner`) rules out the others of its alias, where
nothing names the actor beyond doubt: no alias that is enough alone, no close needed word. Hints never
put anything beyond doubt (`tocsin.matcher`).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from schemas import EPOCH, MentionKind
from tocsin.candidates import Candidate, Guides
from tocsin.context import Word
from tocsin.folding import fold
from tocsin.lists import words
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

BY_CLOSE_WORD, BY_SENTENCE, BY_ARTICLE, BY_NEIGHBOURS = 0.9, 0.85, 0.75, 0.7
"""Confidence in an ambiguous alias, by its support."""

MIXED_SCRIPTS, REFUSED = 0.1, 0.2
"""What mixed scripts take off the confidence; that of a near miss."""

_MEANINGS = {
    MentionKind.NAME: "is a name of",
    MentionKind.ACRONYM: "is an acronym of",
    MentionKind.DEMONYM: "is a word for people and things of",
    MentionKind.MEMBER: "is a word for those who belong to",
    MentionKind.METONYM: "stands for",
}
"""How reasons say what an alias is to its actor, for readers who know no grammar."""

_GIVEN_NAMES = words("given_names.txt")
_TITLES = words("person_titles.txt")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided: `is_mention`, how sure (0 to 1), and the reasons in words.

    `settles` tells that the place names its actor beyond doubt and may support others; `denies`, that it
    means somebody or something else beyond doubt.
    """

    is_mention: bool
    confidence: float
    because: tuple[str, ...]
    settles: bool = False
    denies: bool = False


def judge(
    candidate: Candidate, guides: Guides, when: datetime, elsewhere: Candidate | None
) -> Verdict:
    """Decide on one candidate; `elsewhere` is a place in the article that names the actor for sure."""
    scene = candidate.scene
    holder = scene.covering(candidate.folded, guides.against)
    if holder:
        return _another(candidate, f"it is part of '{scene.surface(holder)}'")
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
    needed = scene.nearest(guides.needs, *candidate.folded, sentence)
    hint = scene.nearest(guides.hints, *candidate.folded, sentence) or _holder(candidate, guides)
    if not (needed and needed[0] == 0):
        person = _person(candidate, guides, sentence, bool(needed or hint))
        if contrary and contrary[0] == 0:
            person = f"'{scene.surface(contrary[1])}' beside it"
        if person:
            return _another(candidate, doubt, person)
    for support in (needed, hint):
        if support and support[0] <= CLOSE and not (contrary and contrary[0] < support[0]):
            close = f"'{scene.surface(support[1])}' beside it"
            sure = _yes(candidate, BY_CLOSE_WORD, doubt, close)
            return replace(sure, settles=support is needed)
    if contrary:
        return _no(candidate, doubt, f"'{scene.surface(contrary[1])}' within the sentence")
    if support := needed or hint:
        words = f"'{scene.surface(support[1])}' within the sentence"
        return _yes(candidate, BY_SENTENCE, doubt, words)
    if elsewhere:
        return _yes(candidate, BY_ARTICLE, doubt, _whereabouts(candidate, elsewhere))
    return _judge_by_neighbours(candidate, guides, doubt)


def _holder(candidate: Candidate, guides: Guides) -> tuple[int, Word] | None:
    """Find a hint that holds the name (`hommes de Wagner`): a team may be called so, so it counts as a far one."""
    holder = candidate.scene.covering(candidate.folded, guides.hints)
    return (CLOSE + 1, holder) if holder else None


def _judge_by_neighbours(candidate: Candidate, guides: Guides, doubt: str) -> Verdict:
    """Look for a needed word in the sentences before and behind."""
    scene = candidate.scene
    around = scene.neighbourhood(candidate.start, candidate.end)
    needed = scene.nearest(guides.needs, *candidate.folded, around)
    if not needed or scene.nearest(guides.against, *candidate.folded, around):
        return _no(candidate, doubt, "nothing in the sentence or the article supports it")
    side = "before" if needed[1].end <= candidate.folded[0] else "behind"
    words = f"'{scene.surface(needed[1])}' in the sentence {side} it"
    return _yes(candidate, BY_NEIGHBOURS, doubt, words)


def _person(
    candidate: Candidate, guides: Guides, sentence: tuple[int, int], is_supported: bool
) -> str:
    """Say which person the name seems to be part of: a title or capitalised word before it, or a surname.

    In headlines in Title Case, and at the head of a sentence that supports the name, a capital tells
    nothing: there only frequent given names count. So it is with a first word that the text also
    writes in small letters.
    """
    scene = candidate.scene
    if not candidate.surface[0].isupper():
        return ""
    is_headline = scene.is_title_case(sentence)
    before = scene.word_before(candidate.start)
    if before and before[0].lower() in _TITLES:
        return f"'{before[0]}' before it is a person's title"
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


def _another(candidate: Candidate, *because: str) -> Verdict:
    """Refuse a place that means somebody or something else beyond doubt."""
    return replace(_no(candidate, *because), denies=True)


def ruled_out(verdict: Verdict, elsewhere: Verdict | None) -> Verdict:
    """Refuse what was refused elsewhere in the article, for the same reason; `None` leaves it."""
    if elsewhere is None:
        return verdict
    reasons = (f"elsewhere in the article: {reason}" for reason in elsewhere.because)
    return Verdict(False, REFUSED, tuple(reasons))
