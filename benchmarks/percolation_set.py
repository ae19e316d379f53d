"""What both matchers are given: articles as words, and queries in our language and as Lucene takes them.

Articles are 500 long ones, glued of news paragraphs. Queries are made of the words and names of these
articles and of the stream's titles and teasers: 40 % phrases, 30 % AND, 15 % OR, 10 % NEAR, 5 % NOT. The
seed is fixed, so that everyone has the same ones, and fewer queries are the first of more.
"""

import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tocsin.query.words import words_of

PARAGRAPHS = "dup-minhash-news/articles_2500.train"
STREAM = "stream-rss-2023/2023-06-mutiny.jsonl"

ARTICLES = 500
CHARACTERS = 4_400
SEED = 20_230_624
DISTANCE = 5
SHARES = (("phrase", 0.40), ("and", 0.30), ("or", 0.15), ("near", 0.10), ("not", 0.05))

_NAME = re.compile(r"\b[A-Z]\w+(?: [A-Z]\w+){1,2}\b")
_SHORTEST = 4
_COMMONEST = 0.02
"""Letters of a query's word, and the share of texts that have it: neither `the` nor what stands once."""


@dataclass(frozen=True)
class Query:
    """A query by what it asks for; `words` of NEAR end in the distance."""

    kind: str
    words: tuple[str, ...]

    @property
    def ours(self) -> str:
        if self.kind == "phrase":
            return f'"{" ".join(self.words)}"'
        if self.kind == "near":
            return f'"{self.words[0]}" NEAR/{self.words[2]} "{self.words[1]}"'
        return {"and": " AND ", "or": " OR ", "not": " AND NOT "}[self.kind].join(self.words)


@dataclass(frozen=True)
class Vocabulary:
    """What queries are made of, each with how many texts have it."""

    texts: int
    counts: Counter[str]
    names: Counter[tuple[str, ...]]


def articles(data: Path) -> list[str]:
    """Glue paragraphs to long articles."""
    lines = (data / PARAGRAPHS).read_text("utf-8", errors="replace").splitlines()
    return list(islice(_glued(line.partition(" ")[2].strip() for line in lines), ARTICLES))


def _glued(paragraphs: Iterable[str]) -> Iterator[str]:
    whole = ""
    for each in paragraphs:
        whole = f"{whole} {each}".strip()
        if len(whole) >= CHARACTERS:
            yield whole
            whole = ""


def teasers(data: Path) -> Iterator[str]:
    with (data / STREAM).open(encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            yield f"{item.get('title') or ''}. {(item.get('description') or '')[:400]}"


def vocabulary(texts: Iterable[str]) -> Vocabulary:
    """Count words and names: two or three capitalised words in a row."""
    counts: Counter[str] = Counter()
    names: Counter[tuple[str, ...]] = Counter()
    number = 0
    for text in texts:
        number += 1
        counts.update(set(words_of(text)))
        for found in _NAME.findall(text):
            words = words_of(found)
            if len(words) == found.count(" ") + 1 and all(map(str.isalnum, words)):
                names[words] += 1
    return Vocabulary(number, counts, names)


def queries(known: Vocabulary, number: int) -> Iterator[Query]:
    """Make queries. Frequent words and names are asked for more often, by the root of their count."""
    chance = random.Random(SEED)
    words = [
        word
        for word, count in sorted(known.counts.items())
        if len(word) >= _SHORTEST and word.isalpha() and 2 <= count <= _COMMONEST * known.texts
    ]
    names = sorted(known.names)
    word_weights = _running(known.counts[word] for word in words)
    name_weights = _running(known.names[name] for name in names)
    kinds, shares = zip(*SHARES, strict=True)
    for _ in range(number):
        kind = chance.choices(kinds, shares)[0]
        one, two, three = _different(chance, words, word_weights)
        name = chance.choices(names, cum_weights=name_weights)[0]
        made: dict[str, tuple[str, ...]] = {
            "phrase": name,
            "and": (one, two),
            "or": (one, two, three),
            "near": (name[0], name[-1] if chance.random() < 0.5 else one, str(DISTANCE)),
            "not": (one, two),
        }
        yield Query(
            kind, made[kind] if made[kind][0] != made[kind][1] else (one, two, *made[kind][2:])
        )


def _running(counts: Iterable[int]) -> list[float]:
    total, sums = 0.0, []
    for count in counts:
        total += math.sqrt(count)
        sums.append(total)
    return sums


def _different(chance: random.Random, words: Sequence[str], weights: list[float]) -> list[str]:
    while True:
        found = chance.choices(words, cum_weights=weights, k=3)
        if len(set(found)) == len(found):
            return found


def write(data: Path, folder: Path, numbers: Sequence[int]) -> None:
    """Write everything as both read it: `words.txt`, `counts.tsv`, `N.tsv` and `N.jsonl`."""
    texts = articles(data)
    cut = [" ".join(words_of(text)) for text in texts]
    (folder / "articles.json").write_text(json.dumps(texts), "utf-8")
    (folder / "words.txt").write_text("\n".join(cut) + "\n", "utf-8")
    known = vocabulary([*texts, *teasers(data)])
    (folder / "counts.tsv").write_text(
        "".join(f"{word}\t{count}\n" for word, count in sorted(known.counts.items())), "utf-8"
    )
    made = list(queries(known, max(numbers)))
    for number in numbers:
        named = [(f"q{at}", each) for at, each in enumerate(made[:number])]
        (folder / f"{number}.tsv").write_text(
            "".join(f"{name}\t{each.kind}\t{' '.join(each.words)}\n" for name, each in named),
            "utf-8",
        )
        (folder / f"{number}.jsonl").write_text(
            "".join(json.dumps({"id": name, "query": each.ours}) + "\n" for name, each in named),
            "utf-8",
        )
