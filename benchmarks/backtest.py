"""Backtest: seconds that `tocsin backtest` takes for 20 changed rules over 30 days of stored articles.

    python -m benchmarks.backtest [--articles N] [--runs N] [--profile]

The store is SQLite and is filled here: articles of 2 KB in four languages out of a made-up vocabulary in
which words are as uneven as in news, a tenth of them copies, with mentions and entities, as the stream
writes them. Then the command runs in a process of its own, on one core. The rules are changed in all the
ways there are: words, phrases, nearness, actors, places, languages, filters. A second line tells what
a changed watch list takes, where mentions of one actor are looked for anew.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path

from schemas import Article, Entity, EntityType, Mention, TextField
from tocsin import articles

SEED = 20_261_101
BEGAN = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 30
BATCH = 1_000
WORDS = 30_000
PUBLISHERS = 200
LETTERS = 2_000
COPIES = 0.1
MOST_SECONDS = 60

SMALL = {
    "en": "the of and to in that for was with said on by from have has were but not this which",
    "fr": "le la les de des et à en que pour dans une un est sur avec par plus au qui ne pas",
    "es": "el la los de que y en un una por con para su se del las como más pero fue",
    "ru": "и в не на что с по как это из к у он для от о за но же был",
}
"""The small words of a language, by which it is known."""

ACTORS = ("Wagner Group", "Russia", "ECOWAS")
PLACES = ("Niamey", "Bamako", "Agadez", "Gao", "Kidal", "Tillabéri")
PERSONS = ("Mohamed Bazoum", "Assimi Goïta", "Omar Tchiani")


class Maker:
    """Makes articles, the same ones each time."""

    def __init__(self) -> None:
        self._chance = random.Random(SEED)
        letters = "aeioubcdfglmnprstv"
        self.words = [
            "".join(self._chance.choices(letters, k=self._chance.randint(3, 10)))
            for _ in range(WORDS)
        ]
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(WORDS)))

    def articles(self, number: int) -> Iterator[Article]:
        """Make articles over 30 days, some of them copies of one before."""
        recent: list[Article] = []
        for at in range(number):
            seen = BEGAN + at * timedelta(days=DAYS) / number
            if recent and self._chance.random() < COPIES:
                was = self._chance.choice(recent)
                title, text, language = was.title, was.text, was.language
            else:
                title, text, language = self._text()
            publisher = f"p{self._chance.randrange(PUBLISHERS)}.example"
            made = articles.complete(
                url=f"https://{publisher}/{at}",
                title=title,
                text=text,
                language=language,
                first_seen=seen,
                publisher=publisher,
            )
            recent = [*recent[-200:], made]
            yield made

    def _text(self) -> tuple[str, str, str]:
        language = self._chance.choices(list(SMALL), (6, 2, 1, 1))[0]
        length = self._chance.lognormvariate(0, 0.5) * LETTERS / 1.13
        sentences: list[str] = []
        while sum(map(len, sentences)) < length:
            sentences.append(self._sentence(language))
        return sentences[0][:-1][:80], " ".join(sentences), language

    def _sentence(self, language: str) -> str:
        words = self._chance.choices(self.words, cum_weights=self._weights, k=12)
        mixed = [
            word for each in words for word in (self._chance.choice(SMALL[language].split()), each)
        ]
        draw = self._chance.random()
        for share, names in ((0.01, ACTORS), (0.03, PLACES), (0.04, PERSONS)):
            if draw < share:
                mixed[self._chance.randrange(1, len(mixed))] = self._chance.choice(names)
                break
        return f"{' '.join(mixed).capitalize() if draw >= 0.04 else ' '.join(mixed)}."


def entities(article: Article) -> Iterator[Entity]:
    """Find the places and persons that were put in."""
    for kind, names in ((EntityType.PLACE, PLACES), (EntityType.PERSON, PERSONS)):
        for name in names:
            start = article.text.find(name)
            if start >= 0:
                yield Entity(
                    article=article.id,
                    version=article.version,
                    type=kind,
                    text=name,
                    start=start,
                    end=start + len(name),
                    field=TextField.TEXT,
                    name=name,
                    model="made",
                )


def fill(url: str, maker: Maker, number: int) -> float:
    """Fill a store as the stream does; return the mean length of a text in KB."""
    from console.rules import load_rule_set
    from schemas import EPOCH
    from store import results, rules
    from store.engine import open_engine, writing
    from store.memory import SqlMemory
    from tocsin.matcher import matcher_for

    engine = open_engine(url)
    in_force = load_rule_set(None, None)
    with writing(engine) as connection:
        rules.publish(connection, in_force, EPOCH)
    memory, matcher = SqlMemory(engine), matcher_for(in_force)
    made, letters = maker.articles(number), 0
    while some := list(islice(made, BATCH)):
        memory.remember(some)
        memory.link([each.id for each in some])
        letters += sum(len(each.text.encode()) for each in some)
        mentions: list[Mention] = []
        for each in some:
            mentions += matcher.find(each, language=each.language, story=each.id)[0]
        with writing(engine) as connection:
            results.write(connection, "articles", some)
            results.write(connection, "mentions", mentions)
            results.write(connection, "entities", [it for each in some for it in entities(each)])
    engine.dispose()
    return letters / number / 1024


@dataclass(frozen=True)
class Rule:
    """A subscription as it was and as it is to be."""

    before: str
    after: str
    more: str = ""


def changes(words: Sequence[str]) -> list[Rule]:
    """Change twenty rules: words from common to rare, and all that can be asked beside words."""
    rules = [
        Rule(f"{words[at]} AND {words[at + 7]}", f"{words[at]} AND {words[at + 9]}")
        for at in (60, 100, 150, 250, 400, 900)
    ]
    rules += [
        Rule(f'"{words[at]}" OR {words[at + 3]}', f"{words[at]} OR {words[at + 5]}*")
        for at in (2_000, 5_000, 12_000)
    ]
    rules += [
        Rule(f"{words[at]} NEAR/5 {words[at + 1]}", f"{words[at]} NEAR/12 {words[at + 1]}")
        for at in (10, 40, 120)
    ]
    return [
        *rules,
        Rule("actor:wagner", f"actor:wagner NOT {words[30]}"),
        Rule("actor:russia", "actor:russia OR actor:ecowas"),
        Rule("actor:ecowas", "actor:ecowas", "min_confidence = 0.9\n"),
        Rule("place:Niamey OR place:Gao", "place:Niamey OR place:Agadez"),
        Rule("person:Bazoum", "person:Bazoum OR person:Tchiani"),
        Rule(f"{words[1_000]}", f"{words[1_000]} language:fr"),
        Rule(f"{words[1_500]}", f"{words[1_500]}", 'languages = ["en", "fr"]\n'),
        Rule(f"copies>0 AND {words[300]}", f"copies>1 AND {words[300]}"),
    ]


def write_rules(folder: Path, rules: Sequence[Rule]) -> tuple[Path, Path]:
    """Write the old rules and the new."""
    old, new = folder / "old.toml", folder / "new.toml"
    for path, is_new in ((old, False), (new, True)):
        rows = [
            f"[[subscription]]\nid = 'r{at}'\nquery = '{it.after if is_new else it.before}'\n"
            + (it.more if is_new else "")
            for at, it in enumerate(rules)
        ]
        path.write_text("\n".join(rows), encoding="utf-8")
    return old, new


def seconds(url: str, *arguments: str) -> tuple[float, int]:
    """Run the command on one core; return how long it took, and how many alerts differ."""
    core = min(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "console", "backtest", "--store", url, "--json", *arguments]
    began = time.perf_counter()
    ran = subprocess.run(
        command,
        check=True,
        capture_output=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    taken = time.perf_counter() - began
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    return taken, sum(row["added"] + row["lost"] for row in rows)


def main() -> int:
    """Fill a store, run, print; 1 where the figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--store", type=Path, help="Keep the store in this file, or use it again.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = given.store or folder / "store.db"
        url, maker = f"sqlite:///{file}", Maker()
        if not file.is_file():
            size = fill(url, maker, given.articles)
            print(f"{given.articles:,} articles, {size:.2f} KB each, over {DAYS} days", flush=True)
        rules = changes(maker.words)
        old, new = write_rules(folder, rules)
        taken = [seconds(url, "--old", str(old), "--rules", str(new)) for _ in range(given.runs)]
        middle = statistics.median(each for each, _ in taken)
        runs = ", ".join(f"{each:.1f}" for each, _ in taken)
        print(f"{len(rules)} changed rules: {middle:.1f} s ({runs}); {taken[0][1]:,} alerts differ")
        shipped = Path(articles.__file__).parent / "lists" / "ecowas.toml"
        lists = folder / "lists"
        lists.mkdir()
        for each in shipped.parent.glob("*.toml"):
            if each.name in ("russia.toml", "wagner.toml", "ecowas.toml"):
                (lists / each.name).write_bytes(each.read_bytes())
        with (lists / "ecowas.toml").open("a", encoding="utf-8") as more:
            more.write(f'\n[[actor.alias]]\ntext = "{maker.words[500].title()}"\nlanguage = "*"\n')
        once, differ = seconds(url, "--watch-lists", str(lists))
        print(f"one changed actor: {once:.1f} s; {differ:,} alerts differ")
    return int(middle > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
