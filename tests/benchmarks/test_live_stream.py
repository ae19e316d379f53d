from itertools import islice
from pathlib import Path

from benchmarks.live_stream import Item, articles, filled, is_planted, planted, subscriptions
from console.rules import load_rule_set
from tocsin.fingerprint import fingerprint, likeness


def item(title: str, text: str = "A short teaser of some words about this and that, as feeds have them, no more.") -> Item:  # fmt: skip
    return Item(title=title, text=f"{text} {title}", url="", feed="", language="en")


STREAM = [item(f"Title {number}") for number in range(40)]


def test_short_texts_are_filled_with_those_of_other_items() -> None:
    for each in filled(STREAM, 1000):
        assert 1000 <= len(each.text) < 1200


def test_copies_stay_copies() -> None:
    one, *_, other = filled([*STREAM, STREAM[0]], 1000)
    assert one.text == other.text


def test_texts_that_are_long_stay_as_they_are() -> None:
    long = item("Long", "word " * 1000)
    assert next(filled([long, *STREAM], 1000)) == long


def test_planted_articles_are_stories_of_their_own() -> None:
    one, other = (planted(number, STREAM) for number in (2, 4))
    prints = [fingerprint(each.title, each.text) for each in (one, other)]
    assert not likeness(prints[0].sketch, prints[1].sketch) or not set(prints[0].bands) & set(
        prints[1].bands
    )


def test_one_article_of_so_many_is_planted(tmp_path: Path) -> None:
    file = tmp_path / "stream.jsonl"
    lines = (
        f'{{"title": "T{n}", "description": "About {n}.", "link": "https://a.example/{n}", "source": "f", "language": "en-US"}}'
        for n in range(5)
    )
    file.write_text("\n".join(lines))
    found = list(islice(articles(file, plant_every=10), 40))
    assert [is_planted(each) for each in found].count(True) == 4
    assert len({each.id for each in found}) == 40


def test_the_subscriptions_are_valid(tmp_path: Path) -> None:
    file = tmp_path / "subscriptions.toml"
    file.write_text(subscriptions(), encoding="utf-8")
    assert len(load_rule_set(None, file, recogniser="none").subscriptions) == 26
