"""Runs a supervisor over roles that are lines of Python.

    python -m tests.console.supervised FOLDER MB NAME=CODE ...

MB is the memory that each may have, 0 for any; it is looked at ten times a second.
"""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from console import supervisor
from console.children import Child, Role
from console.run_folder import note_roles


def write(role: str, line: str) -> None:
    print(f"{role}: {line}", flush=True)


def note(folder: Path, children: Sequence[Child]) -> None:
    note_roles(
        folder,
        {each.role.name: each.pid for each in children},
        [each.role.name for each in children if each.halted],
    )


def main(folder: Path, most_mb: int, *roles: str) -> None:
    supervisor.LOOK_SECONDS = 0.1
    supervisor.LONGEST_STOP = 2.0 if most_mb else supervisor.LONGEST_STOP
    named = [each.partition("=") for each in roles]
    supervisor.Supervisor(
        [Role(name=name, command=(sys.executable, "-c", code)) for name, _, code in named],
        os.environ | {"PYTHONUNBUFFERED": "1"},
        write=write,
        most_memory=most_mb << 20,
        changed=partial(note, folder),
    ).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
