"""`tocsin dead-letters`: what could not be processed, and the way back."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from console.ids import BEGINNING
from console.times import INSTANT
from schemas import TocsinError

if TYPE_CHECKING:
    from connectors.dead_letters import Found, Way
    from schemas import DeadLetter

SHOWN = 12
"""Characters of an id in the list; any beginning that no other id shares is enough."""

REDRIVE_EXAMPLE = """\b
Examples:
  tocsin dead-letters redrive 8f3a19c2
  tocsin dead-letters redrive --stage decode --code invalid-json --dry-run
"""

_stage = click.option("--stage", default="", metavar="NAME", help="Only those of this stage.")
_code = click.option("--code", default="", metavar="NAME", help="Only those with this code.")


@click.group()
def command() -> None:
    """List and show what could not be processed, and send it in again."""


@command.command("list", epilog="\b\nExample:\n  tocsin dead-letters list --stage decode")
@_stage
@_code
@click.option(
    "--since", type=INSTANT, metavar="T", help="Only those that came in at T (RFC 3339) or later."
)
@click.option("--json", "as_json", is_flag=True, help="Print one dead letter a line, as JSON.")
def list_(stage: str, code: str, since: datetime | None, as_json: bool) -> None:
    """List the dead letters of the topic, each once, the newest last."""
    letters = _chosen(_found(since), stage=stage, code=code)
    for each in letters:
        click.echo(json.dumps(_row(each), ensure_ascii=False) if as_json else _line(each))
    click.echo(_sum(letters), err=True)


@command.command("show", epilog="\b\nExample:\n  tocsin dead-letters show 8f3a19c2")
@click.argument("id", type=BEGINNING)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(id: str, as_json: bool) -> None:
    """Show a dead letter: why, where it lay, its bytes, and whether it can be sent in again.

    ID is an id, or the beginning of one that no other dead letter shares.
    """
    from connectors.dead_letters import content_of, read_letters, way_back
    from console.sources import in_force

    kafka = in_force().kafka
    (found,) = _named((id,), _found(None))
    letter = next(read_letters(kafka, [found]))
    content, is_whole = content_of(letter)
    refusal = way_back(kafka, letter).refusal
    told = {
        **_row(found),
        "bytes": len(content),
        "is_whole": is_whole,
        "text": readable(content),
        "refusal": refusal,
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for name in ("id", "stage", "code", "reason", "origin", "first_seen", "attempts"):
        if told[name] not in ("", 0):
            click.echo(f"{name.replace('_', ' '):11} {readable(str(told[name]).encode())}")
    written = f", written {found.written}x" if found.written > found.count else ""
    click.echo(f"{'came in':11} {found.count}x, last at {told['last']}{written}")
    way = f"not possible: {refusal}" if refusal else f"tocsin dead-letters redrive {letter.id}"
    click.echo(f"{'redrive':11} {way}")
    click.echo(f"{'bytes':11} {len(content)}{'' if is_whole else ', only the beginning'}:\n")
    click.echo(told["text"])


@command.command("redrive", epilog=REDRIVE_EXAMPLE)
@click.argument("ids", nargs=-1, type=BEGINNING, metavar="[ID]...")
@_stage
@_code
@click.option("--all", "everything", is_flag=True, help="All there are.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one dead letter a line, as JSON.")
def redrive(
    ids: tuple[str, ...], stage: str, code: str, everything: bool, dry_run: bool, as_json: bool
) -> None:
    """Send dead letters in again, once their cause is mended: the same bytes, so the same ids.

    What failed goes back into the topic of articles. Doing so twice adds nothing. What a connector
    refused was never there: it is refused with what to do instead. Exit 1 when any was refused.
    """
    from connectors import dead_letters
    from connectors.kafka import Producer
    from console.sources import in_force

    if not (ids or stage or code or everything):
        raise click.UsageError("name ids, --stage or --code, or say --all")
    kafka = in_force().kafka
    found = _found(None)
    chosen = _chosen(_named(ids, found) if ids else found, stage=stage, code=code)
    done: Counter[bool] = Counter()
    with Producer(kafka) as producer:
        for way in dead_letters.redrive(kafka, producer, chosen, dry=dry_run):
            done[way.message is not None] += 1
            click.echo(_told(way, as_json=as_json, dry=dry_run))
    verb = "would be sent in again" if dry_run else "sent in again"
    click.echo(f"{done[True]} {verb}, {done[False]} refused.", err=True)
    if done[False]:
        raise SystemExit(1)


def readable(content: bytes) -> str:
    """Write bytes as text; what is none, or would command a terminal, as its number."""
    text = content.decode("utf-8", "backslashreplace")
    return "".join(
        each if each.isprintable() or each in "\n\t" else each.encode("unicode_escape").decode()
        for each in text
    )


def _found(since: datetime | None) -> "list[Found]":
    from connectors.dead_letters import find_letters
    from console.sources import in_force

    return find_letters(in_force().kafka, since)


def _chosen(letters: "Iterable[Found]", *, stage: str, code: str) -> "list[Found]":
    return [
        each
        for each in letters
        if stage in ("", each.letter.stage) and code in ("", each.letter.code)
    ]


def _named(ids: Sequence[str], letters: "Sequence[Found]") -> "list[Found]":
    """Find the one letter that each id, or its beginning, means."""
    wanted = []
    for id in ids:
        several = [each for each in letters if each.letter.id.startswith(id)]
        if not several:
            raise TocsinError(
                f"There is no dead letter {id}.", hint="See: tocsin dead-letters list"
            )
        if len(several) > 1:
            shown = ", ".join(each.letter.id for each in several[:6])
            raise TocsinError(f"{id} is the beginning of several ids.", hint=f"Say more: {shown}")
        wanted += several
    return wanted


def _row(found: "Found") -> dict[str, Any]:
    """Say what is known of a letter without its bytes."""
    letter = found.letter
    return {
        "id": letter.id,
        "stage": letter.stage,
        "code": letter.code,
        "reason": letter.reason,
        "origin": letter.origin,
        "first_seen": _moment(letter),
        "attempts": letter.attempts,
        "count": found.count,
        "written": found.written,
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "partition": found.place[0],
        "offset": found.place[1],
    }


def _moment(letter: "DeadLetter") -> str:
    from schemas import EPOCH

    return "" if letter.first_seen == EPOCH else letter.first_seen.isoformat()


def _line(found: "Found") -> str:
    """Say in one line what a letter is."""
    from console.cli.show import moment

    letter = found.letter
    times = f" {found.count}x" if found.count > 1 else ""
    what = f"{letter.stage}/{letter.code}{times}"
    reason = readable(f"{letter.origin}: {letter.reason}".removeprefix(": ").encode())
    return f"{letter.id[:SHOWN]}  {moment(found.last)}  {what:24}  {' '.join(reason.split())}"


def _sum(letters: "Sequence[Found]") -> str:
    """Count letters by stage and code."""
    from console.cli.show import plural

    counted = Counter((each.letter.stage, each.letter.code) for each in letters)
    parts = [f"{number:,} {stage}/{code}" for (stage, code), number in sorted(counted.items())]
    return f"{plural(len(letters), 'dead letter')}{': ' if parts else ''}{', '.join(parts)}."


def _told(way: "Way", *, as_json: bool, dry: bool) -> str:
    """Say what became of a letter."""
    letter, message = way.letter, way.message
    if as_json:
        row = {"id": letter.id, "stage": letter.stage, "code": letter.code}
        row |= {"key": message.key if message else "", "refusal": way.refusal}
        return json.dumps(row, ensure_ascii=False)
    shown = f"{letter.id[:SHOWN]}  {letter.stage}/{letter.code}"
    if message is None:
        return f"{shown}  refused: {readable(way.refusal.encode())}"
    verb = "would go" if dry else "went"
    return f"{shown}  {verb} to {message.topic} under {message.key}"
