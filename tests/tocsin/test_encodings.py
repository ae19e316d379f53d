import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.encodings import declared, decode, unmarked_wide

RUSSIAN = "Мост через реку открыли в среду два министра после одиннадцати лет работы. " * 5
FRENCH = "Le président a été reçu à Niamey; la Cédéao s'en félicite, où qu'elle soit. " * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_and_plain_unicode_is_read_exactly(encoding):
    assert decode(RUSSIAN.encode(encoding)) == RUSSIAN


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (FRENCH, "cp1252"),
        (
            "Os ministros chegaram à cidade; as sanções não são levantadas, disse a porta-voz.",
            "cp1252",
        ),
        ("La traversée a repris à l'aube, là où le pont s'était effondré.", "cp1252"),
        ("Ministrowie przybyli do miasta; sankcje nie zostały zniesione, mówi żegluga.", "cp1250"),
        ("Mluvčí řekl, že most přes řeku bude otevřen příští týden.", "cp1250"),
        ("Köprü çarşamba günü açıldı, dedi sözcü; vapur artık işlemiyor.", "cp1254"),
        ("Tiltas buvo atidarytas trečiadienį, sakė atstovė spaudai.", "cp1257"),
        ("塔瓦市场上的洋葱涨价了，商人们说。" * 20, "gb18030"),
    ],
)
def test_old_encodings_are_guessed(text, encoding):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        (b'<?xml version="1.0" encoding="windows-1251"?>', "cp1251"),
        (b'<html><meta charset="Shift_JIS">', "cp932"),
        (b'<meta http-equiv=Content-Type content="text/html; charset=iso-8859-1">', "cp1252"),
        (b"<meta charset=nonsense-9>", ""),
        (b"<p>", ""),
    ],
)
def test_a_document_may_declare_its_encoding(head, codec):
    assert declared(head) == codec


def test_what_is_declared_goes_before_a_guess():
    page = '<meta charset="koi8-r"><p>Мост'.encode("koi8-r")
    assert decode(page).endswith("Мост")


def test_unicode_that_declares_something_else_is_unicode():
    assert decode('<meta charset="iso-8859-1">Мост'.encode()).endswith("Мост")


def test_a_few_damaged_bytes_cost_themselves_alone():
    damaged = RUSSIAN.encode() + b"\xff" + RUSSIAN.encode()
    assert decode(damaged) == f"{RUSSIAN}\ufffd{RUSSIAN}"


def test_a_damaged_byte_in_a_short_text_turns_none_of_its_letters():
    assert decode("Мост ".encode() + b"\xff") == "Мост \ufffd"


def test_what_is_odd_is_looked_at_wherever_it_stands():
    text = "The ferry stopped. " * 10_000 + RUSSIAN
    assert decode(text.encode("cp1251")) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        RUSSIAN,
        FRENCH,
        "Нигер",
        "Бойцы «Вагнера» ушли – PMC Wagner, 2023.\n\nТекст.",
        "Η ομάδα Βάγκνερ έφυγε από το Μάλι.",
        "نیروهای واگنر می‌روند و برنمی‌گردند.",
        "כוח ואגנר עזב את מאלי.",
        "वैगनर समूह ने माली छोड़ दिया।",
        "กลุ่มแวกเนอร์ออกจากมาลี",
        "የዋግነር ቡድን ወጣ። ሁለተኛ።",
    ],
)
def test_utf_16_without_a_mark_is_told_by_its_shape(text, encoding):
    assert decode(text.encode(encoding)) == text
    assert unmarked_wide(text.encode(encoding)) == encoding
    assert not unmarked_wide(text.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        bytes(4096),
        bytes(range(32)) * 128,
        bytes(range(256)) * 16,
        struct.pack("<2000H", *range(2000)),
        struct.pack("<1000i", *range(1000)),
        struct.pack("<2000h", *(n * 7919 % 600 - 300 for n in range(2000))),
        struct.pack("<2000H", *(0x410 + n * 7919 % 64 for n in range(2000))),
        b"a\0b" + b"c" * 30,
    ],
)
def test_numbers_and_damaged_text_are_no_utf_16(content):
    assert unmarked_wide(content) == ""


@given(st.binary(max_size=300))
def test_any_bytes_are_read_and_always_alike(content):
    assert decode(content) == decode(content)
