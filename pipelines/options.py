"""Which runner, said explicitly: a bare DirectRunner would try to download another one first."""

from enum import StrEnum

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.prism import find_prism, tied
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
        return PipelineOptions(prism_options(prism_location))
    raise InvalidSetting(
        "Replay on Flink is not part of this version.", hint="Use --runner direct."
    )


def streaming_options(prism_location: str = "", job_name: str = "tocsin") -> PipelineOptions:
    """Make Beam's options for the stream on Prism, on this machine."""
    return PipelineOptions(
        [
            *prism_options(prism_location),
            "--streaming",
            f"--job_name={job_name}",
            "--prism_log_level=error",
        ]
    )


def prism_options(prism_location: str) -> list[str]:
    """Give the options that Prism needs; without a binary here Beam downloads that of its release."""
    found = find_prism(prism_location)
    return [
        "--runner=PrismRunner",
        *([f"--prism_location={tied(found)}"] if found else []),
        f"--job_server_timeout={YEAR_SECONDS}",
    ]
