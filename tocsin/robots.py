"""What a robots.txt says of one URL (RFC 9309). Not for the process that has the network: see the sandbox."""

import math
from dataclasses import dataclass

from protego import Protego


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether a URL may be fetched, and how many seconds apart requests should be (0.0: unsaid)."""

    is_allowed: bool = True
    delay: float = 0.0


def permission(rules: bytes, agent: str, url: str) -> Permission:
    """Read a robots.txt for one URL. `agent` is the product token under which we are addressed."""
    read = Protego.parse(rules.decode("utf-8-sig", "replace"))
    delay = read.crawl_delay(agent) or 0.0
    return Permission(
        is_allowed=bool(read.can_fetch(url, agent)),
        delay=delay if math.isfinite(delay) and delay > 0 else 0.0,
    )
