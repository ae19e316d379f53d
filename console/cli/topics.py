"""`tocsin topics`: Kafka's topics, made and compared with what they should be."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from connectors.topics import TopicState


@click.group()
def command() -> None:
    """Make Kafka's topics, and check them."""


@command.command(epilog="\b\nExample:\n  tocsin topics create")
@click.option("--json", "as_json", is_flag=True, help="Print what the topics are as JSON.")
def create(as_json: bool) -> None:
    """Make the topics that are missing; exit 1 when one is not as it should be.

    Topics that are there already are never changed.
    """
    from connectors.topics import create_topics
    from console.sources import in_force

    _tell(create_topics(in_force().kafka), as_json)


@command.command(epilog="\b\nExample:\n  tocsin topics check --json")
@click.option("--json", "as_json", is_flag=True, help="Print what the topics are as JSON.")
def check(as_json: bool) -> None:
    """Compare the topics with what they should be; exit 1 when one is missing or differs."""
    from connectors.topics import check_topics
    from console.sources import in_force

    _tell(check_topics(in_force().kafka), as_json)


def _tell(found: "Sequence[TopicState]", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
    else:
        for each in found:
            click.echo(f"{each.name:24} {in_words(each)}")
    missing = sum(not each.exists for each in found)
    if missing:
        click.echo(f"{missing} missing. Make them with: tocsin topics create", err=True)
    if not all(each.is_right for each in found):
        raise SystemExit(1)


def in_words(state: "TopicState") -> str:
    """Say on one line what a topic is."""
    if not state.exists:
        return "is missing"
    first = "was made" if state.created else "is there"
    copies = "1 copy" if state.copies == 1 else f"{state.copies} copies"
    if state.differences:
        return "; ".join((first, *state.differences))
    return f"{first}: {state.partitions} partitions, {copies}"
