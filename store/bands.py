"""What articles are found by when copies are looked for: band hashes, and the hash of their page.

Kept in one column, as numbers of eight bytes; the page's comes last, 0 where an article has none.
"""

import numpy as np


def pack(bands: tuple[int, ...], page: int) -> bytes:
    """Write hashes as the column holds them."""
    return np.array((*bands, page), dtype="<i8").tobytes()


def hashes_in(packed: bytes) -> set[int]:
    """Read the distinct hashes under which an article is filed."""
    return set(np.frombuffer(packed, dtype="<i8").tolist()) - {0}


def page_in(packed: bytes) -> int:
    """Read the hash of an article's page."""
    return int(np.frombuffer(packed[-8:], dtype="<i8")[0])
