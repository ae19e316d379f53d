"""Articles for the stream: real feed items in their order and with their copies, filled to a mean of 2 KB.

The items are those of `stream-rss-2023`. Most have a teaser of 200 bytes, where what comes in live has
whole texts; so a short one is filled up with texts of other items of its language. Which ones is decided
by its title alone: copies stay copies, and no two other articles share more than a text by chance (had
the *following* items' texts been joined, every article would be a near copy of its neighbour).
Planted articles come between them: each of a story of its own, and each rings once.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from schemas import Article, Rejected
from tocsin.articles import complete, read

FILL = 1_800
"""Bytes to which short texts are filled; with those that are longer anyway the mean is 2 KB."""

LONGEST_FILLER = 700
"""Bytes of a text that fills others: teasers, not whole articles."""

PLANT_EVERY = 60
"""Of so many articles one is planted, for no entities and for entities in turn."""

WORDS = ("stahlmarke", "quornfeld")
"""What planted articles say, and no real one does: of those for no entities, and of those for them."""

RULES = """
[[subscription]]
id = "n-planted"
name = "Planted, without entities"
query = "stahlmarke"

[[subscription]]
id = "e-planted"
name = "Planted, with entities"
query = "quornfeld AND place:Niamey"
"""

REAL_RULES = {
    "n-submarine": "titanic AND submers*",
    "n-mutiny": "mutiny OR rebellion OR uprising",
    "n-prigozhin": 'prigozhin OR "private army"',
    "n-court": '"supreme court"',
    "n-fire": "wildfire* OR blaze",
    "n-quake": "earthquake* OR flood*",
    "n-police": "title:police",
    "n-health": "title:(hospital OR vaccine* OR virus)",
    "n-market": "title:(inflation OR stocks OR bank)",
    "n-polish": "title:(rosja OR ukraina OR wojna)",
    "n-growing": "ukraine AND copies>2",
    "e-moscow": "place:Moscow AND wagner",
    "e-kyiv": "place:Kyiv AND (attack* OR missile*)",
    "e-niger": "place:Niger OR place:Mali",
    "e-belarus": "place:Belarus AND title:(putin OR lukashenko)",
    "e-putin": "person:Putin AND title:(coup OR mutiny OR wagner)",
    "e-trump": "person:Trump AND title:trump",
    "e-nato": "org:NATO AND title:nato",
    "e-musk": "person:Musk AND title:(musk OR twitter)",
    "e-warsaw": "place:Warsaw AND title:(rząd OR wybory)",
}
"""Subscriptions as people have them; those with `e-` need entities."""


@dataclass(frozen=True, slots=True)
class Item:
    """What the stream says of one item; `language` is the two letters before any country."""

    title: str
    text: str
    url: str
    feed: str
    language: str


def subscriptions() -> str:
    """Write the file of subscriptions: the shipped ones, ours for what is planted, and twenty more."""
    from tocsin import lists

    shipped = Path(lists.__path__[0], "subscriptions.toml").read_text(encoding="utf-8")
    more = "".join(
        f'\n[[subscription]]\nid = "{name}"\nname = "{name}"\nquery = \'{query}\'\n'
        for name, query in REAL_RULES.items()
    )
    return shipped + RULES + more


def items(path: Path) -> list[Item]:
    """Read the items of a file that say anything, in its order; HTML becomes text."""
    found: list[Item] = []
    with path.open("rb") as lines:
        for line in lines:
            given = json.loads(line)
            try:
                article = read(line)
            except Rejected:
                continue
            language = (given.get("language") or "").partition("-")[0].lower()
            found.append(
                Item(
                    title=article.title,
                    text=article.text,
                    url=given["link"],
                    feed=given["source"],
                    language=language,
                )
            )
    return found


def filled(given: Sequence[Item], fill: int = FILL) -> Iterator[Item]:
    """Fill short texts to `fill` bytes with whole texts of the same language, chosen by the title."""
    pool: defaultdict[str, list[str]] = defaultdict(list)
    for item in given:
        if 80 < len(item.text.encode()) <= LONGEST_FILLER:
            pool[item.language].append(item.text)
    for item in given:
        yield replace(item, text=_filled(item, pool[item.language], fill))


def _filled(item: Item, pool: Sequence[str], fill: int) -> str:
    chance, parts = random.Random(item.title), [item.text]
    length = len(item.text.encode())
    while pool and length < fill:
        parts.append(chance.choice(pool))
        length += len(parts[-1].encode()) + 1
    return "\n".join(parts)


def planted(number: int, pool: Sequence[Item]) -> Article:
    """Make a planted article: a story of its own, with a text as long as the others."""
    chance = random.Random(number)
    word = WORDS[number % len(WORDS)]
    sentence = f"The {word} number {number} was seen in Niamey, Niger, today."
    item = Item(
        title=f"{word.title()} {number} seen",
        text="\n".join([sentence, *(_first_words(chance.choice(pool).text) for _ in range(12))]),
        url=f"https://planted.example/{number}",
        feed="https://planted.example/feed",
        language="en",
    )
    return article_of(item)


def _first_words(text: str) -> str:
    return " ".join(text.split()[:30])


def article_of(item: Item) -> Article:
    """Make the article of an item; its first seen is put in when it is sent, published it has none."""
    return complete(
        url=item.url,
        title=item.title,
        text=item.text,
        language=item.language,
        feed=item.feed,
    )


def articles(path: Path, *, plant_every: int = PLANT_EVERY) -> Iterator[Article]:
    """Yield the articles of a stream, planted ones between them; again and again, as other ones."""
    given = list(filled(items(path)))
    english = [item for item in given if item.language == "en"]
    sent = 0
    for turn in range(1_000_000):
        for item in given:
            if plant_every and sent % plant_every == plant_every // 2:
                yield planted(sent // plant_every, english)
                sent += 1
            sent += 1
            yield article_of(item if not turn else _again(item, turn))


def _again(item: Item, turn: int) -> Item:
    """Make another article of an item that was sent before: its words in another order."""
    words = item.text.split()
    random.Random(f"{turn} {item.title}").shuffle(words)
    return replace(
        item,
        url=f"{item.url}#{turn}" if "#" in item.url else f"{item.url}?turn={turn}",
        text=" ".join(words),
    )


def is_planted(article: Article) -> bool:
    """Tell whether we made an article."""
    return article.url.startswith("https://planted.example/")
