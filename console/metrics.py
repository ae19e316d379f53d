"""Every metric of `tocsin run` itself, with what it counts. What the roles count is theirs.

They are in no registry of their own accord: `console/gathering.py` serves them with those of the roles.
"""

from prometheus_client import Counter, Gauge

ROLE_UP = Gauge(
    "tocsin_role_up", "Whether a role of tocsin run has a process.", ["role"], registry=None
)
ROLE_RESTARTS = Counter(
    "tocsin_role_restarts",
    "Times that a role was started again, by reason: it ended, or had more memory than it may.",
    ["role", "reason"],
    registry=None,
)
ROLE_MEMORY = Gauge(
    "tocsin_role_resident_bytes",
    "Memory of a role, with all the processes that it started.",
    ["role"],
    registry=None,
)
"""Shared pages are counted for each process that has them."""
