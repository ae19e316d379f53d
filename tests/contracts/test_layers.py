import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.tree import PACKAGES, ROOT, sources

LONGEST_MODULE = 400
IMPURE_CALLS = {"open", "print", "input", "hash", "id", "exec", "eval", "vars", "globals"}
IMPURE_ATTRIBUTES = {"now", "utcnow", "today", "getenv", "environ", "urandom", "uuid4", "uuid1"}


def impurities(source: str) -> list[str]:
    """Name the calls that depend on anything but their arguments, or tell the world."""
    tree = ast.parse(source)
    own_hashes = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef) and outer.name == "__hash__"
        for inner in ast.walk(outer)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in IMPURE_CALLS and id(node) not in own_hashes:
                found.append(f"line {node.lineno}: {node.func.id}()")
        elif isinstance(node, ast.Attribute) and node.attr in IMPURE_ATTRIBUTES:
            found.append(f"line {node.lineno}: .{node.attr}")
    return found


def test_packages_import_only_what_lies_below_them() -> None:
    linted = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("path", sources("schemas", "tocsin"), ids=str)
def test_the_core_reads_no_clock_no_disk_and_no_environment(path: Path) -> None:
    assert impurities((ROOT / path).read_text(encoding="utf-8")) == []


def test_a_class_may_say_how_it_is_hashed() -> None:
    assert impurities("class A:\n    def __hash__(self): return hash(self.name)") == []


@pytest.mark.parametrize(
    "line", ["datetime.now(UTC)", "x = hash(text)", "open(path)", "os.environ['HOME']"]
)
def test_what_the_check_of_purity_looks_for_is_found(line: str) -> None:
    assert impurities(line)


def test_no_module_outgrows_a_reader() -> None:
    lengths = {
        str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in sources(*PACKAGES)
    }
    assert {path: n for path, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path)
        for path in sources(*PACKAGES)
        if (text := (ROOT / path).read_text(encoding="utf-8")).strip()
        and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_no_module_is_named_for_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [path for path in sources(*PACKAGES) if path.stem in vague] == []
