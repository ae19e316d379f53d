"""A pool of workers beside a TaskManager: Flink asks it for Python processes (the EXTERNAL environment).

It is Beam's, with our boot program. It listens on all addresses and asks nobody who they are: let
nothing but the TaskManager reach its port.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer

from schemas import InvalidSetting

PORT = 50_000
"""Where pools listen by custom."""


def boot_program() -> str:
    """Give the path of `tocsin-worker`: beside this Python, else on the path. Raises `InvalidSetting`."""
    beside = Path(sys.executable).with_name("tocsin-worker")
    found = str(beside) if beside.is_file() else shutil.which("tocsin-worker")
    if not found:
        raise InvalidSetting(
            "tocsin-worker is not installed.",
            hint="It comes with Tocsin: install the project, as `make setup` does.",
        )
    return found


@contextmanager
def worker_pool(port: int = PORT) -> Iterator[int]:
    """Start workers for whoever asks at this port; 0 takes a free one. Gives the port.

    Raises `InvalidSetting` where it is taken. The workers end with this process, or with their jobs.
    """
    program = boot_program()
    try:
        address, server = BeamFnExternalWorkerPoolServicer.start(
            use_process=True, port=port, container_executable=program
        )
    except RuntimeError as error:
        raise InvalidSetting(
            f"cannot listen at port {port}: {error}", hint="Name another one by --port."
        ) from error
    try:
        yield int(address.rpartition(":")[2])
    finally:
        server.stop(0)
