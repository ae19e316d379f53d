r"""A worker's boot program: what a runner starts to have Python code run outside the driver.

It keeps the contract of Beam's container boot (https://s.apache.org/beam-fn-api-container-contract)
without a container: the environment that it runs in must hold Tocsin already, and nothing is
staged. Two ways lead here, and both take the path of a program without arguments of its own:

    --environment_type=PROCESS --environment_config='{"command": "/opt/tocsin/bin/tocsin-worker"}'
    python -m apache_beam.runners.worker.worker_pool_main --service_port=50000 \
        --container_executable=/opt/tocsin/bin/tocsin-worker        (for EXTERNAL)
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import grpc
from apache_beam.portability.api import beam_provision_api_pb2 as provision
from apache_beam.portability.api import beam_provision_api_pb2_grpc as provision_grpc
from apache_beam.portability.api import endpoints_pb2 as endpoints
from google.protobuf import json_format, text_format

from schemas import TocsinError, Unavailable

HARNESS = "apache_beam.runners.worker.sdk_worker_main"
"""The module that does the work; it is told everything by its environment."""

PATIENCE_SECONDS = 60.0
"""How long a runner may take to answer what is to be run."""

ONE_THREAD = tuple(f"{name}_NUM_THREADS" for name in ("OPENBLAS", "OMP", "MKL", "BLIS"))
"""One thread for matrix products: models are small, and a core each is what other workers have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a runner says on the command line; a runner that says less tells the rest when asked."""

    id: str
    provision_endpoint: str
    control_endpoint: str = ""
    logging_endpoint: str = ""
    artifact_endpoint: str = ""
    semi_persist_dir: str = ""


def read_call(arguments: Sequence[str]) -> Call:
    """Read the command line; what we know nothing of is passed over, as the contract asks."""
    parser = argparse.ArgumentParser(prog="tocsin-worker", description=__doc__.splitlines()[0])
    for each in fields(Call):
        needed = each.name in ("id", "provision_endpoint")
        parser.add_argument(f"--{each.name}", required=needed, default="")
    known, _ = parser.parse_known_args(arguments)
    # Prism writes --id='worker' for a shell that is not there: the quotes would arrive with it.
    return Call(**{**vars(known), "id": known.id.strip("'")})


def ask(call: Call, *, seconds: float = PATIENCE_SECONDS) -> provision.ProvisionInfo:
    """Ask the runner what is to be run. Raises `Unavailable` when it does not answer."""
    with grpc.insecure_channel(call.provision_endpoint) as channel:
        try:
            answer = provision_grpc.ProvisionServiceStub(channel).GetProvisionInfo(
                provision.GetProvisionInfoRequest(),
                metadata=[("worker_id", call.id)],
                timeout=seconds,
                wait_for_ready=True,
            )
        except grpc.RpcError as error:
            raise Unavailable(
                f"no answer from the runner at {call.provision_endpoint}: {error.code().name}",
                hint="It starts its workers itself; it may have ended meanwhile.",
            ) from error
    return answer.info


def environment(
    call: Call, info: provision.ProvisionInfo, inherited: Mapping[str, str]
) -> dict[str, str]:
    """Say by variables what the harness is to do. What the runner answers stands in for what it left unsaid."""
    told = {
        "WORKER_ID": call.id,
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
        "CONTROL_API_SERVICE_DESCRIPTOR": _address(call.control_endpoint, info.control_endpoint),
        "LOGGING_API_SERVICE_DESCRIPTOR": _address(call.logging_endpoint, info.logging_endpoint),
        "STATUS_API_SERVICE_DESCRIPTOR": _address("", info.status_endpoint),
        "SEMI_PERSISTENT_DIRECTORY": call.semi_persist_dir,
    }
    if not told["CONTROL_API_SERVICE_DESCRIPTOR"]:
        raise Unavailable(f"the runner at {call.provision_endpoint} gave no control endpoint")
    threads = dict.fromkeys(ONE_THREAD, "1")
    return {**threads, **inherited, **{name: value for name, value in told.items() if value}}


def _address(said: str, answered: endpoints.ApiServiceDescriptor) -> str:
    """Write an address as the harness reads it; `''` where there is none."""
    told = endpoints.ApiServiceDescriptor(url=said) if said else answered
    return str(text_format.MessageToString(told)) if told.url else ""


def main() -> None:
    """Become the harness that the runner waits for; exit 1 when there is nobody to work for."""
    call = read_call(sys.argv[1:])
    try:
        told = environment(call, ask(call), os.environ)
    except TocsinError as error:
        sys.exit(f"tocsin-worker: {error}")
    # A worker pool never reads the pipe that it gives us as standard output: once full, it would hold us.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.execve(sys.executable, [sys.executable, "-m", HARNESS], told)  # noqa: S606


if __name__ == "__main__":
    main()
