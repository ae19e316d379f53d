"""Detection of the shipped actors in short texts of our own: precision and recall by actor and language.

python -m benchmarks.detection
python -m benchmarks.detection --misses --language detected
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from schemas import Article
from tocsin.language import detect
from tocsin.matcher import Matcher
from tocsin.watchlists import shipped

SENTENCES = Path(__file__).parents[1] / "tests" / "data" / "detection" / "sentences.jsonl"
SEEN = datetime(2025, 1, 15, tzinfo=UTC)
"""The day of every text: all aliases that begin on some day count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One labelled text: the actors it names, and those whose near miss should be kept."""

    text: str
    language: str
    kind: str
    round: str
    actors: frozenset[str]
    near: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the matcher said of a text."""

    sentence: Sentence
    found: frozenset[str]
    near: frozenset[str]

    @property
    def is_right(self) -> bool:
        """Tell whether exactly the labelled actors were found."""
        return self.found == self.sentence.actors


@dataclass(slots=True)
class Score:
    """Counts of actors found and wanted."""

    both: int = 0
    found: int = 0
    wanted: int = 0

    def row(self, label: str) -> str:
        """Write a line of the table."""
        precision = self.both / self.found if self.found else 1.0
        recall = self.both / self.wanted if self.wanted else 1.0
        return (
            f"{label:<14} {self.wanted:>6} wanted {self.found:>6} found"
            f"   precision {precision:.3f}   recall {recall:.3f}"
        )


def sentences(path: Path = SENTENCES) -> Iterator[Sentence]:
    """Read the labelled texts."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Sentence(
            text=row["text"],
            language=row["language"],
            kind=row["kind"],
            round=row["round"],
            actors=frozenset(row["actors"]),
            near=frozenset(row["near"]),
        )


LANGUAGE_OF: dict[str, Callable[[Sentence], str]] = {
    "labelled": lambda sentence: sentence.language,
    "detected": lambda sentence: detect(sentence.text).language,
    "unknown": lambda _: "",
}
"""How the matcher is told the language: as labelled, as it is detected, or not at all."""


def answers(matcher: Matcher, known: str = "labelled") -> list[Answer]:
    """Ask the matcher about every text."""
    return [ask(matcher, sentence, LANGUAGE_OF[known](sentence)) for sentence in sentences()]


def ask(matcher: Matcher, sentence: Sentence, language: str) -> Answer:
    """Ask the matcher about one text."""
    article = Article(id="a", version="1", text=sentence.text, first_seen=SEEN)
    mentions, misses = matcher.find(article, language=language, story="a")
    return Answer(
        sentence=sentence,
        found=frozenset(mention.actor for mention in mentions),
        near=frozenset(miss.actor for miss in misses),
    )


def scores(told: Iterable[Answer], label: Callable[[Sentence, str], str]) -> dict[str, Score]:
    """Count over (text, actor) pairs, gathered under labels."""
    counted: defaultdict[str, Score] = defaultdict(Score)
    for answer in told:
        for actor in answer.found | answer.sentence.actors:
            score = counted[label(answer.sentence, actor)]
            score.found += actor in answer.found
            score.wanted += actor in answer.sentence.actors
            score.both += actor in answer.found & answer.sentence.actors
    return dict(sorted(counted.items()))


def _print_wrong(told: Iterable[Answer]) -> None:
    for answer in told:
        for sign, actors in (
            ("missed", answer.sentence.actors - answer.found),
            ("wrong", answer.found - answer.sentence.actors),
            ("no near miss", answer.sentence.near - answer.near),
        ):
            if actors:
                about = f"{answer.sentence.language} {answer.sentence.kind}"
                print(
                    f"{sign:<12} {','.join(sorted(actors)):<14} {about:<16} {answer.sentence.text!r}"
                )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", choices=sorted(LANGUAGE_OF), default="labelled")
    parser.add_argument("--misses", action="store_true", help="print every text told wrongly")
    given = parser.parse_args()
    matcher = Matcher(shipped(), "rules")
    told = answers(matcher, given.language)
    if given.misses:
        _print_wrong(told)
    kinds = Counter(answer.sentence.language for answer in told)
    print(f"{len(told)} texts, {len(kinds)} languages; the language as {given.language}")
    for label, score in scores(told, lambda sentence, _: sentence.language).items():
        print(score.row(label))
    print()
    for gathered in (lambda _, actor: actor, lambda sentence, _: sentence.round, lambda *_: "all"):
        for label, score in scores(told, gathered).items():
            print(score.row(label))
    wanted = sum(len(answer.sentence.near) for answer in told)
    kept = sum(len(answer.sentence.near & answer.near) for answer in told)
    print(
        f"near misses kept {kept} of {wanted}; texts all right "
        f"{sum(answer.is_right for answer in told)} of {len(told)}"
    )


if __name__ == "__main__":
    main()
