"""A process that was told to stop, and is held up."""

import subprocess
import sys
import textwrap

import pytest

from tests.contracts.tree import ROOT

HELD_UP = """
    import os, signal, time
    from console import endings
    endings.LONGEST_END = 0.2
    {replace}
    from console.cli.{module} import {command}
    {command}({arguments}, standalone_mode=False)
"""

RSS = """
    from connectors.feeds import connector
    async def connect_feeds(*_, **__):
        import asyncio
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)
        time.sleep(60)
    connector.connect_feeds = connect_feeds
"""

SEEDS = """
    from connectors.seeds import follow
    def run(*_, **__):
        os.kill(os.getpid(), signal.SIGTERM)
        while True:
            time.sleep(60)
    follow.Follower.run = run
"""


@pytest.mark.parametrize(
    ("module", "command", "arguments", "replace"),
    [
        ("connect_rss", "rss", [], RSS),
        ("connect_seeds", "seeds", [".", "--follow"], SEEDS),
    ],
)
def test_whoever_is_held_up_after_the_word_to_stop_is_gone_in_time(
    module: str, command: str, arguments: list[str], replace: str, tmp_path
) -> None:
    script = textwrap.dedent(HELD_UP).format(
        module=module,
        command=command,
        arguments=arguments,
        replace=textwrap.dedent(replace),
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "TOCSIN_METRICS_LISTEN": "", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    assert "cut-short" in done.stderr
