"""The seeds are what their README says, as far as the standard library can tell."""

import gzip
import json
import re
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.contracts.tree import ROOT, files

SEEDS = ROOT / "seeds"
FILES = tuple(path.relative_to("seeds") for path in files() if path.parts[0] == "seeds")
LANGUAGES = {"ar", "de", "en", "es", "fr", "ha", "pl", "pt", "ru", "tr", "uk", "zh"}
OLD = timedelta(days=7)


def content(name: str) -> str:
    raw = (SEEDS / name).read_bytes()
    return (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8")


@cache
def records() -> dict[str, dict[str, Any]]:
    """Read every article record by the name of its file (and line)."""
    found = {}
    for path in FILES:
        if path.parts[0] != "articles":
            continue
        name = path.as_posix()
        if name.endswith((".json", ".json.gz")):
            found[name] = json.loads(content(name))
        elif name.endswith(".jsonl"):
            for number, line in enumerate(content(name).splitlines(), 1):
                found[f"{name}:{number}"] = json.loads(line)
    return found


def record(part: str) -> dict[str, Any]:
    (found,) = [each for name, each in records().items() if part in name]
    return found


def likeness(one: str, two: str) -> float:
    """Compare two texts by the word triples that they share (Jaccard)."""
    first, second = (triples(text) for text in (one, two))
    return len(first & second) / len(first | second)


def triples(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


def instant(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


def test_there_are_about_thirty_articles_in_twelve_languages() -> None:
    assert len(records()) >= 30
    assert {each["language"] for each in records().values()} == LANGUAGES


@pytest.mark.parametrize("name", records())
def test_a_record_gives_both_clocks_and_an_invented_publisher(name: str) -> None:
    each = records()[name]
    assert name.startswith(f"articles/{each['language']}/")
    assert instant(each["published"]) <= instant(each["first_seen"])
    host = urlsplit(each["url"]).hostname or ""
    assert host.removeprefix("www.") == each["publisher"]
    assert each["publisher"].endswith(".example")
    assert each["title"].strip()
    assert len(each["text"]) > 100


def test_no_two_articles_share_an_address_but_the_two_versions() -> None:
    addresses = [each["url"] for each in records().values()]
    twice = {url for url in addresses if addresses.count(url) > 1}
    assert twice == {record("standby-force.json")["url"]}


def test_the_copies_are_near_duplicates_and_other_texts_are_not() -> None:
    wire = record("ultimatum-wire")["text"]
    assert 0.9 < likeness(wire, record("copy-lakeshore")["text"]) < 1
    assert 0.8 < likeness(wire, record("copy-volta")["text"]) < 1
    others = [each["text"] for name, each in records().items() if "ultimatum" not in name]
    assert max(likeness(wire, text) for text in others) < 0.1


def test_the_copies_were_first_seen_after_the_wire_text() -> None:
    first, second, third = (
        instant(record(part)["first_seen"])
        for part in ("ultimatum-wire", "copy-lakeshore", "copy-volta")
    )
    assert first < second < third


def test_only_one_copy_names_the_wagner_group() -> None:
    naming = [
        name for name, each in records().items() if "ultimatum" in name and "Wagner" in each["text"]
    ]
    assert [Path(name).name for name in naming] == ["2023-07-31-ultimatum-copy-volta.json"]


def test_the_tracking_address_carries_the_same_text() -> None:
    wire, again = record("ultimatum-wire"), record("tracking-url")
    assert (wire["title"], wire["text"]) == (again["title"], again["text"])
    assert "utm_" in again["url"]
    assert urlsplit(again["url"]).path == urlsplit(wire["url"]).path


def test_the_edit_adds_russia_under_the_same_address() -> None:
    before, after = record("standby-force.json"), record("standby-force-edited")
    assert before["url"] == after["url"]
    assert instant(before["first_seen"]) < instant(after["first_seen"])
    assert "Russia" not in before["title"] + before["text"]
    assert "Russia" in after["title"]


def test_one_article_is_old_and_one_is_backfill() -> None:
    late = [
        Path(name).name
        for name, each in records().items()
        if instant(each["first_seen"]) - instant(each["published"]) > OLD
    ]
    assert late == ["2023-07-27-old.json"]
    flagged = [Path(name).name for name, each in records().items() if each.get("flags")]
    assert flagged == ["2022-05-16-backfill.json"]


def test_the_plain_text_looks_as_copied_from_a_page() -> None:
    lines = content("articles/en/2023-08-07-envoy-in-niamey.txt").splitlines()
    assert lines[1] == ""
    assert lines.count(lines[0]) == 2
    assert {"Updated:", "0:00", "Ramatou Issa", "August 7, 2023, 21:14 UTC"} <= set(lines)
    assert sum(line.startswith("Shops were open in the market") for line in lines) == 2


@pytest.mark.parametrize(
    "name", ["gulf-wire.rss", "sahel-dispatch.atom", "courrier-du-fleuve-news-sitemap.xml"]
)
def test_a_feed_is_well_formed_and_speaks_of_example_sites_only(name: str) -> None:
    root = ElementTree.fromstring(content(f"feeds/{name}"))
    linked = [each.text for each in root.iter() if each.tag.endswith(("link", "loc")) and each.text]
    linked += [each.get("href", "") for each in root.iter() if each.get("href")]
    hosts = {urlsplit(url.strip()).hostname for url in linked} - {None}
    assert hosts
    assert all(str(host).endswith(".example") for host in hosts)


def test_the_json_feed_says_that_it_is_one() -> None:
    feed = json.loads(content("feeds/diario-del-sahel.json"))
    assert feed["version"].startswith("https://jsonfeed.org/version/")
    assert feed["items"][0]["content_text"] == record("es/2024-09-17-bamako")["text"]


def test_the_broken_feed_is_broken() -> None:
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(content("feeds/broken.xml"))


def test_the_broken_lines_are_two_good_ones_around_three_bad_ones() -> None:
    first, cut_off, wrong_type, nothing, last = content("broken/lines.jsonl").splitlines()
    assert json.loads(first)["text"]
    assert json.loads(last)["text"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut_off)
    assert isinstance(json.loads(wrong_type)["title"], dict)
    assert not (json.loads(nothing)["title"] + json.loads(nothing)["text"]).strip()


def test_the_empty_file_is_empty() -> None:
    assert (SEEDS / "broken/empty.jsonl").read_bytes() == b""


def test_the_archive_holds_two_pages_a_picture_and_a_page_not_found() -> None:
    raw = gzip.decompress((SEEDS / "archive/pages.warc.gz").read_bytes())
    assert raw.startswith(b"WARC/1.")
    assert raw.count(b"WARC-Type: response") == 4
    assert re.findall(rb"HTTP/1\.1 (\d+)", raw) == [b"200", b"200", b"200", b"404"]
    assert raw.count(b"Content-Type: text/html") == 3


def test_the_readme_tells_of_every_file() -> None:
    readme = content("README.md")
    told = readme.replace("`, `...-edited.json`", "`, `2023-08-10-standby-force-edited.json`")
    names = [path.name for path in FILES if path.name != "README.md"]
    assert [name for name in names if name not in told] == []


def test_the_readme_tells_of_no_file_that_is_not_there() -> None:
    told = re.findall(r"^\| `([^`]+\.[a-z]+)`", content("README.md"), re.MULTILINE)
    there = [path.as_posix() for path in FILES]
    assert [name for name in told if not any(path.endswith(name) for path in there)] == []
