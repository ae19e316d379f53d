import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_provision_api_pb2 as provision
from apache_beam.portability.api import endpoints_pb2 as endpoints
from google.protobuf import struct_pb2

from pipelines.worker import Call, ask, environment, read_call
from pipelines.worker_pool import worker_pool
from schemas import InvalidSetting, Unavailable

BOOT = Path(sys.executable).with_name("tocsin-worker")
"""The installed program: runners take the path of a program, without arguments."""

CALL = Call(id="1", provision_endpoint="localhost:1")


def answer(**given: object) -> provision.ProvisionInfo:
    given.setdefault("control_endpoint", endpoints.ApiServiceDescriptor(url="localhost:2"))
    return provision.ProvisionInfo(**given)


def test_what_the_runner_says_is_read_and_what_it_adds_is_passed_over() -> None:
    call = read_call(["--id=7", "--provision_endpoint=localhost:1", "--novelty=1"])
    assert (call.id, call.provision_endpoint, call.control_endpoint) == ("7", "localhost:1", "")


def test_the_quotes_that_prism_writes_for_a_shell_are_no_part_of_the_id() -> None:
    assert read_call(["--id='go-1'", "--provision_endpoint=localhost:1"]).id == "go-1"


@pytest.mark.parametrize("given", [[], ["--id=1"], ["--provision_endpoint=localhost:1"]])
def test_a_call_without_an_id_or_somebody_to_ask_is_refused(given: list[str]) -> None:
    with pytest.raises(SystemExit):
        read_call(given)


def test_the_harness_is_told_where_the_runner_listens_and_what_its_options_are() -> None:
    options = struct_pb2.Struct()
    options.update({"beam:option:job_name:v1": "tocsin-alerts"})
    told = environment(
        CALL,
        answer(
            pipeline_options=options,
            runner_capabilities=["beam:protocol:control_request_elements_embedding:v1", "b"],
            logging_endpoint=endpoints.ApiServiceDescriptor(url="localhost:3"),
        ),
        {"PATH": "/bin"},
    )
    assert told["PATH"] == "/bin"
    assert told["WORKER_ID"] == "1"
    assert told["CONTROL_API_SERVICE_DESCRIPTOR"].strip() == 'url: "localhost:2"'
    assert told["LOGGING_API_SERVICE_DESCRIPTOR"].strip() == 'url: "localhost:3"'
    assert json.loads(told["PIPELINE_OPTIONS"]) == {"beam:option:job_name:v1": "tocsin-alerts"}
    assert told["RUNNER_CAPABILITIES"].split()[1:] == ["b"]


def test_what_is_not_there_is_not_told() -> None:
    told = environment(CALL, answer(), {})
    assert "STATUS_API_SERVICE_DESCRIPTOR" not in told
    assert "SEMI_PERSISTENT_DIRECTORY" not in told


def test_the_command_line_has_the_word_over_the_answer() -> None:
    call = Call(id="1", provision_endpoint="localhost:1", control_endpoint="localhost:9")
    told = environment(call, answer(), {})
    assert told["CONTROL_API_SERVICE_DESCRIPTOR"].strip() == 'url: "localhost:9"'


def test_models_keep_to_one_thread_unless_the_operator_says_otherwise() -> None:
    assert environment(CALL, answer(), {})["OMP_NUM_THREADS"] == "1"
    assert environment(CALL, answer(), {"OMP_NUM_THREADS": "4"})["OMP_NUM_THREADS"] == "4"


def test_a_runner_without_a_control_endpoint_is_none() -> None:
    with pytest.raises(Unavailable, match="no control endpoint"):
        environment(CALL, provision.ProvisionInfo(), {})


def test_a_runner_that_does_not_answer_is_told_by_its_address() -> None:
    with pytest.raises(Unavailable, match="localhost:1: DEADLINE_EXCEEDED"):
        ask(CALL, seconds=0.2)


@pytest.mark.prism
def test_prism_has_a_process_of_ours_do_the_work(prism: str, tmp_path: Path) -> None:
    config = json.dumps({"command": str(BOOT), "env": {"TOCSIN_TEST": "told"}})
    run_on(prism, tmp_path, "--environment_type=PROCESS", f"--environment_config={config}")
    assert workers_of(tmp_path) == {"1": "told", "2": "told", "3": "told"}


@pytest.mark.prism
def test_a_worker_pool_has_processes_of_ours_do_the_work(
    prism: str, pool: str, tmp_path: Path
) -> None:
    run_on(prism, tmp_path, "--environment_type=EXTERNAL", f"--environment_config={pool}")
    assert workers_of(tmp_path) == {"1": "pool", "2": "pool", "3": "pool"}


def test_a_pool_whose_port_is_taken_says_so() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidSetting, match=f"port {port}"), worker_pool(port):
            pass


def run_on(prism: str, folder: Path, *environment_options: str) -> None:
    """Run a small bounded pipeline whose step leaves a file of each element's worker."""
    options = PipelineOptions(
        [
            "--runner=PrismRunner",
            f"--prism_location={prism}",
            "--job_server_timeout=60",
            *environment_options,
        ]
    )

    def tell(number: int, folder: str = str(folder)) -> int:
        told = {"pid": os.getpid(), "argv": sys.argv[0], "said": os.environ.get("TOCSIN_TEST")}
        Path(folder, f"{number}.json").write_text(json.dumps(told))
        return number

    with beam.Pipeline(options=options) as pipeline:
        _ = pipeline | "Numbers" >> beam.Create([1, 2, 3]) | "Tell" >> beam.Map(tell)


def workers_of(folder: Path) -> dict[str, str]:
    """Say, by element, what the environment of its worker held; each worked outside this process."""
    found = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    assert all(each["pid"] != os.getpid() for each in found.values())
    assert all(each["argv"].endswith("sdk_worker_main.py") for each in found.values())
    return {name: each["said"] for name, each in found.items()}


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Workers for whoever asks, as they stand beside a TaskManager."""
    monkeypatch.setenv("TOCSIN_TEST", "pool")
    with worker_pool(0) as port:
        yield f"localhost:{port}"
