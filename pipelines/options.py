"""Which runner, said explicitly: a bare DirectRunner would try to download another one first."""

from enum import StrEnum
from pathlib import Path

from apache_beam.options.pipeline_options import PipelineOptions

from schemas import InvalidSetting

YEAR_SECONDS = 31_536_000
"""Prism ends every job after `job_server_timeout` (300 s unless said otherwise)."""


class Runner(StrEnum):
    """Where a replay runs."""

    DIRECT = "direct"
    PRISM = "prism"
    FLINK = "flink"


def options_for(runner: Runner, prism_location: str = "") -> PipelineOptions:
    """Make Beam's options for a bounded run; `prism_location` is the path of Prism's binary.

    Raises `InvalidSetting` when the runner is not to be had here, with what to do.
    """
    if runner is Runner.DIRECT:
        # DirectRunner's in-process engine by its own name: deterministic, offline.
        return PipelineOptions(["--runner=FnApiRunner"])
    if runner is Runner.PRISM:
        if not Path(prism_location).is_file():
            raise InvalidSetting(
                "Prism is not there.",
                hint="Name its binary by --prism-location, or use --runner direct.",
            )
        return PipelineOptions(
            [
                "--runner=PrismRunner",
                f"--prism_location={prism_location}",
                f"--job_server_timeout={YEAR_SECONDS}",
            ]
        )
    raise InvalidSetting(
        "Replay on Flink is not part of this version.", hint="Use --runner direct."
    )
