"""A deliverer whose clock is ahead, so that leases run out without waiting; in a process that may be killed."""

import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

from connectors.delivery.dispatcher import Dispatcher
from connectors.delivery.webhook import WebhookSender, is_within_reach
from console.channels import load_channels
from console.failpoints import killing_at
from console.logs import structured
from console.sources import load
from schemas import ChannelKind
from store.engine import open_engine


def deliver_late(environment: Mapping[str, str], seconds: float, failpoint: str = "") -> int:
    """Send what is due so many seconds from now, in a process of its own; give its status.

    It is forked: fifty starts would take longer than all that they do.
    """
    process = get_context("fork").Process(target=_deliver, args=(environment, seconds, failpoint))
    process.start()
    process.join(60)
    process.kill()
    assert process.exitcode is not None
    return process.exitcode


def _deliver(environment: Mapping[str, str], seconds: float, failpoint: str) -> None:
    os.environ.update(environment)
    structured()
    settings = load(None, environment).settings
    sender = WebhookSender(agent="Tocsin/test", policy=is_within_reach, public_names=False)
    Dispatcher(
        open_engine(settings.store.url),
        load_channels(settings, environment),
        {ChannelKind.WEBHOOK: sender},
        clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds),
        stop=threading.Event(),
        reach=killing_at(failpoint),
    ).drain()
