"""Content-Encoding undone with a limit, so that a bomb goes off in the palm of the hand.

What each layer unpacks is counted before the next layer sees it, so no layer can hide a bomb.
"""

from connectors.feeds.unpacking import GZIP_MAGIC, LAYERS, DecodingError, Emit, Layer

__all__ = ["Decoder", "DecodingError"]

MOST_LAYERS = 2
"""Encodings upon each other. Twice happens by mistake; more is an attack."""

RATIO = 100
"""Unpacked bytes for one packed byte. Feeds that repeat themselves reach 40."""

UNCHECKED = 1 << 20
"""Unpacked bytes that may have any ratio."""

_NONE = ("", "identity", "none")


class Decoder:
    """Unpacks one body. `limit` bounds, in bytes, what any of its layers may unpack to.

    `encodings` is the header as it came. Where it says nothing and the body is gzip, as with archives
    of sitemaps, that is unpacked too; where it says gzip and the body is none, it is taken as it is.
    """

    def __init__(self, encodings: str, *, limit: int) -> None:
        self._names = _listed(encodings)
        self._limit = limit
        self._packed = 0
        self._head = b""
        self._layers: list[Layer] | None = None
        self._body = bytearray()

    @property
    def size(self) -> int:
        """Bytes unpacked so far."""
        return len(self._body)

    def write(self, chunk: bytes) -> None:
        """Take packed bytes as they arrive. Raises `DecodingError`."""
        if not chunk:
            return
        self._packed += len(chunk)
        if self._layers is None:
            self._head += chunk
            if len(self._head) < len(GZIP_MAGIC):
                return
            chunk, self._head = self._head, b""
            self._layers = self._start(chunk)
        self._into(self._layers, chunk)

    def finish(self) -> bytes:
        """Say that the body is over, and return all of it. Raises `DecodingError`."""
        if self._layers is None:
            if not self._head:
                return b""
            self._layers = self._start(self._head)
            self._into(self._layers, self._head)
        for layer in self._layers:
            layer.finish()
        return bytes(self._body)

    def so_far(self) -> bytes:
        """Return what is unpacked, whether or not there is more."""
        return bytes(self._body)

    def _start(self, head: bytes) -> list[Layer]:
        """Make the layers, outermost first, once the first bytes are known."""
        names = self._names
        is_gzip = head.startswith(GZIP_MAGIC)
        if not names and is_gzip:
            names = ["gzip"]
        elif names[-1:] == ["gzip"] and not is_gzip:
            names = names[:-1]
        emit: Emit = self._keep
        layers: list[Layer] = []
        for name in names:
            layer = LAYERS[name](self._counted(emit))
            layers.insert(0, layer)
            emit = layer.write
        return layers

    def _into(self, layers: list[Layer], chunk: bytes) -> None:
        if layers:
            layers[0].write(chunk)
        else:
            self._keep(chunk)

    def _keep(self, piece: bytes) -> None:
        if len(self._body) + len(piece) > self._limit:
            raise _too_large(self._limit)
        self._body += piece

    def _counted(self, emit: Emit) -> Emit:
        """Count what a layer hands on, and stop where it is more than a body can be."""
        total = 0

        def count(piece: bytes) -> None:
            nonlocal total
            total += len(piece)
            if total > self._limit:
                raise _too_large(self._limit)
            if total > UNCHECKED and total > RATIO * self._packed:
                raise DecodingError("bomb", f"unpacks to over {RATIO} times its size")
            emit(piece)

        return count


def _listed(encodings: str) -> list[str]:
    """Read a Content-Encoding header: the encodings in the order in which they were applied."""
    names = [each.strip().lower().removeprefix("x-") for each in encodings.split(",")]
    names = [each for each in names if each not in _NONE]
    unknown = [each for each in names if each not in LAYERS]
    if unknown:
        raise DecodingError("unknown-encoding", "the body is packed in a way that is not known")
    if len(names) > MOST_LAYERS:
        raise DecodingError("nested-encoding", f"the body is packed more than {MOST_LAYERS} times")
    return names


def _too_large(limit: int) -> DecodingError:
    shown = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit} bytes"
    return DecodingError("decoded-too-large", f"the body unpacks to over {shown}")
