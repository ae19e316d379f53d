"""The seed folder: any tree of files becomes lines of JSON that `tocsin.articles.read` understands.

The order is that of the names. What is no input is listed with the reason; what cannot be read is
a dead letter; no file is passed over in silence.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.seeds.feeds import read_feed_file
from connectors.seeds.found import Found, letter
from connectors.seeds.jsonlines import read_json, read_lines
from connectors.seeds.kinds import Kind, binary, by_name, settle
from connectors.seeds.pages import read_page
from connectors.seeds.streams import Opened, chunks, open_regular
from connectors.seeds.texts import read_markdown_file, read_text
from connectors.seeds.warc import read_warc
from schemas import DeadLetter, InvalidSetting, Rejected, Skipped
from schemas.dead_letter import original


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedFile:
    """A file to be read: `name` is its path below the folder that was given, `size` in bytes."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a folder holds: the files to read, sorted by name, and what is no input."""

    files: tuple[SeedFile, ...]
    skipped: tuple[Skipped, ...]


ABOUT = ("readme", "license", "licence", "copying", "notice", "contributing", "changelog")
"""Names, without suffix, of files that speak about a folder and are none of its articles."""

READERS: Mapping[Kind, Callable[[Opened, str], Iterator[Found]]] = {
    Kind.LINES: lambda opened, name: read_lines(opened.stream, name),
    Kind.JSON: lambda opened, name: read_json(opened.stream, name),
    Kind.TEXT: read_text,
    Kind.MARKDOWN: read_markdown_file,
    Kind.HTML: read_page,
    Kind.FEED: read_feed_file,
    Kind.WARC: read_warc,
}
"""How each kind of file is read."""


def list_files(paths: Sequence[Path], *, results: Path | None = None) -> Listing:
    """List what lies under each path, in the order of the names. Opens nothing but files.

    The folder `results` is what a run before this one wrote, and never read. Raises `InvalidSetting` for a path that does not exist.
    """
    found: list[SeedFile | Skipped] = []
    for path in paths:
        if not path.exists():
            raise InvalidSetting(f"{path}: no such file or folder")
        if path.is_dir():
            found.extend(_walk(path, results))
        else:
            found.append(_look(path, _shown(path.name)))
    found.sort(key=lambda each: each.name)
    return Listing(
        files=tuple(each for each in found if isinstance(each, SeedFile)),
        skipped=tuple(each for each in found if isinstance(each, Skipped)),
    )


def read_file(file: SeedFile) -> Iterator[Found]:
    """Yield the records of a file, its dead letters, or the reason why it is no input.

    A damaged gzip file yields what can be read of it and then a dead letter.
    """
    try:
        with open_regular(file.path) as opened:
            yield from _read_opened(opened, file)
            if opened.problem:
                yield _letter(file, Rejected("damaged-gzip", opened.problem))
    except Rejected as error:
        yield _letter(file, error)
    except OSError as error:
        yield Skipped(name=file.name, reason=f"cannot be read: {error.strerror or error}")


def kind_of(file: SeedFile) -> Kind | None:
    """Look what kind of input a file is; `None` for none, or where it cannot be read."""
    try:
        with open_regular(file.path) as opened:
            return settle(file.name, opened.head())
    except (OSError, Rejected):
        return None


def _read_opened(opened: Opened, file: SeedFile) -> Iterator[Found]:
    head = opened.head()
    kind = settle(file.name, head)
    called = binary(head) if kind is not Kind.WARC else ""
    if called or kind is None:
        yield Skipped(name=file.name, reason=f"holds {called or 'nothing known'}")
    elif not head:
        if not opened.problem:
            yield Skipped(name=file.name, reason="empty")
    else:
        yield from READERS[kind](opened, file.name)


def _letter(file: SeedFile, error: Rejected) -> DeadLetter:
    """Make the dead letter of a whole file, of its bytes as they lie on disk."""
    with file.path.open("rb") as stream:
        return letter(error, original(chunks(stream)), file.name)


def _walk(top: Path, results: Path | None) -> Iterator[SeedFile | Skipped]:
    """Look at everything below a folder. Links to folders are not followed, so there is no loop."""
    waiting = [(top, "")]
    while waiting:
        folder, prefix = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = [(each.name, each.is_dir(follow_symlinks=False)) for each in entries]
        except OSError as error:
            name = _shown(prefix or folder.name)
            yield Skipped(name=name, reason=f"cannot be listed: {error.strerror}")
            continue
        for name, is_folder in found:
            shown = _shown(prefix + name)
            if name.startswith("."):
                yield Skipped(name=shown, reason="hidden")
            elif name.partition(".")[0].casefold() in ABOUT:
                yield Skipped(name=shown, reason="is about the folder")
            elif is_folder and results and _is_same(folder / name, results):
                yield Skipped(name=shown, reason="is where the results go")
            elif is_folder:
                waiting.append((folder / name, f"{prefix}{name}/"))
            else:
                yield _look(folder / name, shown)


def _is_same(one: Path, other: Path) -> bool:
    """Tell whether two paths are of one folder; a path that is not there is of none."""
    return other.exists() and one.samefile(other)


def _look(path: Path, name: str) -> SeedFile | Skipped:
    """Say whether one path is a file to be read."""
    try:
        status = path.stat()
    except OSError as error:
        return Skipped(name=name, reason=f"cannot be read: {error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return Skipped(name=name, reason=f"is {_called(status.st_mode)}")
    if not os.access(path, os.R_OK):
        return Skipped(name=name, reason="cannot be read: permission denied")
    if by_name(name) is None and not _holds_something(path, name):
        return Skipped(name=name, reason="neither its name nor its first bytes say what it is")
    return SeedFile(path=path, name=name, size=status.st_size)


def _holds_something(path: Path, name: str) -> bool:
    """Tell whether the first bytes of a file without a known suffix say what it is."""
    try:
        with open_regular(path) as opened:
            return settle(name, opened.head()) is not None
    except (OSError, Rejected):
        return False


def _called(mode: int) -> str:
    """Name what is no regular file."""
    if stat.S_ISDIR(mode):
        return "a link to a folder, which is not followed"
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def _shown(name: str) -> str:
    """Make a name that can be written as UTF-8, whatever bytes it has on disk."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
