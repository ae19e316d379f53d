import re
from pathlib import Path

import pytest

from tests.contracts.test_command_line import check_usage
from tests.contracts.tree import ROOT, files

DOCUMENTS = tuple(path for path in files() if path.suffix == ".md")

# Put together, so that this file does not hold what it looks for.
HOSTS = tuple(
    "".join(parts)
    for parts in (
        ("pyp", "i.org"),
        ("python", "hosted.org"),
        ("proxy.gol", "ang.org"),
        ("registry.npm", "js"),
        ("crat", "es.io"),
        ("repo.maven", ".apache"),
        ("conda.ana", "conda"),
    )
)
MACHINE_PATHS = tuple(
    "".join(parts) for parts in (("/wo", "rk/"), ("/ro", "ot/"), ("/tmp/", "lab"), ("/ho", "me/"))
)


def text_of(path: Path) -> str:
    return (ROOT / path).read_bytes().decode("utf-8", errors="replace")


def told_commands(text: str) -> list[str]:
    """Find the command lines in blocks of code and in `inline code`."""
    blocks = re.findall(r"```(?:sh|console|bash|text)?\n(.*?)```", text, re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(tocsin [^`]+)`", text)
    return [line for line in lines if line.startswith("tocsin ")]


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_the_host_of_a_registry(host: str) -> None:
    assert [str(path) for path in files() if host in text_of(path)] == []


@pytest.mark.parametrize("start", MACHINE_PATHS)
def test_no_file_names_a_path_of_the_machine_it_was_written_on(start: str) -> None:
    # Not within an address: a page of a site may be called so.
    place = re.compile(r"(?<![\w.\-/])" + re.escape(start))
    assert [str(path) for path in files() if place.search(text_of(path))] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_command_in_a_document_exists_with_its_options(path: Path) -> None:
    for line in told_commands(text_of(path)):
        check_usage(line)


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_link_in_a_document_leads_somewhere(path: Path) -> None:
    prose = re.sub(r"```.*?```", "", text_of(path), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)", prose)
    local = [target for target in targets if "://" not in target and "mailto:" not in target]
    assert [t for t in local if not (ROOT / path.parent / t).exists()] == []


def test_commands_are_found_in_blocks_and_in_sentences() -> None:
    text = "Say `tocsin doctor`.\n```sh\n$ tocsin replay seeds/\nother\n```\n"
    assert told_commands(text) == ["tocsin replay seeds/", "tocsin doctor"]


def test_no_line_ends_in_spaces_and_every_file_ends_with_its_line() -> None:
    for path in files():
        if path.parts[0] in {"seeds", "tests"} or not text_of(path):
            continue
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".lark"}:
            text = text_of(path)
            assert text.endswith("\n"), path
            assert not re.search(r"[ \t]+$", text, re.MULTILINE), path
