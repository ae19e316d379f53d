"""Prism, Beam's portable streaming runner: where its binary is, and which version it is.

`make prism` builds it; where there is none, Beam downloads the one of its own release.
"""

import mmap
import re
import shlex
import tempfile
from pathlib import Path

from pipelines import launcher
from schemas import InvalidSetting

MODULE = "github.com/apache/beam/sdks/v2"
"""The Go module that holds it, of the same versions as Beam."""

BUILT = Path(".tools/prism")
"""Where `make prism` puts it, in the working folder or the checkout."""

DOWNLOADED = Path(".apache_beam/cache/prism/bin")
"""Where Beam keeps what it downloaded, in the home folder."""

TAG = "tocsin_"
"""Begins the build tag that names the version of a Prism that `make prism` built."""

_VERSION = rb"(v[0-9][0-9A-Za-z.\-+]*)[\t\n]"
_VERSIONS = re.compile(
    rb"mod\t"
    + re.escape(MODULE.encode())
    + rb"\t"
    + _VERSION
    + rb"|build\t-tags="
    + TAG.encode()
    + _VERSION
)


def find_prism(given: str) -> str:
    """Give the path of Prism's binary: the one given, else the one built here, else `''`.

    With `''` Beam downloads the one of its release. Raises `InvalidSetting` where what was given is
    no file.
    """
    if given:
        if not Path(given).is_file():
            raise InvalidSetting(
                f"no Prism at {given}",
                hint="Build it with: make prism; or name its binary by --prism-location.",
            )
        return given
    for folder in (Path.cwd(), Path(__file__).parents[1]):
        if (folder / BUILT).is_file():
            return str(folder / BUILT)
    return ""


def tied(binary: str) -> str:
    """Give a program that becomes this Prism and ends when this process does, however that ends.

    Beam starts it and leaves it behind when it is killed itself. The program is good for one start: it
    removes itself.
    """
    folder = Path(tempfile.mkdtemp(prefix="tocsin-prism-"))
    words = launcher.tied(str(Path(binary).absolute()))
    script = folder / "prism"
    script.write_text(
        f'#!/bin/sh\nrm -rf {shlex.quote(str(folder))}\nexec {shlex.join(words)} "$@"\n'
    )
    script.chmod(0o700)
    return str(script)


def version_of(binary: Path) -> str:
    """Read the version, such as `v2.77.0`, that Go wrote into a binary; `''` where there is none."""
    try:
        with (
            binary.open("rb") as opened,
            mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as content,
        ):
            found = _VERSIONS.search(content)
            return (found[1] or found[2]).decode() if found else ""
    except ValueError:  # an empty file
        return ""
