"""What became of an alert on its way to its channels, in words: sent, waiting, gathered, or given up and why."""

from dataclasses import dataclass
from datetime import datetime

from schemas import DeliveryState, MessageKind

_WAITS = frozenset({DeliveryState.PENDING, DeliveryState.READY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message about an alert, on its way to one channel.

    `what` is what an update tells. `due` is the next attempt of what waits, and the end of what has
    one; None where the end was not noted. `reason` says why it was gathered, suppressed, given up or
    put off, or why the last attempt failed. `digest` is what it was gathered into: a digest or a summary.
    """

    channel: str
    kind: MessageKind
    state: DeliveryState
    rung: datetime
    due: datetime | None
    attempts: int = 0
    reason: str = ""
    digest: "Delivery | None" = None
    what: str = ""


def told(delivery: Delivery) -> str:
    """Say in one line what became of a delivery; instants are UTC."""
    what = delivery.channel
    if delivery.kind is not MessageKind.ALERT:
        what += f" ({delivery.kind}: {delivery.what})" if delivery.what else f" ({delivery.kind})"
    return f"{what}: {_fate(delivery)}"


def _fate(delivery: Delivery) -> str:
    why = f": {delivery.reason}" if delivery.reason else ""
    match delivery.state:
        case DeliveryState.PENDING:
            return "waits to be decided"
        case DeliveryState.READY:
            return _waiting(delivery)
        case DeliveryState.GATHERED:
            return _gathered(delivery)
        case DeliveryState.DELIVERED:
            return f"delivered{_when(delivery)}, {_after(delivery.attempts)}"
        case DeliveryState.SUPPRESSED:
            return f"sent to nobody{why}"
        case DeliveryState.DEAD:
            return f"given up{_when(delivery)}, {_after(delivery.attempts)}{why}"
        case DeliveryState.EXPIRED:
            return f"not sent, it came too late{why}"


def _waiting(delivery: Delivery) -> str:
    """Say when it is sent, and what became of earlier attempts."""
    why = f" ({delivery.reason})" if delivery.reason else ""
    if delivery.attempts == 0:
        return f"waits to be sent{_when(delivery)}{why}"
    return f"waits to be tried again{_when(delivery)}, {_after(delivery.attempts)}{why}"


def _gathered(delivery: Delivery) -> str:
    """Say into what it was gathered, why, and what became of that."""
    why = f" ({delivery.reason})" if delivery.reason else ""
    digest = delivery.digest
    if digest is None:
        return f"gathered{why}"
    if digest.state in _WAITS and digest.attempts == 0:
        return f"gathered into the {digest.kind} that is due{_when(digest)}{why}"
    return f"gathered into a {digest.kind}{why}, which was {_fate(digest)}"


def _when(delivery: Delivery) -> str:
    return f" on {delivery.due:%Y-%m-%d %H:%M}" if delivery.due else ""


def _after(attempts: int) -> str:
    if attempts == 0:
        return "without an attempt"
    return f"after {attempts} attempt{'s' if attempts > 1 else ''}"
