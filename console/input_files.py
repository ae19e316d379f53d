"""Many files through the sandbox to one line each: what `extract` and `parse-feed` have in common."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from console.paths import existing
from schemas import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One input: a file, or what stood on standard input. `problem` says why it is none."""

    name: str
    path: Path | None = None
    url: str = ""
    problem: str = ""

    def content(self) -> bytes:
        """Read it whole, unpacked where it is gzipped. Raises `Rejected`."""
        from connectors.seeds.streams import open_regular, whole

        if self.path is None:
            return whole(sys.stdin.buffer)
        try:
            with open_regular(self.path) as opened:
                return opened.whole()
        except OSError as error:
            raise Rejected("unreadable", f"cannot be read: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of a file: a line, or the problem that it was."""

    line: bytes = b""
    problem: str = ""


def input_files(
    names: Sequence[str], *, url: str = "", suffixes: tuple[str, ...] = ()
) -> list[InputFile]:
    """List the inputs in the order given; of a folder, the files with these suffixes, by name.

    Raises `NoSuchPath` for a missing file, `UsageError` for an address and for one `--url` with many
    files.
    """
    found: list[InputFile] = []
    for name in names:
        if name.lower().startswith(("http://", "https://")):
            raise click.UsageError(
                f"{name}: this command does not fetch. Save it first (curl -o FILE {name}),"
                f" then give FILE and --url {name}."
            )
        path = Path(name)
        if name == "-":
            found.append(InputFile(name="-", url=url))
        elif path.is_dir():
            found.extend(_in_folder(path, suffixes))
        else:
            found.append(InputFile(name=name, path=existing(path), url=url))
    if url and len(found) > 1:
        raise click.UsageError("--url names one file, and there are many")
    return found


def write_all(
    given: Sequence[InputFile],
    work: Callable[[InputFile], Written],
    *,
    noun: str,
    is_strict: bool,
) -> None:
    """Work on all files on all cores; lines to stdout in their order, problems to stderr.

    Exits 1 where nothing at all came out, or anything did not when it should.
    """
    from rich.console import Console
    from rich.progress import track

    from connectors.sandbox import shared_sandbox

    results: Iterator[Written] = shared_sandbox().map(work, given)
    screen = Console(stderr=True)
    is_shown = screen.is_terminal and not sys.stdout.isatty() and len(given) > 1
    shown = track(
        results, f"{noun}s", len(given), console=screen, disable=not is_shown, transient=True
    )
    problems = 0
    for result in shown:
        if result.problem:
            problems += 1
            click.echo(result.problem, err=True)
        else:
            sys.stdout.buffer.write(result.line + b"\n")
    sys.stdout.buffer.flush()
    if not given:
        click.echo(f"There is no {noun} here.", err=True)
    if problems:
        click.echo(f"{problems} of {len(given)} {noun}s gave nothing.", err=True)
    if (problems and (is_strict or problems == len(given))) or not given:
        raise click.exceptions.Exit(1)


def _in_folder(folder: Path, suffixes: tuple[str, ...]) -> Iterator[InputFile]:
    """List the files of a folder that have one of the suffixes, gzipped or not."""
    from connectors.seeds.folder import list_files

    for file in list_files([folder]).files:
        if file.name.lower().removesuffix(".gz").endswith(suffixes):
            yield InputFile(name=str(file.path), path=file.path)
