"""The promise: what comes out depends on what came in, not on how or in which order."""

import gzip
import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.seeds.folder import list_files, read_file
from console.rules import load_rule_set
from pipelines.graph import Rules
from pipelines.replay import FILES, Counts, Input, replay
from pipelines.rules import FixedRules

RULES = Rules(FixedRules(load_rule_set(None, None)), entities=False)

SENTENCES = (
    "Wagner Group fighters left the camp near Gao on Friday.",
    "ECOWAS leaders met in Abuja to discuss the junta in Niamey.",
    "Россия призвала к переговорам, сообщили в Бамако.",
    "La Cédéao maintient ses sanctions contre le Niger.",
    "The harvest was good this year, farmers in the delta said.",
    "Richard Wagner wrote the opera long before the festival was founded.",
    "Farmers met traders at the weekly market and agreed on a price.",
    "The river rose by two metres after a week of rain in the highlands.",
)


def an_item(number: int, sentences: list[int], minute: int, backfill: bool) -> dict[str, object]:
    return {
        "url": f"https://press{number % 3}.example/{number % 7}",
        "title": SENTENCES[sentences[0]][:30],
        "text": " ".join(SENTENCES[each] for each in sentences),
        "first_seen": f"2023-08-10T12:{minute:02d}:00Z",
        "flags": ["backfill"] if backfill else [],
    }


ITEMS = st.lists(
    st.builds(
        an_item,
        st.integers(0, 20),
        st.lists(st.integers(0, len(SENTENCES) - 1), min_size=1, max_size=6),
        st.integers(0, 59),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def replayed(folder: Path, files: dict[str, list[bytes]]) -> tuple[dict[str, bytes], Counts]:
    """Write files, replay them, give the bytes of every output file."""
    source, out = folder / "in", folder / "out"
    source.mkdir(parents=True)
    out.mkdir()
    for name, lines in files.items():
        content = b"".join(line + b"\n" for line in lines)
        (source / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    listing = list_files([source])
    counts = replay(Input(listing.files, listing.skipped, read_file), RULES, out)
    return {name: (out / f"{name}.jsonl").read_bytes() for name in FILES}, counts


def lines_of(items: list[dict[str, object]]) -> list[bytes]:
    return [json.dumps(item, ensure_ascii=False).encode() for item in items]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(items=ITEMS, seed=st.integers(0, 999), parts=st.integers(1, 4))
def test_shuffled_split_and_repeated_input_gives_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, items, seed, parts
):
    lines = [*lines_of(items), b'{"title": broken']
    plain, counts = replayed(tmp_path_factory.mktemp("plain"), {"all.jsonl": lines})
    mixed = lines * 3
    random.Random(seed).shuffle(mixed)
    files = {f"{n}.jsonl{'.gz' * (n % 2)}": mixed[n::parts] for n in range(parts)}
    again, more = replayed(tmp_path_factory.mktemp("mixed"), files)
    assert again == plain
    assert counts.came_in == counts.accounted_for == len(lines)
    assert more.came_in == more.accounted_for == 3 * len(lines)


def test_the_output_replayed_gives_itself(tmp_path):
    items = [an_item(n, [n % 8, (n + 3) % 8, (n + 5) % 8], n, False) for n in range(12)]
    first, _ = replayed(tmp_path / "first", {"items.jsonl": lines_of(items)})
    second, _ = replayed(tmp_path / "second", {"dump.jsonl": first["articles"].splitlines()})
    assert second == first


def test_every_mention_stands_where_it_says(tmp_path):
    items = [an_item(n, [n % 8, (n + 1) % 8], n, False) for n in range(10)]
    files, _ = replayed(tmp_path, {"items.jsonl": lines_of(items)})
    articles = {a["id"] + a["version"]: a for a in map(json.loads, files["articles"].splitlines())}
    mentions = [json.loads(line) for line in files["mentions"].splitlines()]
    assert mentions
    for mention in mentions:
        field = articles[mention["article"] + mention["version"]][mention["field"]]
        assert field[mention["start"] : mention["end"]] == mention["surface"]
        assert mention["surface"] in mention["sentence"]


def test_a_copy_never_hides_an_alert(tmp_path):
    wire = (
        " ".join(SENTENCES[4:])
        + " Nobody could say how long it would last, but spirits were high. "
    )
    items = [
        {"url": "https://one.example/1", "title": "Harvest", "text": wire, "first_seen": "2023-08-10T12:00:00Z"},
        {"url": "https://two.example/1", "title": "Harvest", "text": wire, "first_seen": "2023-08-10T12:01:00Z"},
        {"url": "https://three.example/1", "title": "Harvest", "text": wire + "ECOWAS praised it.", "first_seen": "2023-08-10T12:02:00Z"},
    ]  # fmt: skip
    files, _ = replayed(tmp_path, {"items.jsonl": lines_of(items)})
    (story,) = map(json.loads, files["stories"].splitlines())
    (alert,) = map(json.loads, files["alerts"].splitlines())
    assert (alert["subscription"], alert["story"]) == ("ecowas", story["id"])
    assert alert["url"] == "https://three.example/1"


def test_an_empty_folder_is_an_empty_result(tmp_path):
    files, counts = replayed(tmp_path, {})
    assert set(files.values()) == {b""}
    assert counts.came_in == 0
