"""Runs a supervisor over roles that are lines of Python: `python -m tests.console.supervised FOLDER NAME=CODE ...`."""

import os
import sys
from pathlib import Path

from console.children import Role
from console.run_folder import note_roles
from console.supervisor import Supervisor


def write(role: str, line: str) -> None:
    print(f"{role}: {line}", flush=True)


def main(folder: Path, *roles: str) -> None:
    named = [each.partition("=") for each in roles]
    Supervisor(
        [Role(name=name, command=(sys.executable, "-c", code)) for name, _, code in named],
        os.environ | {"PYTHONUNBUFFERED": "1"},
        write=write,
        changed=lambda all: note_roles(folder, {each.role.name: each.pid for each in all}),
    ).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
