"""The seeds, replayed: what a newcomer sees first, held to what the texts say."""

import json
from collections import Counter
from pathlib import Path

import pytest

from connectors.seeds.folder import list_files, read_file
from connectors.seeds.pages import extract_page
from console.cli.replay import summary_of
from console.cli.summary import render
from console.rules import load_rule_set
from pipelines.graph import Rules
from pipelines.models import missing_models, recogniser
from pipelines.replay import FILES, Counts, Input, replay
from pipelines.rules import FixedRules

SEEDS = Path(__file__).parents[2] / "seeds"

Files = dict[str, list[dict[str, object]]]


def replayed(out: Path, *, entities: bool) -> tuple[Files, Counts]:
    out.mkdir()
    rules = load_rule_set(None, None, recogniser=recogniser(enabled=entities).name)
    listing = list_files([SEEDS])
    source = Input(listing.files, listing.skipped, read_file, extract_page)
    counts = replay(source, Rules(FixedRules(rules), entities), out)
    return {
        name: [json.loads(line) for line in (out / f"{name}.jsonl").read_bytes().splitlines()]
        for name in FILES
    }, counts


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seeds") / "out"


@pytest.fixture(scope="module")
def seeds(results: Path) -> tuple[Files, Counts]:
    return replayed(results, entities=False)


def test_every_record_is_accounted_for(seeds):
    files, counts = seeds
    assert counts.came_in == counts.accounted_for
    assert counts.out == len(files["articles"])
    assert {each.name for each in counts.skipped} >= {"README.md", "broken/empty.jsonl"}
    assert counts.dead_letters >= 2


def test_each_actor_is_named_in_many_languages(seeds):
    files, _ = seeds
    languages = {
        actor: {m["language"] for m in files["mentions"] if m["actor"] == actor}
        for actor in ("russia", "wagner-group", "ecowas")
    }
    assert all(len(found) >= 10 for found in languages.values()), languages


def test_the_composer_the_college_and_the_town_in_idaho_ring_nobody(seeds):
    files, _ = seeds
    quiet = ("Bayreuth", "Wagner College", "Palouse")
    titles = [
        (a["title"], a["id"])
        for a in files["articles"]
        if any(word in f"{a['title']} {a['text']}" for word in quiet)
    ]
    assert len(titles) >= 3
    rang = {alert["article"] for alert in files["alerts"]}
    assert [title for title, article in titles if article in rang] == []


def test_the_wire_story_has_its_copies_and_rings_once_for_each_subscription(seeds):
    files, _ = seeds
    story = max(files["stories"], key=lambda each: len(each["copies"]))
    assert story["publishers"] == 3
    rang = Counter(a["subscription"] for a in files["alerts"] if a["story"] == story["id"])
    assert set(rang.values()) == {1}


def test_no_alert_of_a_story_comes_twice(seeds):
    files, _ = seeds
    pairs = Counter((a["subscription"], a["story"]) for a in files["alerts"])
    assert set(pairs.values()) == {1}


def test_every_mention_stands_where_it_says_once(seeds):
    files, _ = seeds
    articles = {(a["id"], a["version"]): a for a in files["articles"]}
    for name in ("mentions", "near-misses"):
        for each in files[name]:
            text = articles[each["article"], each["version"]][each["field"]]
            assert text[each["start"] : each["end"]] == each["surface"]
    places = Counter(
        (m["article"], m["version"], m["actor"], m["field"], m["start"]) for m in files["mentions"]
    )
    assert set(places.values()) == {1}


EDITED = {
    "wire.example/world/2023/07/30": 2,
    "standby-force": 2,
    "floods-maradi": 2,
    "kidal-armee": 2,
}
"""Parts of addresses, and how many versions there are of the article."""

ENVOY = "American envoy leaves Niamey without seeing the deposed president"


def test_a_text_copied_from_a_page_is_one_story_with_all_three_actors(seeds):
    files, _ = seeds
    (article,) = [each for each in files["articles"] if each["title"] == ENVOY]
    assert [each["copies"] for each in files["stories"] if each["title"] == ENVOY] == [[]]
    mentions = [each for each in files["mentions"] if each["article"] == article["id"]]
    assert {each["actor"] for each in mentions} == {"russia", "wagner-group", "ecowas"}
    assert article["text"].count("Shops were open") == 1
    assert article["authors"] == ["Ramatou Issa"]


def shown(file: Path, command: str) -> list[str]:
    """List the lines that a document shows as the output of a command, white space made even."""
    block = file.read_text(encoding="utf-8").partition(f"\n$ {command}\n")[2].partition("```")[0]
    return [line for each in block.splitlines() if (line := " ".join(each.split()))]


def test_the_tour_in_the_readme_is_what_a_replay_prints(seeds, results, capsys):
    _, counts = seeds
    render(counts, summary_of(results, load_rule_set(None, None)))
    printed = {" ".join(line.split()) for line in capsys.readouterr().out.splitlines()}
    tour = shown(SEEDS.parent / "README.md", "tocsin replay seeds/")
    assert len(tour) > 10
    assert [line for line in tour if line not in printed | {"..."}] == []


def test_the_files_in_the_readme_are_those_that_a_replay_writes():
    listed = shown(SEEDS.parent / "README.md", "ls results/")
    assert sorted(" ".join(listed).split()) == sorted(
        [*(f"{name}.jsonl" for name in FILES), "summary.json"]
    )


def test_what_becomes_of_the_special_files_is_what_their_readme_says(seeds):
    files, counts = seeds
    of = {part: [a for a in files["articles"] if part in a["url"]] for part in EDITED}
    assert {part: len(found) for part, found in of.items()} == EDITED
    assert [each["via"] for each in of["wire.example/world/2023/07/30"]] == ["seed", "rss"]
    (half,) = [each for each in files["articles"] if each["title"] == "Cocoa: the price nobody exp"]
    assert "no-date" in half["flags"]
    assert (counts.duplicates, counts.dead_letters) == (2, 3)


@pytest.mark.models
@pytest.mark.skipif(bool(missing_models()), reason="the entity models are not installed")
def test_models_add_entities_and_change_no_mention(seeds, tmp_path):
    plain, _ = seeds
    rich, _ = replayed(tmp_path / "rich", entities=True)
    (article,) = [each["id"] for each in rich["articles"] if each["title"] == ENVOY]
    names = {(e["type"], e["name"]) for e in rich["entities"] if e["article"] == article}
    assert names >= {
        ("person", "Mohamed Bazoum"),
        ("person", "Victoria Nuland"),
        ("person", "Antony Blinken"),
        ("place", "Niamey"),
        ("organisation", "African Union"),
    }
    assert len(rich["entities"]) > len(plain["entities"])
    assert [m["id"] for m in rich["mentions"]] == [m["id"] for m in plain["mentions"]]
