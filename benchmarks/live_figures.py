"""Figures of the stream: percentiles, slopes, and where they go."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any


def percentile(values: list[float], share: float) -> float:
    """Give the value under which so many lie; NaN of none."""
    if not values:
        return float("nan")
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def spread(values: list[float]) -> dict[str, float]:
    """Describe values: how many, p50, p95, p99, the largest."""
    return {
        "count": len(values),
        **{f"p{share:.0f}": round(percentile(values, share / 100), 3) for share in (50, 95, 99)},
        "max": round(max(values, default=float("nan")), 3),
    }


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Fit a straight line by least squares; give how much it rises by unit."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def progress(text: str) -> None:
    """Tell how it goes, on one line of standard error."""
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"{datetime.now().astimezone():%H:%M:%S} {text}", end=end, file=sys.stderr, flush=True)


def save(out: Path | None, found: Mapping[str, Any]) -> None:
    """Write figures as JSON where that is asked for."""
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found, indent=1) + "\n")
