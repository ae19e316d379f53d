"""Names: folding what one article calls the same person, organisation or place into one form.

`Mr. Bazoum` becomes `Mohamed Bazoum`, `Лаврова` becomes `Сергей Лавров`, an acronym its full name,
where the article itself has the longer form and only one. Rules, no model: a name that two longer
ones could mean stays as it is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from schemas import Entity, EntityType
from tocsin.nominatives import nominative
from tocsin.text import fold

_WORD = re.compile(r"\w+")
_CYRILLIC = re.compile("[а-яёіїєґў]")

_CASES = (
    *("ского", "скому", "ским", "ском", "ской", "скую", "ская", "ский", "ськ", "ими", "ыми"),
    *("ого", "ому", "его", "ему", "ией", "иям", "иях", "ами", "ями"),
    *(
        "ая",
        "яя",
        "ую",
        "юю",
        "ой",
        "ей",
        "ою",
        "ею",
        "ый",
        "ий",
        "ым",
        "им",
        "ом",
        "ем",
        "ах",
        "ях",
    ),
    *(
        "ых",
        "их",
        "ов",
        "ии",
        "ию",
        "ия",
        "а",
        "я",
        "у",
        "ю",
        "е",
        "и",
        "ы",
        "о",
        "ь",
        "й",
        "і",
        "ї",
    ),
)
"""Endings of Russian and Ukrainian nouns and adjectives, longest first; cut to compare names."""

_KEPT_ENDINGS = ("ов", "ев", "ин", "ын")
"""Endings of surnames that look like those of cases, and belong to the name."""

_LAST_LETTERS = {
    **dict.fromkeys("йьо", 0),
    **dict.fromkeys("аяіїв", 1),
    **dict.fromkeys("муюыие", 2),
}
"""How little a last letter looks like a nominative; other consonants count one."""

_SHORTEST_STEM = 3
_SMALL_WORDS = frozenset(
    {"of", "the", "and", "for", "de", "des", "du", "la", "le", "les", "l", "d", "et"}
    | {"da", "do", "dos", "das", "del", "y", "e", "von", "und", "der", "i", "и", "по", "на"}
)
"""Words that give no letter to an acronym."""


def fold_names(entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """Give entities that name the same thing in one article version one `name`, and one `id`.

    What already has an `id` keeps its name and lends it to others. Order and everything else stay.
    Folding twice changes nothing.
    """
    folded: list[Entity] = []
    decided: dict[tuple[str, str], dict[tuple[EntityType, str], tuple[str, str]]] = {}
    for version in dict.fromkeys((it.article, it.version) for it in entities):
        decided[version] = _decide([it for it in entities if (it.article, it.version) == version])
    for it in entities:
        known = decided[it.article, it.version].get((it.type, it.name))
        folded.append(it if it.id or not known else replace(it, name=known[0], id=known[1]))
    return tuple(folded)


def _decide(entities: Sequence[Entity]) -> dict[tuple[EntityType, str], tuple[str, str]]:
    """Decide for each (type, name) of one article version what (name, id) it shall have."""
    decided: dict[tuple[EntityType, str], tuple[str, str]] = {}
    for kind in EntityType:
        known = {
            _key(form): (it.name, it.id)
            for it in reversed(entities)
            if it.type is kind and it.id
            for form in (it.text, it.name)
        }
        counts = Counter(it.name for it in entities if it.type is kind and not it.id)
        spelled = _spellings(kind, counts)
        longer = _longer_forms(kind, list(dict.fromkeys(spelled.values())))
        for name in counts:
            chosen = longer.get(spelled[name], spelled[name])
            decided[kind, name] = known.get(_key(name)) or known.get(_key(chosen)) or (chosen, "")
    return decided


def _key(name: str) -> str:
    """Return what two spellings of one name share: folded words, Cyrillic ones without cases."""
    return " ".join(map(_stem, _words(name)))


def _words(name: str) -> list[str]:
    """Split a name into folded words."""
    return _WORD.findall(fold(name).text)


def _stem(word: str) -> str:
    """Cut the case ending of a Cyrillic word; leave any other word."""
    if not _CYRILLIC.search(word):
        return word
    for ending in _CASES:
        if word.endswith(ending) and ending not in _KEPT_ENDINGS:
            stem = word[: -len(ending)]
            if len(stem) >= _SHORTEST_STEM:
                return stem
    return word


def _spellings(kind: EntityType, counts: Counter[str]) -> dict[str, str]:
    """Map every spelling to the best one of those that share a key, persons in the nominative."""
    groups: dict[str, list[str]] = {}
    for name in counts:
        groups.setdefault(_key(name), []).append(name)
    best = {key: min(those, key=lambda it: _rank(it, counts[it])) for key, those in groups.items()}
    if kind is EntityType.PERSON:
        best = {key: nominative(name) for key, name in best.items()}
    return {name: best[_key(name)] for name in counts}


def _rank(name: str, count: int) -> tuple[int, int, int, int, str]:
    """Order spellings: nominative before other cases, mixed case before capitals, then frequency.

    Of the cases of one name the nominative is the shortest; of equally short ones it ends in й, ь,
    о, а or я rather than in another vowel or м.
    """
    words = [it for it in _WORD.findall(name) if _CYRILLIC.search(it)]
    endings = sum(_LAST_LETTERS.get(it[-1], 1) for it in words)
    return (sum(map(len, words)), endings, int(name.isupper()), -count, name)


def _longer_forms(kind: EntityType, names: Sequence[str]) -> dict[str, str]:
    """Map names to the one longer name of the article that means the same."""
    found: dict[str, str] = {}
    for name in names:
        candidates = [it for it in names if it != name and _is_longer(kind, name, it)]
        best = _only_one(kind, candidates)
        if best:
            found[name] = best
    return found


def _only_one(kind: EntityType, candidates: Sequence[str]) -> str:
    """Return the longest of the candidates if all others are shorter forms of it, else nothing."""
    if not candidates:
        return ""
    best = min(candidates, key=lambda it: (-len(_words(it)), -len(it), it))
    agree = all(it == best or _is_longer(kind, it, best) for it in candidates)
    return best if agree else ""


def _is_longer(kind: EntityType, short: str, long: str) -> bool:
    """Tell whether `long` is a fuller form of `short`."""
    if kind is EntityType.ORGANISATION:
        return is_acronym_of(short, long)
    if kind is not EntityType.PERSON:
        return False
    few, many = _key(short).split(), _key(long).split()
    if not few or len(few) >= len(many):
        return False
    return few[-1] == many[-1] and all(_in_order(few[:-1], many[:-1]))


def _in_order(few: Iterable[str], many: Sequence[str]) -> Iterable[bool]:
    """Tell of each word whether it, or its initial, comes next in the longer name."""
    at = 0
    for word in few:
        places = [
            i
            for i in range(at, len(many))
            if many[i] == word or (len(word) == 1 and many[i].startswith(word))
        ]
        yield bool(places)
        at = places[0] + 1 if places else len(many)


def is_acronym_of(short: str, long: str) -> bool:
    """Tell whether the letters of the acronym are the first letters of the longer name's words."""
    letters = "".join(_words(short))
    if " " in short or not 2 <= len(letters) <= 10 or not short.replace(".", "")[:2].isupper():
        return False
    words = _words(long)
    initials = "".join(it[0] for it in words if it not in _SMALL_WORDS)
    return len(words) > 1 and letters in {initials, "".join(it[0] for it in words)}
