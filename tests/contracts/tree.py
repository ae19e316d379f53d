"""What is in the repository, for the contracts that hold for all of it."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "tocsin", "store", "connectors", "pipelines", "console")
IGNORED = {".venv", ".tools", ".git", "build", "dist", "out", "__pycache__"}


@cache
def files() -> tuple[Path, ...]:
    """Name every file of the repository, relative to its root; in a checkout only tracked ones."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        )
        found = [Path(name) for name in listed.stdout.split("\0") if name]
        return tuple(path for path in found if (ROOT / path).is_file())
    walked = (path.relative_to(ROOT) for path in sorted(ROOT.rglob("*")) if path.is_file())
    return tuple(path for path in walked if not IGNORED.intersection(path.parts))


def sources(*packages: str) -> tuple[Path, ...]:
    """Name the Python files of these packages."""
    return tuple(p for p in files() if p.suffix == ".py" and p.parts[0] in packages)
