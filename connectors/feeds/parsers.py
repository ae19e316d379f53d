"""Parsers as coroutines: the sandbox's children behind as many threads, and what died in them counted."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from connectors import metrics
from connectors.sandbox import Sandbox
from schemas import Rejected

KILLED = ("timeout", "memory", "crash")
"""Codes of what the sandbox refused by ending a child."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Parsers:
    """Calls functions in a sandbox without holding up the event loop."""

    def __init__(self, sandbox: Sandbox, size: int) -> None:
        self._sandbox = sandbox
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="parser")

    async def call(
        self,
        function: Callable[Parameters, Result],
        *arguments: Parameters.args,
        **keywords: Parameters.kwargs,
    ) -> Result:
        """Call an importable top-level function in a child. Raises `Rejected` as `Sandbox.call` does."""
        call = partial(self._sandbox.call, function, *arguments, **keywords)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except Rejected as error:
            if error.code in KILLED:
                metrics.CHILD_KILLS.labels(error.code).inc()
            raise

    def close(self) -> None:
        """End the children and the threads."""
        self._threads.shutdown(cancel_futures=True)
        self._sandbox.close()
