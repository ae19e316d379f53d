"""The summary of a replay, for people: the numbers, the actors, the stories with their sentence."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.cli.show import console, highlighted, moment, plural

if TYPE_CHECKING:
    from pipelines.replay import Counts
    from tocsin.summary import Summary

SKIPPED_SHOWN = 10
INDENT = " " * 5


def render(counts: "Counts", found: "Summary") -> None:
    """Print the whole summary."""
    screen = console()
    _numbers(screen, counts, found)
    _actors(screen, found)
    _subscriptions(screen, found)
    _top_stories(screen, found)
    _skipped(screen, counts)


def _numbers(screen: Console, counts: "Counts", found: "Summary") -> None:
    """Say where every record went."""
    screen.print(
        f"{plural(counts.came_in, 'record')} in = {plural(counts.out, 'article version')} out"
        f" + {plural(counts.duplicates, 'duplicate')} + {counts.rejected:,} rejected"
        f" + {plural(counts.dead_letters, 'dead letter')}",
    )
    screen.print(
        f"{plural(found.stories, 'story', 'stories')} with {plural(found.copies, 'copy', 'copies')};"
        f" {found.stories_with_mentions:,} {'names' if found.stories_with_mentions == 1 else 'name'}"
        " a watched actor"
        f" ({plural(counts.lines['mentions'], 'mention')},"
        f" {plural(counts.lines['near-misses'], 'near miss', 'near misses')})."
    )


def _actors(screen: Console, found: "Summary") -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Actor", "Stories", "Copies", "Mentions", "First seen", "Last seen"):
        table.add_column(heading, justify="right" if heading[0] in "SCM" else "left")
    for tally in found.actors:
        table.add_row(
            tally.name,
            f"{tally.stories:,}",
            f"{tally.copies:,}",
            f"{tally.mentions:,}",
            moment(tally.first_seen),
            moment(tally.last_seen),
        )
    screen.print()
    screen.print(table)


def _subscriptions(screen: Console, found: "Summary") -> None:
    if not found.subscriptions:
        screen.print("\nNo subscription would have rung.")
        return
    screen.print("\nWould have rung (a replay sends nothing):", style="bold")
    for tally in found.subscriptions:
        note = f", {tally.backfill:,} of them backfill" if tally.backfill else ""
        screen.print(f"  {tally.subscription}: {plural(tally.alerts, 'alert')}{note}")


def _top_stories(screen: Console, found: "Summary") -> None:
    if not found.top:
        return
    screen.print("\nTop stories:", style="bold")
    for number, story in enumerate(found.top, start=1):
        screen.print(Text(f"{number:3}. {story.title or '(no title)'}", style="bold"))
        where = f"{story.publisher or 'unknown publisher'}, {moment(story.first_seen)}"
        if story.copies:
            copies = plural(story.copies, "copy", "copies")
            where += f", {copies} at {plural(story.publishers, 'publisher')}"
        screen.print(Text(f"     {where}", style="dim"))
        for proof in story.proofs:
            said = Text(f"{proof.actor}: “", style="dim")
            said.append_text(highlighted(proof.sentence, proof.surface)).append("”")
            for line in said.wrap(screen, screen.width - len(INDENT)):
                line.rstrip()
                screen.print(Text(INDENT).append_text(line))


def _skipped(screen: Console, counts: "Counts") -> None:
    if not counts.skipped:
        return
    screen.print(f"\n{plural(len(counts.skipped), 'file')} skipped:", style="bold")
    for each in counts.skipped[:SKIPPED_SHOWN]:
        screen.print(Text(f"  {each.name}: {each.reason}"))
    if len(counts.skipped) > SKIPPED_SHOWN:
        screen.print(f"  ... and {len(counts.skipped) - SKIPPED_SHOWN:,} more (see summary.json)")
