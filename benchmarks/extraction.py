"""Extraction against trafilatura alone: token F1, and pages a second, on a folder of labelled pages.

    python benchmarks/extraction.py PATH

PATH holds `html/NAME.html`, `txt/NAME.txt` (the wanted text) and `metadata/NAME.json` (title,
language, authors, publish_date where known). Both run in this process, alternated, medians of five.
"""

import json
import re
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import trafilatura

from schemas import Rejected
from tocsin.extract import extract

ROUNDS = 5
WORD = re.compile(r"[^\W_]+|[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u4e00-\u9fff]")


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


def with_ours(page: bytes) -> str:
    try:
        return extract(page).text
    except Rejected:
        return ""


def with_peer(page: bytes) -> str:
    return trafilatura.extract(page, include_comments=False) or ""


def with_fast_peer(page: bytes) -> str:
    found = trafilatura.bare_extraction(page, fast=True, include_comments=False, with_metadata=True)
    return (found.text or "") if found else ""


def main(path: Path) -> None:
    pages = {each.stem: each.read_bytes() for each in sorted(path.glob("html/*.html"))}
    wanted = {
        name: text
        for name in pages
        if (path / f"txt/{name}.txt").exists()
        and (text := (path / f"txt/{name}.txt").read_text(encoding="utf-8")).strip()
    }
    peers = {
        "tocsin": with_ours,
        "trafilatura": with_peer,
        "trafilatura fast + metadata": with_fast_peer,
    }
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    texts: dict[str, dict[str, str]] = {}
    for _ in range(ROUNDS):
        for name, run in peers.items():
            began = time.perf_counter()
            texts[name] = {page: run(content) for page, content in pages.items()}
            seconds[name].append(time.perf_counter() - began)
    print(f"{len(pages)} pages, {len(wanted)} with a wanted text")
    for name in peers:
        scores = [f1(wanted[page], texts[name][page]) for page in wanted]
        rate = len(pages) / statistics.median(seconds[name])
        print(
            f"{name:28} F1 mean {statistics.mean(scores):.3f} median {statistics.median(scores):.3f}"
            f" worst {min(scores):.3f}   {rate:.1f} pages/s"
        )
    for page in wanted:
        row = [f1(wanted[page], texts[name][page]) for name in peers]
        print(f"  {page:28}", *(f"{score:.3f}" for score in row), len(wanted[page]))
    print_metadata(path, pages)


def print_metadata(path: Path, pages: dict[str, bytes]) -> None:
    known, right = Counter[str](), Counter[str]()
    for each in sorted(path.glob("metadata/*.json")):
        if each.stem not in pages:
            continue
        said = json.loads(each.read_text(encoding="utf-8"))
        found = extract(pages[each.stem])
        date = str(said.get("publish_date") or "")[:10]
        pairs = {
            "title": (said.get("title") or "", found.title),
            "language": (said.get("language") or "", found.language[:2].lower()),
            "date": (date, found.published.date().isoformat() if found.published else ""),
            "authors": (sorted(said.get("authors") or ()), sorted(found.authors)),
        }
        for name, (wanted, given) in pairs.items():
            if wanted:
                known[name] += 1
                right[name] += wanted == given
                if wanted != given:
                    print(f"  {each.stem} {name}: wanted {wanted!r}, found {given!r}")
    for name in known:
        print(f"{name}: {right[name]} of {known[name]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
