import json
from pathlib import Path

import pytest

from schemas import encode, jsonschema
from schemas.jsonschema import FOLDER, RECORDS, files, schema_of
from schemas.topics import TOPICS
from tests.schemas.records import ONE_OF_EACH


def test_every_record_that_has_a_topic_has_a_schema() -> None:
    assert {each.record for each in TOPICS} <= set(RECORDS.values())


@pytest.mark.parametrize("name", RECORDS)
def test_the_checked_in_schema_is_current(name: str) -> None:
    file = f"{name}.v1.json"
    assert (FOLDER / file).read_text(encoding="utf-8") == files()[file], "run `make schemas`"


@pytest.mark.parametrize("name", RECORDS)
def test_a_schema_names_every_key_that_is_written(name: str) -> None:
    schema = schema_of(name)
    described = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    assert set(described["properties"]) == set(json.loads(encode(ONE_OF_EACH[name])))


def test_descriptions_carry_no_indentation_of_source_code() -> None:
    assert "\n    " not in schema_of("article")["$defs"]["Article"]["description"]


def test_schemas_allow_keys_that_they_do_not_know() -> None:
    assert not [name for name in RECORDS if "additionalProperties" in json.dumps(schema_of(name))]


def test_writing_the_schemas_removes_none_that_was_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "article.v0.json").write_text("{}")
    monkeypatch.setattr(jsonschema, "FOLDER", tmp_path)
    jsonschema.main()
    assert {path.name for path in tmp_path.iterdir()} == {"article.v0.json", *files()}
    assert json.loads((tmp_path / "alert.v1.json").read_text()) == schema_of("alert")
