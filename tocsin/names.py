"""Names: folding what one article calls the same person, organisation or place into one form.

`Mr. Bazoum` becomes `Mohamed Bazoum`, `Лаврова` becomes `Сергей Лавров`, an acronym its full name,
where the article itself has the longer form and only one. Rules, no model: a name that two longer
ones could mean stays as it is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

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

_LONGEST_ACRONYM = 10
_LARGEST_FAMILY = 200
"""Of more names with one surname in one article nobody can tell who is who."""

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
    versions: dict[tuple[str, str], list[Entity]] = {}
    for it in entities:
        versions.setdefault((it.article, it.version), []).append(it)
    for version, those in versions.items():
        decided[version] = _decide(those)
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


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    """Return what two spellings of one name share: folded words, Cyrillic ones without cases."""
    return " ".join(map(_stem, _words(name)))


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    """Split a name into folded words."""
    return tuple(_WORD.findall(fold(name).text))


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
    if kind is EntityType.PERSON:
        return _fuller_names(names)
    return _full_names(names) if kind is EntityType.ORGANISATION else {}


def _fuller_names(names: Sequence[str]) -> dict[str, str]:
    """Map names of persons to the fuller name of the same person."""
    families: dict[str, list[str]] = {}
    for name in names:
        if words := _key(name).split():
            families.setdefault(words[-1], []).append(name)
    found: dict[str, str] = {}
    for family in families.values():
        for name in family if len(family) <= _LARGEST_FAMILY else ():
            candidates = [it for it in family if _is_fuller(name, it)]
            if best := _only_one(candidates):
                found[name] = best
    return found


def _only_one(candidates: Sequence[str]) -> str:
    """Return the longest of the candidates if all others are shorter forms of it, else nothing."""
    if not candidates:
        return ""
    best = min(candidates, key=lambda it: (-len(_words(it)), -len(it), it))
    return best if all(it == best or _is_fuller(it, best) for it in candidates) else ""


def _is_fuller(short: str, long: str) -> bool:
    """Tell whether `long`, which has the same surname, is a fuller form of `short`."""
    few, many = _key(short).split(), _key(long).split()
    return len(few) < len(many) and all(_in_order(few[:-1], many[:-1]))


def _full_names(names: Sequence[str]) -> dict[str, str]:
    """Map acronyms to the name that they stand for, if it is the only one with these letters."""
    full: dict[str, list[str]] = {}
    for name in names:
        for letters in _initials(name):
            full.setdefault(letters, []).append(name)
    found: dict[str, str] = {}
    for name in names:
        candidates = full.get(_letters(name), [])
        if len(candidates) == 1 and candidates != [name]:
            found[name] = candidates[0]
    return found


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
    return _letters(short) in _initials(long)


def _letters(name: str) -> str:
    """Return the folded letters of an acronym, nothing for any other name."""
    letters = "".join(_words(name))
    is_acronym = " " not in name and name.replace(".", "")[:2].isupper()
    return letters if is_acronym and 2 <= len(letters) <= _LONGEST_ACRONYM else ""


def _initials(name: str) -> frozenset[str]:
    """Return the first letters of all words of a name, with and without the small words."""
    words = _words(name)
    if len(words) < 2:
        return frozenset()
    main = [it for it in words if it not in _SMALL_WORDS]
    return frozenset("".join(it[0] for it in those) for those in (words, main)) - {""}
