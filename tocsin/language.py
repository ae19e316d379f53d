"""Which language a text is in, how sure that is, and which script it is written in.

The identifier is py3langid (Lui & Baldwin 2011), whose model lies in its wheel. It is asked only among
languages that news is published in and that are written in the script of the text: without that it
takes English headlines for Nigerian Pidgin and Spanish ones for Aragonese. What a publisher declares
is a hint, and counts only where the text is too short to speak for itself.
"""

import copy
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
"""ISO 639-2's code where there is nothing to go by."""

READ = 1000
"""Characters that are read, half from the start, half from the middle: more change no answer."""

SHORT = 60
"""Letters under which a declared language is heard."""

LIKELY = 0.01
"""Confidence from which on a declared language is likely enough for a short text."""

TINY = 12
"""Letters (one or two words) under which a declared language is believed as it is."""

FEWEST = 4
"""Letters under which nothing is said without a declared language."""

_LANGUAGES = {
    "Latin": "af az bs ca cs cy da de en es et eu fi fr ga gl ha hr ht hu id ig is it ku lb ln lt lv mg ms mt "
    "nl no om pl pt ro rw sk sl sn so sq sr st sv sw tk tl tr uz vi xh yo zu",
    "Cyrillic": "be bg kk ky mk mn ru sr tg tt uk uz",
    "Arabic": "ar fa ku ps ug ur",
    "Devanagari": "hi mr ne",
    "Bengali": "as bn",
    "Ethiopic": "am",
    "Hebrew": "he",
    "Han": "zh",
    "Kana": "ja",
    "Hangul": "ko",
    "Greek": "el",
    "Armenian": "hy",
    "Georgian": "ka",
    "Thai": "th",
    "Lao": "lo",
    "Khmer": "km",
    "Burmese": "my",
    "Tibetan": "dz",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Gujarati": "gu",
    "Gurmukhi": "pa",
    "Oriya": "or",
    "Sinhala": "si",
}
"""Languages, as ISO 639-1 codes, that news is published in and that the model knows, by script."""

LANGUAGES = frozenset(code for codes in _LANGUAGES.values() for code in codes.split())
"""Every language that `detect` can find."""

_RANGES = {
    "Latin": ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF), (0xFF21, 0xFF5A)),
    "Greek": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
    "Cyrillic": ((0x400, 0x52F),),
    "Armenian": ((0x531, 0x58F),),
    "Hebrew": ((0x5D0, 0x5F4), (0xFB1D, 0xFB4F)),
    "Arabic": ((0x620, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFE)),
    "Devanagari": ((0x900, 0x963),),
    "Bengali": ((0x980, 0x9FF),),
    "Gurmukhi": ((0xA00, 0xA7F),),
    "Gujarati": ((0xA80, 0xAFF),),
    "Oriya": ((0xB00, 0xB7F),),
    "Tamil": ((0xB80, 0xBFF),),
    "Telugu": ((0xC00, 0xC7F),),
    "Kannada": ((0xC80, 0xCFF),),
    "Malayalam": ((0xD00, 0xD7F),),
    "Sinhala": ((0xD80, 0xDFF),),
    "Thai": ((0xE01, 0xE7F),),
    "Lao": ((0xE81, 0xEFF),),
    "Tibetan": ((0xF00, 0xFFF),),
    "Burmese": ((0x1000, 0x109F),),
    "Georgian": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF)),
    "Hangul": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF)),
    "Ethiopic": ((0x1200, 0x139F),),
    "Khmer": ((0x1780, 0x17FF),),
    "Kana": ((0x3041, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F)),
    "Han": (
        (0x2E80, 0x2FDF),
        (0x3005, 0x3007),
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0xF900, 0xFAFF),
    ),
}
"""Blocks of letters by script, from the Unicode character database (Blocks.txt)."""

_WEIGHTS = {"Han": 3, "Kana": 2, "Hangul": 2}
"""Letters of other scripts that one of these says as much as: an article is written in the script that
says most in it, not in that of the names which it quotes."""

_CODES = {
    "nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl", "sh": "sr", "eng": "en", "fra": "fr",
    "fre": "fr", "deu": "de", "ger": "de", "spa": "es", "rus": "ru", "ara": "ar", "zho": "zh",
    "chi": "zh", "por": "pt", "ita": "it", "ukr": "uk", "pol": "pl", "tur": "tr", "fas": "fa",
    "hau": "ha", "swa": "sw", "jpn": "ja", "kor": "ko",
}  # fmt: skip
"""What else publishers write for a language: its old code, its code of three letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A language (ISO 639-1, or `und`), how sure that is (0 to 1, 4 places), and the script."""

    language: str
    confidence: float
    script: str


def detect(text: str, declared: str = "") -> Detection:
    """Say in which language a text is written. `declared` is what its publisher says (BCP 47)."""
    sample = text if len(text) <= READ else text[: READ // 2] + text[len(text) // 2 :][: READ // 2]
    script, letters = _script(sample)
    hint = primary(declared)
    if not script or (letters < FEWEST and not hint):
        return Detection(language=hint or UNDETERMINED, confidence=0.0, script=script)
    codes = _LANGUAGES[script].split()
    if len(codes) == 1:
        return Detection(language=codes[0], confidence=1.0, script=script)
    ranked = _identifier(script).rank(sample)
    language, confidence = ranked[0]
    if hint in codes and letters < SHORT:
        declared_confidence = dict(ranked)[hint]
        if declared_confidence >= LIKELY or letters < TINY:
            language, confidence = hint, declared_confidence
    return Detection(language=language, confidence=round(confidence, 4), script=script)


def primary(declared: str) -> str:
    """Return the two-letter code of a declared language; `''` where it is none that we know."""
    code = declared.replace("_", "-").partition("-")[0].strip().lower()
    code = _CODES.get(code, code)
    return code if code in LANGUAGES else ""


def _script(sample: str) -> tuple[str, int]:
    """Return the script that says most in a sample, and how many letters of it there are."""
    bounds, scripts = _bounds()
    points = np.frombuffer(sample.encode("utf-32-le", "replace"), dtype="<u4")
    found = np.bincount(np.searchsorted(bounds, points, side="right"), minlength=len(scripts))
    counts: dict[str, int] = {}
    for script, count in zip(scripts, found.tolist(), strict=True):
        if script and count:
            counts[script] = counts.get(script, 0) + count
    if not counts:
        return "", 0
    if counts.get("Kana", 0) * 10 > counts.get("Han", 0):  # Japanese is written in both
        counts["Kana"] = counts.get("Kana", 0) + counts.pop("Han", 0)
    script = max(sorted(counts), key=lambda each: counts[each] * _WEIGHTS.get(each, 1))
    return script, counts[script]


@lru_cache(maxsize=1)
def _bounds() -> tuple[np.ndarray, list[str]]:
    """Cut the code points at the ends of all ranges, and name the script of each piece."""
    ranges = sorted((first, last, name) for name, each in _RANGES.items() for first, last in each)
    bounds: list[int] = []
    scripts = [""]
    for first, last, name in ranges:
        bounds += [first, last + 1]
        scripts += [name, ""]
    return np.array(bounds, dtype=np.uint32), scripts


@lru_cache(maxsize=1)
def _model() -> LanguageIdentifier:
    """Load the model, once a process (0.1 s, some 10 MB)."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=len(_LANGUAGES))
def _identifier(script: str) -> LanguageIdentifier:
    """Narrow the model to the languages of one script."""
    narrowed = copy.copy(_model())
    narrowed.set_languages(_LANGUAGES[script].split())
    return narrowed
