"""Bytes to text, when nobody says for sure which encoding they are in. Always the same answer.

The order of trust is that of the WHATWG: a byte order mark, then strict UTF-8, then what the document
declares, then a guess by the shape of the text. Nothing is lost: what does not decode becomes U+FFFD.
"""

import codecs
import re

SAMPLE = 1 << 16
"""Bytes that a guess looks at. More does not change it and costs seconds."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})|<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""",
    re.IGNORECASE,
)

# What pages call Latin-1 and its kin are the Windows pages that contain them (WHATWG Encoding).
_WIDER = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}


def decode(content: bytes) -> str:
    """Decode a document. Raises nothing."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    return _decode_declared(content) or _decode_guessed(content)


def declared(content: bytes) -> str:
    """Return the codec that a document of XML or HTML names in its first bytes, or `''`."""
    found = _DECLARED.search(content[:4096])
    if found is None:
        return ""
    try:
        name = codecs.lookup((found.group(1) or found.group(2)).decode("ascii")).name
    except LookupError:
        return ""
    return _WIDER.get(name, name)


def _decode_declared(content: bytes) -> str:
    """Decode as the document says, unless it is clearly wrong about itself."""
    name = declared(content)
    if not name or name.startswith(("utf-16", "utf-32")):  # then these very bytes were not ASCII
        return ""
    try:
        text = content.decode(name, "replace")
    except (UnicodeError, LookupError):  # codecs that are no encodings of text, such as `idna`
        return ""
    return text if text.count("\ufffd") <= max(1, len(text) // 200) else ""


def _decode_guessed(content: bytes) -> str:
    """Decode by the most likely encoding; UTF-8 with losses where a few bytes only are damaged."""
    text = content.decode("utf-8", "replace")
    if text.count("\ufffd") <= len(text) // 200 and len(text) < len(content):
        return text
    from charset_normalizer import from_bytes

    best = from_bytes(content[:SAMPLE], enable_fallback=True).best()
    encoding = best.encoding if best is not None else "cp1252"
    return content.decode(encoding, "replace")
