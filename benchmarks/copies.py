"""Copies: are planted near-duplicates found, and how fast, against datasketch in the same run?

    python benchmarks/copies.py FOLDER [--sizes 1000,2500] [--pairs FILE.tsv ...]

FOLDER holds `articles_N.train` (an id, a space, a text on every line) and `articles_N.truth` (the ids
of a planted pair on every line). Pairs of FILE.tsv (columns INPUT:first_text, INPUT:second_text,
GOLDEN:quality) are reports of one event or not: those that are called copies are printed, to be
judged by eye.
"""

import argparse
import csv
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from datasketch import MinHash, MinHashLSH

from schemas import Article
from store.memory import SqlMemory
from tocsin.articles import complete
from tocsin.fingerprint import fingerprint, likeness

START = datetime(2020, 1, 1, tzinfo=UTC)
BATCH = 500
ROUNDS = 5

Pairs = set[frozenset[str]]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default="1000,2500")
    parser.add_argument("--pairs", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    print(
        f"{'texts':>6} {'who':<12} {'precision':>9} {'recall':>6} {'texts/s':>8}  (median of {ROUNDS})"
    )
    for size in map(int, given.sizes.split(",")):
        texts = read_texts(given.folder / f"articles_{size}.train")
        truth = read_truth(given.folder / f"articles_{size}.truth")
        compare(size, texts, truth)
    for file in given.pairs:
        judge(file)


def read_texts(file: Path) -> dict[str, str]:
    lines = (line.partition(" ") for line in file.read_text("utf-8").splitlines() if line.strip())
    return {name: text.strip() for name, _, text in lines}


def read_truth(file: Path) -> Pairs:
    return {
        frozenset(line.split()) for line in file.read_text("utf-8").splitlines() if line.strip()
    }


def compare(size: int, texts: dict[str, str], truth: Pairs) -> None:
    """Run both in turn, five times."""
    contestants: dict[str, Callable[[dict[str, str]], Pairs]] = {
        "tocsin": through_memory,
        "datasketch": through_datasketch,
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    found: dict[str, Pairs] = {}
    for _ in range(ROUNDS):
        for name, find in contestants.items():
            start = time.process_time()
            found[name] = find(texts)
            seconds[name].append(time.process_time() - start)
    for name, pairs in found.items():
        precision = len(pairs & truth) / max(len(pairs), 1)
        recall = len(pairs & truth) / len(truth)
        rate = len(texts) / statistics.median(seconds[name])
        print(f"{size:>6} {name:<12} {precision:>9.3f} {recall:>6.3f} {rate:>8.0f}")


def through_memory(texts: dict[str, str]) -> Pairs:
    """Remember and link the texts in the store, as the pipeline does; pairs are links."""
    names: dict[str, str] = {}
    articles: list[Article] = []
    for place, (name, text) in enumerate(texts.items()):
        seen = START + timedelta(seconds=place)
        article = complete(url=f"https://{name}.example/", text=text, first_seen=seen)
        names[article.id] = name
        articles.append(article)
    pairs: Pairs = set()
    with tempfile.TemporaryDirectory() as folder:
        memory = SqlMemory.temporary(Path(folder))
        for start in range(0, len(articles), BATCH):
            batch = articles[start : start + BATCH]
            memory.remember(batch)
            for link in memory.link([article.id for article in batch]):
                pairs.add(frozenset((names[link.article], names[link.parent])))
        memory.close()
    return pairs


def through_datasketch(texts: dict[str, str]) -> Pairs:
    """The peer at its defaults: words in threes, 128 permutations, threshold 0.5, in RAM, unverified."""
    index = MinHashLSH(threshold=0.5, num_perm=128)
    pairs: Pairs = set()
    for name, text in texts.items():
        words = text.lower().split()
        grams = {" ".join(words[place : place + 3]) for place in range(len(words) - 2)}
        signature = MinHash(num_perm=128)
        signature.update_batch([gram.encode() for gram in grams])
        pairs |= {frozenset((name, other)) for other in index.query(signature)}
        index.insert(name, signature)
    return pairs


def judge(file: Path) -> None:
    """Print which labelled pairs are called copies."""
    csv.field_size_limit(sys.maxsize)
    counts: dict[tuple[str, bool], int] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            prints = [
                fingerprint(row.get(f"INPUT:{which}_title") or "", row[f"INPUT:{which}_text"] or "")
                for which in ("first", "second")
            ]
            similarity = likeness(prints[0].sketch, prints[1].sketch)
            shares = bool(set(prints[0].bands) & set(prints[1].bands))
            label = row.get("GOLDEN:quality") or "unlabelled"
            key = (label, bool(similarity and shares))
            counts[key] = counts.get(key, 0) + 1
            if key[1] and label == "BAD":
                print(
                    f"  called a copy, labelled {label}: {similarity} {row['INPUT:first_title']!r}"
                    f" / {row['INPUT:second_title']!r}"
                )
    print(
        file.name,
        {
            f"{label}, {'copy' if yes else 'no copy'}": count
            for (label, yes), count in sorted(counts.items())
        },
    )


if __name__ == "__main__":
    main()
