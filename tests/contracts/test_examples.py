"""What the documents give as examples is accepted by the program."""

import json
import re
from pathlib import Path

import pytest

from schemas import Via
from tests.contracts.tree import ROOT, files
from tocsin import articles, channels, subscriptions, watchlists
from tocsin.query.parse import parse as parse_query

Block = tuple[Path, str]


def blocks(language: str, part: str) -> list[Block]:
    """Find the blocks of code in one language, in all documents, that hold `part`."""
    found = []
    for path in files():
        if path.suffix == ".md":
            text = (ROOT / path).read_text(encoding="utf-8")
            pattern = rf"^```{language}\n(.*?)^```"
            found += [
                (path, block)
                for block in re.findall(pattern, text, re.DOTALL | re.MULTILINE)
                if part in block
            ]
    return found


def lists() -> list[Block]:
    return blocks("toml", "[[actor]]")


def wanted() -> list[Block]:
    return blocks("toml", "[[subscription]]")


def test_the_documents_show_at_least_one_of_each() -> None:
    assert lists()
    assert wanted()
    assert blocks("toml", "[[channel]]")
    assert queries()
    assert blocks("json", '"title"')


@pytest.mark.parametrize(("path", "block"), lists())
def test_a_watch_list_in_a_document_is_valid(path: Path, block: str) -> None:
    assert watchlists.parse(block, file=str(path)).actors


@pytest.mark.parametrize(("path", "block"), wanted())
def test_a_subscription_in_a_document_is_valid(path: Path, block: str) -> None:
    for each in subscriptions.parse(block, file=str(path)):
        parse_query(each.query)


@pytest.mark.parametrize(("path", "block"), blocks("toml", "[[channel]]"))
def test_channels_in_a_document_are_valid(path: Path, block: str) -> None:
    assert channels.parse(block, file=str(path), target_fault=channels.url_fault)


def queries() -> list[str]:
    """Take the lines of the query table: the query, two spaces or more, what it means."""
    (block,) = [text for _, text in blocks("text", "copies>3")][:1]
    return [re.split(r"\s{2,}", line)[0] for line in block.splitlines()]


@pytest.mark.parametrize("query", queries())
def test_a_query_in_a_document_parses(query: str) -> None:
    assert parse_query(query)


@pytest.mark.parametrize(("path", "block"), blocks("json", '"title"'))
def test_a_record_in_a_document_is_an_article(path: Path, block: str) -> None:
    line = json.dumps(json.loads(block)).encode()
    assert articles.read(line, default_via=Via.API).title
