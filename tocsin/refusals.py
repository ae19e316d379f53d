"""Refusals: what Kafka did not do, and why, in words; whoever speaks to it tells it in these."""

import re
from collections.abc import Iterable

from schemas import InvalidSetting, Unavailable

RETRY_AFTER = 2.0
"""Seconds after which Kafka is worth another try."""

_NO_ANSWER = "`tocsin doctor` tells what is wrong; `make kafka` starts a broker here."
_NO_TOPIC = "Make the topics with: tocsin topics create"


def refused(servers: Iterable[str], what: str, reason: str) -> Unavailable:
    """Say that a cluster did not do something: `what` is its part, such as `take the offsets`."""
    is_no_topic = "not found in cluster metadata" in reason
    return Unavailable(
        f"Kafka at {', '.join(servers)} did not {what}: {reason}",
        retry_after=RETRY_AFTER,
        hint=_NO_TOPIC if is_no_topic else _NO_ANSWER,
    )


def no_topic(name: str) -> InvalidSetting:
    """Say that there is no topic of this name."""
    return InvalidSetting(f"kafka: there is no topic {name}", hint=_NO_TOPIC)


def worded(error: BaseException) -> str:
    """Say an error of a client in words: its name, once, and its message."""
    kind = type(error).__name__
    name = kind.removesuffix("Error")
    message = re.sub(rf"^(\[Error \d+\] )?({kind})?:? ?", "", str(error).strip())
    return f"{name}: {message}" if message else name
