"""JSON Schemas of the records, generated from their classes: `python -m schemas.jsonschema`.

The files under `schemas/json/` are checked in, so that a changed contract shows in a review.
"""

import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from schemas.alert import Alert
from schemas.article import Article
from schemas.dead_letter import DeadLetter
from schemas.entity import Entity, Mention, NearMiss
from schemas.feed import ParsedFeed
from schemas.story import Story

FOLDER = Path(__file__).parent / "json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAJOR = 1

RECORDS: Mapping[str, type] = {
    "article": Article,
    "story": Story,
    "entity": Entity,
    "mention": Mention,
    "near-miss": NearMiss,
    "alert": Alert,
    "dead-letter": DeadLetter,
    "parsed-feed": ParsedFeed,
}
"""Every record that leaves Tocsin, by the name of its schema."""


def schema_of(name: str) -> dict[str, Any]:
    """Describe one record as JSON Schema. Unknown keys are allowed, because readers ignore them."""
    described = msgspec.json.schema(RECORDS[name])
    return {
        "$schema": DIALECT,
        "$id": f"urn:tocsin:{name}:v{MAJOR}",
        "title": f"tocsin.{name}.v{MAJOR}",
        **tidy(described),
    }


def tidy(node: Any) -> Any:
    """Take the indentation of source code out of the descriptions, which are docstrings."""
    if isinstance(node, dict):
        return {
            key: inspect.cleandoc(value)
            if key == "description" and isinstance(value, str)
            else tidy(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [tidy(each) for each in node]
    return node


def files() -> dict[str, str]:
    """Make the text of every schema file, by file name."""
    return {
        f"{name}.v{MAJOR}.json": json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n"
        for name in RECORDS
    }


def main() -> None:
    """Write the schema files, and remove none: a published schema stays readable."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    sys.stderr.write(f"{len(RECORDS)} schemas in {FOLDER}\n")


if __name__ == "__main__":
    main()
