from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.query.words import WORD, split
from tocsin.text import fold


@given(st.text())
@example("l’été à niamey — déjà")
@example("в нигере, 尼日尔 и الكا")
@example("naïve_case ٣٤ ½ x²")
def test_blanking_what_is_no_word_leaves_the_words(text: str) -> None:
    folded = fold(text).text
    if not folded.isascii():
        assert split(folded) == WORD.findall(folded)


def test_every_character_of_a_script_without_spaces_is_a_word() -> None:
    assert split("尼日尔 été") == ["尼", "日", "尔", "été"]
