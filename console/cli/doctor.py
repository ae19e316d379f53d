"""`tocsin doctor`: is everything there that Tocsin needs, and how is it mended."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from console import channel_checks, topology_checks
from console.findings import Finding, State
from console.paths import NoSuchPath
from schemas import InvalidSetting, QueryError, Unavailable

if TYPE_CHECKING:
    from connectors.topics import TopicState

FREE_BYTES_WANTED = 2 << 30
"""A replay keeps what it reads on disk twice while it runs."""


def python() -> Finding:
    """Check for Python 3.11 or later."""
    found = ".".join(map(str, sys.version_info[:3]))
    state = State.OK if sys.version_info >= (3, 11) else State.FAIL
    return Finding("Python", state, found, "" if state is State.OK else "Install Python 3.11.")


def beam() -> Finding:
    """Check for the release line of Beam that the graph was tested with."""
    from importlib.metadata import version

    found = version("apache-beam")
    if found.startswith("2.77."):
        return Finding("Apache Beam", State.OK, found)
    return Finding("Apache Beam", State.WARN, found, "Install from requirements.lock: make setup.")


def models() -> Finding:
    """Check for the entity models."""
    from console.logs import quiet_beam

    quiet_beam()
    from pipelines.models import missing_models, recogniser

    missing = missing_models()
    if missing:
        remedy = "pip install 'tocsin[models]', or replay with --no-entities."
        return Finding("Entity models", State.WARN, f"missing: {', '.join(missing)}", remedy)
    return Finding("Entity models", State.OK, recogniser(enabled=True).name)


def rules() -> Finding:
    """Check that the watch lists and subscriptions which `tocsin run` would load are valid."""
    from console.cli.rules import files_of
    from console.sources import in_force

    try:
        found = files_of(in_force()).load()
    except (InvalidSetting, QueryError, NoSuchPath) as error:
        said = "; ".join(str(error).splitlines())
        return Finding(
            "Rules", State.FAIL, said, "Mend it there: until then the rules that held before hold."
        )
    actors = sum(len(each.actors) for each in found.watch_lists)
    return Finding(
        "Rules", State.OK, f"{actors} actors, {len(found.subscriptions)} subscriptions: {found.id}"
    )


def parsers() -> Finding:
    """Check for XML parsers that withstand entity bombs."""
    import pyexpat

    from lxml import etree

    expat = pyexpat.EXPAT_VERSION
    found = f"{expat}, libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}"
    if pyexpat.version_info >= (2, 4, 1) and etree.LIBXML_VERSION >= (2, 11, 0):
        return Finding("XML parsers", State.OK, found)
    return Finding("XML parsers", State.FAIL, found, "Upgrade: older ones fall to entity bombs.")


def sandbox() -> Finding:
    """Check that a child process can read untrusted bytes."""
    from connectors.sandbox import Sandbox
    from tocsin.feeds import parse

    with Sandbox(size=1) as children:
        children.call(parse, b"<rss version='2.0'><channel><title>A feed</title></channel></rss>")
    return Finding("Sandbox", State.OK, "a killable child parses")


def disk() -> Finding:
    """Check for room for a replay's working files."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    found = f"{free / 2**30:.1f} GiB free in {folder}"
    if free >= FREE_BYTES_WANTED:
        return Finding("Disk", State.OK, found)
    return Finding("Disk", State.WARN, found, "Set TMPDIR to a larger disk.")


def java() -> Finding:
    """Look for Java, which a local Kafka or Flink needs and a replay does not."""
    found = shutil.which("java")
    if found:
        return Finding("Java", State.OK, found)
    return Finding("Java", State.OK, "none (a replay needs none)")


def settings() -> Finding:
    """Check the settings file and the variables."""
    from console.sources import loaded

    return Finding("Settings", State.OK, f"{len(loaded().origins)} differ from their defaults")


def kafka() -> Finding:
    """Check that Kafka answers, that its brokers are where they say, and that the topics are right.

    A replay needs none, so that none at all is no fault unless one was named.
    """
    from connectors import topics
    from console.sources import loaded

    found = loaded()
    is_named = any(str(key) == "kafka.bootstrap_servers" for key in found.origins)
    where = ", ".join(found.settings.kafka.bootstrap_servers)
    try:
        reached = topics.brokers(found.settings.kafka)
        lost = [each for each in reached if each.problem]
        wrong = [each for each in topics.check_topics(found.settings.kafka) if not each.is_right]
    except Unavailable as error:
        if not is_named:
            return Finding("Kafka", State.OK, f"none at {where} (a replay needs none)")
        return Finding("Kafka", State.FAIL, str(error), "Start it, or set [kafka]; `make kafka`.")
    if lost:
        said = "; ".join(f"{each.address}: {each.problem}" for each in lost)
        remedy = "Set advertised.listeners of the brokers to what is reached from here."
        return Finding("Kafka", State.FAIL, f"{where} answers and sends us to {said}", remedy)
    if wrong:
        said = "; ".join(f"{each.name} {_differs(each)}" for each in wrong)
        return Finding("Kafka", State.WARN, said, "tocsin topics create, then tocsin topics check")
    count = f"{len(reached)} broker{'' if len(reached) == 1 else 's'}"
    return Finding("Kafka", State.OK, f"{count} at {where}, topics as they should be")


def _differs(state: "TopicState") -> str:
    return ", ".join(state.differences) if state.exists else "is missing"


CHECKS: tuple[Callable[[], Finding], ...] = (
    python,
    beam,
    models,
    rules,
    parsers,
    sandbox,
    disk,
    settings,
    java,
    kafka,
    topology_checks.prism,
    topology_checks.store,
    topology_checks.rules_in_force,
    topology_checks.roles,
    channel_checks.channels,
    channel_checks.webhooks,
    channel_checks.chats,
    channel_checks.mail_server,
    channel_checks.api,
    topology_checks.lag,
    topology_checks.memory,
)


def examine(check: Callable[[], Finding]) -> Finding:
    """Run one check; whatever goes wrong in it is its finding."""
    name = check.__name__.replace("_", " ").capitalize()
    try:
        return check()
    except InvalidSetting as error:  # of the settings: each check reads them
        said = "; ".join(str(error).splitlines())
        return Finding(name, State.FAIL, said, error.hint or "Mend it there.")
    except Exception as error:
        return Finding(name, State.FAIL, f"{type(error).__name__}: {error}", "make setup")


@click.command(epilog="\b\nExample:\n  tocsin doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(as_json: bool) -> None:
    """Check what Tocsin needs on this machine, and say how to mend what is missing."""
    findings = [examine(check) for check in CHECKS]
    if as_json:
        click.echo(json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2))
    else:
        for each in findings:
            click.echo(f"{each.state:4}  {each.check:14} {each.found}")
            if each.remedy:
                click.echo(f"      {'':14} -> {each.remedy}")
    if any(each.state is State.FAIL for each in findings):
        raise SystemExit(1)
