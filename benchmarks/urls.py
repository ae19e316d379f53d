"""Canonical URLs of every address and host in the Web Platform Tests: total, and a fixed point?

    python -m benchmarks.urls WPT_URL

Takes every string in every JSON file there, alone, joined to each base that the file names for it,
and as host, path, query and credentials of an address. Exits 1 on an exception or where canonicalising
twice gives something else.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from tocsin.urls import canonicalise, registered_domain

SHAPES = ("{}", "http://{}/", "https://press.example/{}", "https://press.example/?{}", "http://{}@press.example/a",
          "//{}", "https://www.m.{}:443/amp/index.html?utm_source=x&b={}#{}")  # fmt: skip


def strings(value: object) -> Iterator[str]:
    """Every string in a JSON value; of objects with an address and a base, the two joined as well."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        given, base = value.get("input"), value.get("base")
        if isinstance(given, str) and isinstance(base, str):
            with contextlib.suppress(ValueError):
                yield urljoin(base, given)
        for key, each in value.items():
            yield key
            yield from strings(each)


def main(path: Path) -> int:
    found = {
        text
        for file in sorted(path.glob("*.json"))
        for text in strings(json.loads(file.read_text(encoding="utf-8", errors="surrogatepass")))
    }
    tried = usable = 0
    failures: list[str] = []
    moving: list[str] = []
    for text in sorted(found):
        for shape in SHAPES:
            address = shape.replace("{}", text)
            tried += 1
            try:
                once = canonicalise(address)
                usable += bool(once)
                if canonicalise(once) != once:
                    moving.append(f"{address!r} -> {once!r} -> {canonicalise(once)!r}")
                registered_domain(address)
            except Exception as error:
                failures.append(f"{address!r}: {error!r}")
    print(
        f"{len(found)} strings in {tried} addresses, {usable} of them usable:"
        f" {len(failures)} exceptions, {len(moving)} non-idempotent"
    )
    for line in (*failures[:20], *moving[:20]):
        print(f"  {line}")
    return 1 if failures or moving else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
