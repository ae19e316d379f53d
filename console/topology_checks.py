"""Checks of `tocsin doctor` for what runs continuously. What was not set and is not there is no fault."""

import shutil
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from console.findings import Finding, State
from console.restarts import HALTED_HINT, Reason
from console.run_folder import Ends, folder_for, halted_roles, is_run, looping_roles
from schemas import TocsinError

ANSWER_SECONDS = 20
"""How long Prism may take to say how it is called."""

MEMORY_WANTED = 2 << 30
"""What both parts of the stream have with all models, and as much again to be at ease."""

PARTS = ("alerts", "entities")


def prism() -> Finding:
    """Check for Prism: found, of the version of Beam, and running here."""
    from console.sources import in_force
    from pipelines.prism import find_prism, version_of

    name = "Prism"
    try:
        found = find_prism(in_force().pipeline.prism_location)
    except TocsinError as error:
        return Finding(name, State.FAIL, str(error), error.hint)
    if not found:
        go = "with the Go that is here" if shutil.which("go") else "which needs Go"
        said = "none (a replay needs none); tocsin run lets Beam download its own"
        return Finding(name, State.OK, said, f"Where it can't: make prism, {go}.")
    wanted, is_version = f"v{version('apache-beam')}", version_of(Path(found))
    if not _answers(found):
        return Finding(name, State.FAIL, f"{found} does not run here", "make prism")
    if is_version and is_version != wanted:
        remedy = f"Beam is {wanted}: make prism"
        return Finding(name, State.WARN, f"{is_version} at {found}", remedy)
    return Finding(name, State.OK, f"{is_version or 'of unknown version'} at {found}")


def _answers(program: str) -> bool:
    """Tell whether a program runs on this machine."""
    try:
        asked = subprocess.run(  # noqa: S603
            [program, "--help"], capture_output=True, timeout=ANSWER_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return b"job_port" in asked.stdout + asked.stderr


def store() -> Finding:
    """Check that the store can be had, and that it is of this version. It is not changed."""
    from console.sources import KEYS, loaded, masked
    from console.stores import is_there
    from store.condition import look

    found = loaded()
    url, key = found.settings.store.url, KEYS["store.url"]
    shown = masked(key, url)
    if not is_there(url):
        return Finding("Store", State.OK, f"none yet at {shown} (the first start makes it)")
    try:
        condition = look(url)
    except TocsinError as error:
        state = State.FAIL if key in found.origins else State.WARN
        return Finding("Store", state, str(error), "Start it, or set [store] url.")
    if not condition.is_current:
        said = f"{shown} has migration {condition.revision or 'none'}"
        return Finding("Store", State.OK, f"{said}; the next start makes those that are missing")
    waiting = f", {condition.undelivered} deliveries wait" if condition.undelivered else ""
    return Finding("Store", State.OK, f"migration {condition.revision} at {shown}{waiting}")


def rules_in_force() -> Finding:
    """Say which rule set the stream goes by."""
    from console.sources import in_force
    from console.stores import is_there
    from store.condition import look

    name, url = "Rules in force", in_force().store.url
    try:
        condition = look(url) if is_there(url) else None
    except TocsinError:  # told by the check of the store
        condition = None
    if condition is None or not condition.rule_set:
        return Finding(name, State.OK, "none yet (tocsin run publishes those of [rules])")
    return Finding(
        name, State.OK, f"{condition.rule_set} since {condition.since:%Y-%m-%d %H:%M:%S}"
    )


def lag() -> Finding:
    """Say how far each part of the stream is behind the log. One that is before it reads another log."""
    from connectors.lag import lags
    from console.sources import in_force
    from schemas.topics import topic

    settings, name = in_force(), "Stream"
    kafka = settings.kafka
    groups = {f"{kafka.prefix}-{part}": part for part in PARTS}
    try:
        found = lags(kafka, topic("articles").full_name(kafka.prefix), list(groups))
    except TocsinError:  # told by the check of Kafka
        return Finding(name, State.OK, "no log to be behind of")
    ahead = [each.group for each in found if each.is_ahead]
    if ahead:
        return Finding(
            name,
            State.FAIL,
            f"{' and '.join(ahead)} read beyond the end of the log: it was cut, or made anew",
            "Stop tocsin run, delete these consumer groups (kafka-consumer-groups --delete --group"
            f" {ahead[0]}), and start it again: all is read from the beginning, and rings once.",
        )
    if any(each.has_begun for each in found) and _is_blank(settings.store.url):
        return Finding(
            name,
            State.WARN,
            "records were read, and the store is empty: it is new, or what it held was lost",
            "If it was lost, stop tocsin run and put it back: else what rang before may ring again.",
        )
    said = [
        f"{groups[each.group]} {f'{each.records} records behind' if each.has_begun else 'not begun'}"
        for each in found
    ]
    return Finding(name, State.OK, ", ".join(said))


def _is_blank(url: str) -> bool:
    """Tell whether a store that is to be had, or is not made yet, knows of no article."""
    from console.stores import is_there
    from store.condition import look

    try:
        return not is_there(url) or look(url).is_blank
    except TocsinError:  # told by the check of the store
        return False


def roles() -> Finding:
    """Check that no role of the `tocsin run` on this store has stopped itself, or ends again and again."""
    from console.sources import in_force

    name, folder = "Roles", folder_for(in_force().store.url)
    halted, looping = halted_roles(folder), looping_roles(folder, time.monotonic())
    faults = [
        f"{each.role} ended {each.count} times in a row, last {_why(each)}" for each in looping
    ]
    remedy = (
        "Mend that; it is started again by itself. The log of tocsin run has what it said before."
    )
    if looping and all(each.reason == Reason.MEMORY for each in looping):
        remedy = "Raise [run] memory_budget, or have less in a role: tocsin run --no-entities."
    if halted:
        faults.append(f"{', '.join(halted)} stopped: nearly all records became dead letters")
        remedy = HALTED_HINT
    if faults:
        return Finding(name, State.FAIL, "; ".join(faults), remedy)
    said = "all of tocsin run" if is_run(folder) else "no tocsin run works on this store"
    return Finding(name, State.OK, said)


def _why(ends: Ends) -> str:
    """Say why a role ended last."""
    if ends.reason == Reason.MEMORY:
        return "because it was over its memory budget"
    return f"with: {ends.said or 'nothing'}"


def memory() -> Finding:
    """Check for enough memory to run all roles."""
    from console.machine import available

    free = available()
    found = f"{free / 2**30:.1f} GiB can be had"
    if free == 0 or free >= MEMORY_WANTED:
        return Finding("Memory", State.OK, found if free else "unknown")
    return Finding("Memory", State.WARN, found, "Run with --no-entities, or on a larger machine.")
