"""Prism, built once from Go's module proxy: `make prism`.

The released binary, which Beam downloads by itself where it may reach the internet, is the same code but
for one line. While a bundle's results are there and the worker's answer is not, Prism 2.77 asks for ever
whether the results are there, on a whole core: a stream at rest used three times what it needs. The line
makes it wait. Where a later Prism has other code at that place, it is built as it is.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from pipelines.prism import BUILT, MODULE, TAG

GO_HERE = Path("/usr/local/go/bin")
"""Where Go's own installer puts it, on the path or not."""

ADVICE = (
    "Install Go 1.21 or newer (it fetches the version that it needs by itself), or let Beam"
    " download Prism: that needs the open internet and nothing else."
)


BUSY = Path("go/pkg/beam/runners/prism/internal/stage.go")
WAITS = "\t\tcase <-dataReady:\n\t\t\tdataFinished = true\n"
WAITS_ONCE = WAITS + "\t\t\tdataReady = nil\n"
"""In this file, a channel that is closed is taken out of the loop that waits for it."""


class CannotBuild(Exception):
    """Prism cannot be built; the message says what to do."""


def build(binary: Path, wanted: str) -> bool:
    """Build Prism of this version; return False where it is there already. Raises `CannotBuild`."""
    if binary.is_file() and f"-tags={TAG}{wanted}\n".encode() in binary.read_bytes():
        return False
    go = shutil.which("go") or shutil.which("go", path=str(GO_HERE))
    if go is None:
        raise CannotBuild(f"Prism is built by Go, and there is no `go` on the path. {ADVICE}")
    print(f"Building Prism {wanted} (some minutes, once) ...", file=sys.stderr, flush=True)
    folder = binary.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tocsin-prism-") as name:
        source = Path(name)
        _fetch(go, wanted, source)
        _mend(source)
        words = ["-tags", f"{TAG}{wanted}", "-o", str(folder / binary.name), "./go/cmd/prism"]
        _run([go, "build", *words], folder=source)
    return True


def _fetch(go: str, wanted: str, source: Path) -> None:
    """Copy what is needed of the module to a folder where it may be changed."""
    said = json.loads(_run([go, "mod", "download", "-json", f"{MODULE}@{wanted}"]))
    module = Path(said["Dir"])
    shutil.copytree(module / "go", source / "go", copy_function=shutil.copyfile)
    for each in ("go.mod", "go.sum"):
        shutil.copyfile(module / each, source / each)
    for folder in (source, *source.rglob("*/")):
        folder.chmod(0o755)  # modules are kept read-only


def _mend(source: Path) -> None:
    """Write the line, where the code is the one that needs it."""
    code = (source / BUSY).read_text(encoding="utf-8") if (source / BUSY).is_file() else ""
    if code.count(WAITS) == 1:
        (source / BUSY).write_text(code.replace(WAITS, WAITS_ONCE), encoding="utf-8")
    else:
        print("This Prism has other code where it waits: it is built as it is.", file=sys.stderr)


def _run(words: list[str], folder: Path | None = None) -> str:
    done = subprocess.run(
        words,
        cwd=folder,
        env=os.environ | {"GOFLAGS": "-modcacherw"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        told = done.stderr.strip() or done.stdout.strip()
        raise CannotBuild(f"Go cannot build Prism:\n{told}\n{ADVICE}")
    return done.stdout


def main() -> int:
    """Build Prism of the Beam that is installed, unless it is there."""
    parser = argparse.ArgumentParser(prog="python -m deploy.prism", description=__doc__)
    parser.add_argument("--into", type=Path, default=BUILT, help="path of the binary")
    given = parser.parse_args()
    wanted = f"v{version('apache-beam')}"
    try:
        is_new = build(given.into, wanted)
    except CannotBuild as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(f"{given.into} {'was built' if is_new else 'is there'}: Prism {wanted}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
