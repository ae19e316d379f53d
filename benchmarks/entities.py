"""Speed, memory and quality of entity recognition, on texts given as paths.

    python -m benchmarks.entities PATH...
    python -m benchmarks.entities --labelled FOLDER PATH...

A PATH is a folder of .txt files (their language detected), or a .tsv or .jsonl file with the columns
`title` and `text`. FOLDER holds `annotated/LANGUAGE` and `raw/LANGUAGE` in the layout of the SlavNER
shared task: how many of the labelled surface forms are found, and how many found ones are labelled.
"""

import argparse
import csv
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pipelines.models import recogniser
from schemas import Article, EntityType
from tocsin.entities import Recogniser

BATCH = 64
ROUNDS_FOR_MEMORY = 5_000
LABELS = {"PER": EntityType.PERSON, "ORG": EntityType.ORGANISATION, "LOC": EntityType.PLACE}


def articles_in(path: Path) -> Iterator[Article]:
    """Read the articles of one path."""
    if path.is_dir():
        for file in sorted(path.rglob("*.txt")):
            title, _, text = file.read_text(encoding="utf-8", errors="replace").partition("\n")
            yield Article(id=str(file), version="1", title=title.strip(), text=text.strip())
        return
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8") as lines:
        rows = (
            map(json.loads, lines)
            if path.suffix == ".jsonl"
            else csv.DictReader(lines, delimiter="\t")
        )
        for number, row in enumerate(rows):
            columns = {key.rpartition(":")[2]: value for key, value in row.items()}
            text = columns.get("first_text") or columns.get("text") or ""
            title = columns.get("title") or columns.get("first_title") or ""
            yield Article(id=f"{path}:{number}", version="1", title=title, text=text)


def language_of(article: Article) -> str:
    """Detect the language, before the clock runs."""
    import py3langid

    return str(py3langid.classify(f"{article.title}\n{article.text}"[:2000])[0])


def resident() -> float:
    """Return the memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def measure(label: str, found_by: Recogniser, articles: list[tuple[Article, str]]) -> None:
    """Print the speed over whole texts, in CPU seconds."""
    characters = sum(len(it.title) + len(it.text) for it, _ in articles)
    size = sum(len((it.title + it.text).encode()) for it, _ in articles)
    entities = 0
    began = time.process_time()
    for start in range(0, len(articles), BATCH):
        entities += sum(map(len, found_by.recognise(articles[start : start + BATCH])))
    seconds = time.process_time() - began
    print(
        f"{label:<12} {len(articles):>6} articles {characters / 1e3:>9.0f} K characters"
        f" {len(articles) / seconds:>8.1f} articles/s {characters / 1e3 / seconds:>7.1f} K characters/s"
        f" {size / 1e3 / seconds:>7.1f} KB/s {entities / max(1, len(articles)):>6.1f} entities/article"
    )


def measure_memory(found_by: Recogniser, articles: list[tuple[Article, str]]) -> None:
    """Print how memory grows over many articles, the given ones again and again."""
    print(f"memory with the models loaded: {resident():.0f} MB")
    done = 0
    while done < ROUNDS_FOR_MEMORY:
        batch = [articles[(done + i) % len(articles)] for i in range(BATCH)]
        found_by.recognise([(shortened(it), language) for it, language in batch])
        done += BATCH
        if done % (BATCH * 16) == 0:
            print(f"  after {done:>5} articles: {resident():.0f} MB")


def shortened(article: Article) -> Article:
    """Keep the first characters: memory is a matter of how many texts, not how long."""
    return Article(id=article.id, version="1", title=article.title, text=article.text[:1500])


def evaluate(found_by: Recogniser, root: Path) -> None:
    """Print precision and recall of surface forms by document, language and type."""
    for language in sorted({it.name for it in root.glob("*/annotated/*") if it.is_dir()}):
        counts: Counter[tuple[EntityType, str]] = Counter()
        for labels in sorted(root.glob(f"*/annotated/{language}/*")):
            document, wanted = labelled(labels)
            text = raw_text(labels, document)
            if not text:
                continue
            [found] = found_by.recognise([(Article(id="a", version="1", text=text), language)])
            for kind in LABELS.values():
                have = {it.text.casefold() for it in found if it.type is kind}
                want = {surface.casefold() for surface, label in wanted if label is kind}
                counts[kind, "both"] += len(have & want)
                counts[kind, "found"] += len(have)
                counts[kind, "wanted"] += len(want)
        for kind in LABELS.values() if counts else ():
            both, found_, want_ = (counts[kind, it] for it in ("both", "found", "wanted"))
            print(
                f"{language} {kind:<13} recall {both / max(1, want_):.3f} ({both}/{want_})"
                f"  precision {both / max(1, found_):.3f} ({both}/{found_})"
            )


def labelled(path: Path) -> tuple[str, set[tuple[str, EntityType]]]:
    """Read the id of the document and its labelled surface forms."""
    first, *rows = path.read_text(encoding="utf-8").splitlines()
    cells = [row.split("\t") for row in rows if row.count("\t") >= 2]
    return first.strip(), {(row[0], LABELS[row[2]]) for row in cells if row[2] in LABELS}


def raw_text(labels: Path, document: str) -> str:
    """Read the text of a labelled document; nothing if no file of that name says it is the one."""
    folder = labels.parents[2] / "raw" / labels.parent.name
    for path in (folder / labels.name, *folder.glob(f"{labels.stem}*")):
        if path.exists():
            first, _, _, _, text = path.read_text(encoding="utf-8").split("\n", 4)
            return text if first.strip().lstrip("\ufeff") == document else ""
    return ""


def main() -> None:
    """Read the arguments and print all figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("paths", nargs="*", type=Path)
    arguments.add_argument("--labelled", type=Path)
    arguments.add_argument("--memory", action="store_true")
    given = arguments.parse_args()
    found_by = recogniser()
    print(found_by.name)
    everything: list[tuple[Article, str]] = []
    for path in given.paths:
        articles = [(it, language_of(it)) for it in articles_in(path)]
        found_by.recognise([(shortened(it), language) for it, language in articles[:1]])
        measure(path.name[:12], found_by, articles)
        everything += articles
    if len(given.paths) > 1:
        measure("all", found_by, everything)
    if given.memory:
        measure_memory(found_by, everything)
    if given.labelled:
        evaluate(found_by, given.labelled)


if __name__ == "__main__":
    main()
