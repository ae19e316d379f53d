"""Feeds polled through a day in ten minutes: are they polled on time, politely, in little memory?

    python -m benchmarks.polling [--feeds 5000] [--hosts 500] [--minutes 10]

A day passes in so many minutes, and everything is compressed alike: intervals, entries, the gap
between requests to a host. The hosts are loopback addresses, in a process of their own that logs every
request; Kafka and the connector are the real ones. Pages are not fetched: see `benchmarks.extraction`.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.cluster import KafkaSettings
from store import feeds
from store.engine import open_engine, writing
from tests.kafka_broker import running_broker
from tests.system.rss import Hosts, Site, running_hosts, wait_for
from tocsin.poll import WHOLE_EVERY

DAY = 86_400.0
ENTRIES_A_DAY = 7.5
"""Of each feed: then three polls in ten find something new, and the mean interval is an hour."""

INTERVAL = 3_286.0
"""Seconds between two polls of such a feed (`tocsin.poll`: 9000 / sqrt(7.5))."""

GAP = 2.0
ON_TIME = 300.0
"""Seconds of the day after which a poll is late."""

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Usage:
    """What a process and its children use: seconds of processor time, MB resident."""

    cpu: float = 0.0
    own_mb: float = 0.0
    all_mb: float = 0.0


def usage(pid: int) -> Usage:
    """Read what a process and its living children use."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    children = [child for thread in threads for child in (thread / "children").read_text().split()]
    found = Usage()
    for each in (str(pid), *children):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            status = Path(f"/proc/{each}/status").read_text()
        except OSError:
            continue  # it ended meanwhile
        size = next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line) / 1024
        found.cpu += (int(fields[11]) + int(fields[12])) / TICKS
        found.all_mb += size
        found.own_mb = found.own_mb or size
    return found


def main() -> int:
    """Run the day, and print what was measured; 1 where a figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=5000)
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=10.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with running_broker(folder / "kafka") as broker:
            kafka = KafkaSettings(bootstrap_servers=(broker.bootstrap_servers,), prefix="t")
            return measure(folder, kafka, given)


def measure(folder: Path, kafka: KafkaSettings, given: argparse.Namespace) -> int:
    """Let a day pass."""
    seconds = given.minutes * 60
    speed = DAY / seconds
    period = DAY / ENTRIES_A_DAY / speed
    site = Site(folder, kafka, {"TOCSIN_FEEDS_GAP": str(GAP)})
    with running_hosts(
        folder, f"--hosts={given.hosts}", f"--period={period}", "--no-pages"
    ) as hosts:
        site.prepare(hosts, hosts_number=given.hosts, feeds_number=given.feeds)
        spread(site, speed)
        connector = site.connect("--no-pages", "--speed", str(speed))
        try:
            wait_for(lambda: hosts.log.stat().st_size, "the first poll")
            began, before, most = time.monotonic(), usage(connector.pid), Usage()
            while time.monotonic() - began < seconds:
                time.sleep(1)
                now = usage(connector.pid)
                most = Usage(now.cpu, max(most.own_mb, now.own_mb), max(most.all_mb, now.all_mb))
            passed = time.monotonic() - began
            connector.send_signal(signal.SIGTERM)
            asked = time.monotonic()
            code = connector.wait(60)
            ended = time.monotonic() - asked
        finally:
            connector.kill()
        print(f"ended with {code} {ended:.1f} s after SIGTERM")
        return report(site, hosts, most, most.cpu - before.cpu, passed, speed)


def spread(site: Site, speed: float) -> None:
    """Let the feeds be known for long, and due evenly over one interval."""
    engine = open_engine(site.store)
    with writing(engine) as connection:
        states, now = feeds.all(connection), datetime.now(UTC)
        for number, state in enumerate(states):
            due = now + timedelta(seconds=INTERVAL / speed * number / len(states))
            known = replace(
                state,
                next_poll=due,
                interval=INTERVAL / speed,
                entries_per_day=ENTRIES_A_DAY,
                added=now - timedelta(days=30),
                polls=10,
            )
            feeds.save_poll(connection, state.url, known)
    engine.dispose()


def report(site: Site, hosts: Hosts, most: Usage, cpu: float, passed: float, speed: float) -> int:
    """Print the figures; returns 1 where one is missed."""
    lines = hosts.lines()
    polls = [line for line in lines if line[2].startswith("/feed/")]
    log = (site.folder / "connector.log").read_text().splitlines()
    told = [
        found
        for found in map(json.loads, (line for line in log if line.startswith("{")))
        if found["event"] == "polled"
    ]
    late = [each["late"] * speed for each in told]
    on_time = sum(each <= ON_TIME for each in late) / len(late)
    arrivals: defaultdict[str, list[float]] = defaultdict(list)
    for line in lines:
        arrivals[line[1]].append(line[0])
    gaps = [
        later - earlier
        for times in arrivals.values()
        for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False)
    ]
    unchanged = sum(line[3] == 304 for line in polls) / len(polls)
    # What is new since the last poll, and every twelfth poll, which asks for the whole document.
    interval = len({line[2] for line in polls}) * passed / len(polls)
    expected = (1 - interval * speed * ENTRIES_A_DAY / DAY) * (1 - 1 / WHOLE_EVERY)
    missing = hosts.offered() - site.tokens()
    print(
        f"{len(polls)} polls in {passed:.0f} s ({len(polls) / passed:.0f}/s, a day in"
        f" {DAY / speed:.0f} s); on time {on_time:.2%}, late by {statistics.median(late):.0f} s in"
        f" the median, {max(late):.0f} s at most (of the day)\n"
        f"304: {unchanged:.1%}, expected {expected:.1%}; least gap of a host {min(gaps) * speed:.2f} s of the day, asked for"
        f" {GAP:.2f}; {len(site.records())} articles, {len(missing)} entries lost\n"
        f"memory {most.own_mb:.0f} MB, with parsers {most.all_mb:.0f} MB; {cpu / len(polls) * 1000:.2f}"
        " CPU s for 1,000 polls, parsing included"
    )
    return int(on_time < 0.95 or min(gaps) * speed < GAP or bool(missing) or most.own_mb > 500)


if __name__ == "__main__":
    sys.exit(main())
