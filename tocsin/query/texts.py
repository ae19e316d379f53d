"""Very many short texts in little memory: a Python string takes fifty bytes beside its letters."""

from array import array
from collections.abc import Iterable


class Texts:
    """Texts by number, from 0; up to 4 GiB of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        joined = bytearray()
        self._bounds = array("I", [0])
        for text in texts:
            joined += text.encode(errors="surrogatepass")
            self._bounds.append(len(joined))
        self._joined = bytes(joined)

    def __getitem__(self, number: int) -> str:
        start, end = self._bounds[number], self._bounds[number + 1]
        return self._joined[start:end].decode(errors="surrogatepass")
