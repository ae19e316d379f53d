"""Prism, built once from Go's module proxy: `make prism`.

The released binary is the same code; Beam downloads it by itself where it may reach the internet.
"""

import argparse
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from pipelines.prism import BUILT, MODULE, version_of

GO_HERE = Path("/usr/local/go/bin")
"""Where Go's own installer puts it, on the path or not."""

ADVICE = (
    "Install Go 1.21 or newer (it fetches the version that it needs by itself), or let Beam"
    " download Prism: that needs the open internet and nothing else."
)


class CannotBuild(Exception):
    """Prism cannot be built; the message says what to do."""


def build(binary: Path, wanted: str) -> bool:
    """Build Prism of this version; return False where it is there already. Raises `CannotBuild`."""
    if binary.is_file() and version_of(binary) == wanted:
        return False
    go = shutil.which("go") or shutil.which("go", path=str(GO_HERE))
    if go is None:
        raise CannotBuild(f"Prism is built by Go, and there is no `go` on the path. {ADVICE}")
    print(f"Building Prism {wanted} (some minutes, once) ...", file=sys.stderr, flush=True)
    folder = binary.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    built = subprocess.run(
        [go, "install", f"{MODULE}/go/cmd/prism@{wanted}"],
        env=os.environ | {"GOBIN": str(folder), "GOFLAGS": "-modcacherw"},
        capture_output=True,
        text=True,
    )
    if built.returncode:
        raise CannotBuild(f"Go cannot build Prism:\n{built.stderr.strip()}\n{ADVICE}")
    return True


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
