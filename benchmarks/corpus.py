"""Articles to measure on: real texts as they are, or as many as wanted, recombined from their sentences."""

import csv
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schemas import Article, encode
from tocsin.articles import complete
from tocsin.text import sentences

START = datetime(2023, 6, 1, tzinfo=UTC)
SEED = 20230601
COPY_SHARE = 0.1
"""So many made articles are copies of the one made before them, with one sentence left out."""

csv.field_size_limit(sys.maxsize)


def cltls(data: Path) -> Iterator[str]:
    """Yield the French news texts of text-cltls-fr."""
    for path in sorted((data / "text-cltls-fr").rglob("*.txt")):
        yield path.read_text(encoding="utf-8", errors="replace")


def tgcontest(data: Path) -> Iterator[str]:
    """Yield the English and Russian news texts of dup-tgcontest-pairs, each once."""
    seen: set[str] = set()
    for path in sorted((data / "dup-tgcontest-pairs").glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows, delimiter="\t"):
                for side in ("first", "second"):
                    text = f"{row[f'INPUT:{side}_title']}\n{row[f'INPUT:{side}_text']}"
                    if text not in seen:
                        seen.add(text)
                        yield text


def real(data: Path) -> Iterator[Article]:
    """Yield the real texts as articles."""
    for number, text in enumerate([*cltls(data), *tgcontest(data)]):
        title, _, body = text.partition("\n")
        yield article(number, title, body)


def made(data: Path, count: int, length: int = 5000) -> Iterator[Article]:
    """Yield `count` articles of about `length` characters, recombined from real sentences."""
    chance = random.Random(SEED)
    pool = [text[a:b] for text in [*cltls(data), *tgcontest(data)] for a, b in sentences(text)]
    pool = [sentence for sentence in pool if 20 < len(sentence) < 600]
    body: list[str] = []
    for number in range(count):
        if body and chance.random() < COPY_SHARE:
            body = body[:-1]
        else:
            body = []
            while sum(map(len, body)) < length:
                body.append(chance.choice(pool))
        yield article(number, body[0][:90], "\n".join(body[1:]))


def article(number: int, title: str, text: str) -> Article:
    """Make one article; each has an address and a minute of its own."""
    return complete(
        url=f"https://press{number % 97}.example/{number}",
        title=title,
        text=text,
        first_seen=START + timedelta(seconds=number),
        publisher=f"press{number % 97}.example",
    )


def write(articles: Iterator[Article], target: Path) -> int:
    """Write articles as JSON lines; returns how many."""
    with target.open("wb") as out:
        return sum(1 for each in articles if out.write(encode(each) + b"\n"))
