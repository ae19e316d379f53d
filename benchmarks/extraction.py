"""Extraction against trafilatura alone: text, metadata and speed, on a folder of labelled pages.

    python -m benchmarks.extraction PATH [--half tuned|held] [--rounds N] [--verbose]

PATH holds `html/NAME.html`, `txt/NAME.txt` (the wanted text) and `metadata/NAME.json` (title,
language, authors, publish_date where known). All run in this process, alternated, medians of five.
Every second page, by name, was looked at while the extractor was made (`tuned`); the others are held
back, and both halves are printed. Exits 1 where the peer with metadata is better on text or metadata,
or over a ninth faster.
"""

import argparse
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura

from schemas import Rejected
from tocsin.extract import extract

WORD = re.compile(r"[^\W_]+|[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u4e00-\u9fff]")
FIELDS = ("title", "date", "authors", "language")
SLOWEST = 0.9


@dataclass(frozen=True)
class Read:
    """What an extractor made of a page."""

    text: str = ""
    title: str = ""
    date: str | datetime = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    extractor: str = ""


def tokens(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for word in WORD.findall(text.casefold()):
        unspaced = any("\u0e00" <= letter <= "\u109f" or letter >= "\u3040" for letter in word)
        found.update(word if unspaced else [word])
    return found


def f1(wanted: str, given: str) -> float:
    ours, theirs = tokens(wanted), tokens(given)
    common = (ours & theirs).total()
    return 2 * common / max(ours.total() + theirs.total(), 1)


def with_ours(page: bytes) -> Read:
    try:
        found = extract(page)
    except Rejected:
        return Read()
    language = found.language[:2].lower()
    return Read(
        found.text, found.title, found.published or "", found.authors, language, found.extractor
    )


def peer(**options: Any) -> Callable[[bytes], Read]:
    def read(page: bytes) -> Read:
        found = trafilatura.bare_extraction(
            page, include_comments=False, with_metadata=True, **options
        )
        if not found:
            return Read()
        authors = tuple(filter(None, (found.author or "").split("; ")))
        language = (found.language or "")[:2]
        return Read(found.text or "", found.title or "", found.date or "", authors, language)

    return read


RIVAL = "trafilatura"
EXTRACTORS: dict[str, Callable[[bytes], Read]] = {
    "tocsin": with_ours,
    RIVAL: peer(),
    "trafilatura fast": peer(fast=True),
    "trafilatura recall": peer(favor_recall=True),
}
"""Ours, the rival that counts (as it comes, with metadata), and its other settings."""


def exact(field: str, wanted: dict[str, Any], given: Read) -> bool | None:
    """Tell whether a field of metadata is right; `None` where it is not known."""
    if field == "date":
        return _is_day(str(wanted.get("publish_date") or ""), given.date)
    if field == "authors":
        authors = sorted(" ".join(each.split()) for each in wanted.get("authors") or ())
        return sorted(given.authors) == authors if authors else None
    value = " ".join(str(wanted.get(field) or "").split())
    return " ".join(getattr(given, field).split()) == value if value else None


def _is_day(wanted: str, given: str | datetime) -> bool | None:
    """Tell whether the day is right; that of an instant in the zone that the wanted one names."""
    if not wanted:
        return None
    if isinstance(given, datetime):
        zone = datetime.fromisoformat(wanted).tzinfo or UTC
        given = given.astimezone(zone).date().isoformat()
    return given == wanted[:10]


@dataclass
class Pages:
    html: dict[str, bytes]
    texts: dict[str, str]
    metadata: dict[str, dict[str, Any]]


def load(path: Path, half: str) -> Pages:
    names = [each.stem for each in sorted(path.glob("html/*.html"))]
    start, step = {"tuned": (0, 2), "held": (1, 2)}.get(half, (0, 1))
    kept = names[start::step]
    html = {name: (path / f"html/{name}.html").read_bytes() for name in kept}
    texts = {name: _text(path / f"txt/{name}.txt") for name in kept}
    metadata = {name: path / f"metadata/{name}.json" for name in kept}
    return Pages(
        html,
        {name: text for name, text in texts.items() if text},
        {n: json.loads(p.read_text(encoding="utf-8")) for n, p in metadata.items() if p.exists()},
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def measure(pages: Pages, rounds: int) -> tuple[dict[str, dict[str, Read]], dict[str, float]]:
    """Run all extractors in turn; return what they read, and the median of their pages a second."""
    seconds: dict[str, list[float]] = {name: [] for name in EXTRACTORS}
    read: dict[str, dict[str, Read]] = {}
    for _ in range(rounds):
        for name, run in EXTRACTORS.items():
            began = time.process_time()
            read[name] = {page: run(content) for page, content in pages.html.items()}
            seconds[name].append(time.process_time() - began)
    return read, {n: len(pages.html) / statistics.median(each) for n, each in seconds.items()}


def score(
    pages: Pages, read: dict[str, Read], names: set[str]
) -> tuple[float, dict[str, str], float]:
    """Return the mean F1, what is exact of what is known, and the share of it over all fields."""
    scores = [f1(text, read[page].text) for page, text in pages.texts.items() if page in names]
    right, known = Counter[str](), Counter[str]()
    for page, wanted in pages.metadata.items():
        for field in FIELDS:
            verdict = exact(field, wanted, read[page]) if page in names else None
            known[field] += verdict is not None
            right[field] += bool(verdict)
    shares = {field: f"{right[field]}/{known[field]}" for field in FIELDS}
    held_to = [field for field in FIELDS if field != "language"]  # the rival does not say it
    share = sum(right[f] for f in held_to) / max(sum(known[f] for f in held_to), 1)
    return statistics.mean(scores or [0.0]), shares, share


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--half", choices=("tuned", "held", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    pages = load(given.path, given.half)
    read, speed = measure(pages, given.rounds)
    names = list(pages.html)
    halves = {"all": set(names)}
    if given.half == "both":
        halves |= {"tuned": set(names[::2]), "held back": set(names[1::2])}
    whole = {}
    for half, kept in halves.items():
        print(f"{half}: {len(kept)} pages, {len(kept & set(pages.texts))} with a wanted text")
        for name in EXTRACTORS:
            text, shares, share = score(pages, read[name], kept)
            whole[half, name] = (text, share)
            print(f"  {name:20} F1 {text:.4f}  metadata {share:.3f} {shares}")
    print({name: f"{rate:.1f} pages/s" for name, rate in speed.items()},
          f"ours at {speed['tocsin'] / speed[RIVAL]:.2f} of its speed")  # fmt: skip
    print("won:", dict(Counter(each.extractor for each in read["tocsin"].values())))
    if given.verbose:
        show(pages, read)
    ours, theirs = whole["all", "tocsin"], whole["all", RIVAL]
    is_better = ours[0] > theirs[0] and ours[1] > theirs[1]
    return 0 if is_better and speed["tocsin"] >= SLOWEST * speed[RIVAL] else 1


def show(pages: Pages, read: dict[str, dict[str, Read]]) -> None:
    """Print every page's scores, and every field that is not exact."""
    for page, text in pages.texts.items():
        row = [f"{f1(text, read[name][page].text):.3f}" for name in EXTRACTORS]
        print(f"  {page:28}", *row, len(text), read["tocsin"][page].extractor)
    for page, wanted in pages.metadata.items():
        for field in FIELDS:
            if exact(field, wanted, read["tocsin"][page]) is False:
                key = "publish_date" if field == "date" else field
                ours, theirs = (getattr(read[name][page], field) for name in ("tocsin", RIVAL))
                print(f"  {page} {field}: wanted {wanted[key]!r}, ours {ours!r}, theirs {theirs!r}")


if __name__ == "__main__":
    sys.exit(main())
