"""Bytes to text, when nobody says for sure which encoding they are in. Always the same answer.

The order of trust is that of the WHATWG: a byte order mark, then strict UTF-8, then what the document
declares, then a guess by the shape of the text; but UTF-16 without a mark is told by its shape first,
since much of it is UTF-8 by accident. Nothing is lost: what does not decode becomes U+FFFD.
"""

import codecs
import re
import unicodedata
from collections import Counter

SAMPLE = 1 << 16
"""Bytes that a guess looks at. More does not change it and costs seconds."""

BEFORE = 1024
"""Bytes that a guess looks at before the first odd one."""

_ALPHABETS = {
    "cp1252": (
        "éèàêçôîûâùëïœüÿæ", "áéíóúñü", "áâãàçéêíóôõúü", "äöüß", "àèéìòùîó", "àèéíïòóúüç", "éëïöóüè",
        "åäöé", "æøåéòóôäö", "áéíóúýðþæö",
    ),
    "cp1250": (
        "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ",
    ),
    "cp1254": ("çğıiİöşüâîû",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž"),
}  # fmt: skip
"""Letters beyond ASCII of the languages that each Windows page of Latin letters was made for: of Western
Europe, Central Europe, Turkey, the Baltic. Bytes are alike in all four; what is `à` in the first is `ŕ`
in the second and `ą` in the last, and no language needs letters of two of them."""

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

CONTROLS = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27})
"""Bytes that stand in no text of one byte a letter; ESC does, in old Japanese."""

WIDE_SAMPLE = 4096
"""First bytes by whose shape UTF-16 is told."""

_ALIKE, _SOUND = 0.95, 0.98
"""Shares of units of UTF-16 text: in its one or two blocks of letters, and of characters that text has."""

_LONG_WORD = 200
"""Letters after which even Thai has put a space."""

_NONE = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Categories of what is no character of a text: controls, unassigned, private, halves of a pair."""

_BEYOND = re.compile(rb"[\x80-\xff]+")
_PLAIN = re.compile("[\0-\x7f]+")
_LETTER = re.compile(rb"[A-Za-z]")

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
    if encoding := unmarked_wide(content):
        return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        odd = error.start
    return _decode_declared(content) or _decode_guessed(content, odd)


def unmarked_wide(content: bytes) -> str:
    """Name the byte order of what is UTF-16 without a mark, or `''`.

    Of a text in an alphabet every second byte is that of its block, such as 4 for Cyrillic, or 0; and
    it is made of characters that texts have. Chinese and Korean have no such blocks and are not told so.
    """
    sample = content[: min(WIDE_SAMPLE, len(content) & ~1)]
    if len(sample) == len(sample.translate(None, CONTROLS)):
        return ""
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if _has_blocks(sample[first::2]) and _is_sound(sample.decode(encoding, "replace")):
            return encoding
    return ""


def _has_blocks(highs: bytes) -> bool:
    """Tell whether bytes name few blocks of letters: signs and Latin, two others, punctuation."""
    blocks = Counter(high for high in highs if high < 0x20)
    others = [count for block, count in blocks.most_common() if block][:2]
    return blocks[0] + sum(others) + highs.count(0x20) >= _ALIKE * len(highs)


def _is_sound(text: str) -> bool:
    """Tell whether nearly all characters are assigned and no controls, half are letters, and spaces part them."""
    kinds = Counter("Z" if each.isspace() else unicodedata.category(each)[0] for each in text)
    letters = kinds["L"] + kinds["M"]
    unsound = sum(not each.isspace() and unicodedata.category(each) in _NONE for each in text)
    return (
        len(text) - unsound >= _SOUND * len(text)
        and 2 * letters >= len(text)
        and _LONG_WORD * kinds["Z"] >= len(text) - _LONG_WORD
    )


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


def _decode_guessed(content: bytes, odd: int) -> str:
    """Decode by the most likely encoding; UTF-8 with losses where it speaks for itself.

    `odd` is where the first byte stands that is no UTF-8.
    """
    text = content.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    whole = len(_PLAIN.sub("", text)) - damaged
    if whole > 0 and (damaged <= len(text) // 200 or 2 * damaged <= whole):
        return text
    start = max(odd - BEFORE, 0)
    return content.decode(_guess(content[start : start + SAMPLE]), "replace")


def _guess(sample: bytes) -> str:
    """Name the encoding of a sample: its script by the shape of the bytes, Latin ones by alphabet."""
    if not _stand_alone(sample):
        from charset_normalizer import from_bytes

        best = from_bytes(sample, enable_fallback=True).best()
        if best is not None and not _is_latin(sample.decode(best.encoding, "replace")):
            return best.encoding
    return max(_ALPHABETS, key=lambda encoding: _fitting(sample, encoding))


def _fitting(sample: bytes, encoding: str) -> int:
    """Count the letters that belong to that language of an encoding which has the most of them."""
    found = Counter(_PLAIN.sub("", sample.decode(encoding, "replace")).lower())
    return max(sum(found[each] for each in alphabet) for alphabet in _ALPHABETS[encoding])


def _stand_alone(sample: bytes) -> bool:
    """Tell whether bytes beyond ASCII are few and apart, as only letters with accents are."""
    runs = _BEYOND.findall(sample)
    beyond = sum(map(len, runs))
    alone = sum(len(run) for run in runs if len(run) <= 2)
    return 2 * alone >= beyond and 4 * beyond < beyond + len(_LETTER.findall(sample))


def _is_latin(text: str) -> bool:
    """Tell whether the letters beyond ASCII are mostly Latin ones."""
    letters = [each for each in text if not each.isascii() and each.isalpha()]
    return sum(each < "\u0250" for each in letters) * 2 >= len(letters)
