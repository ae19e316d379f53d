import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.settings import WebSettings
from console.web.tokens import SHORTEST, tokens_of, who
from schemas import InvalidSetting

FIRST, SECOND = "f" * SHORTEST, "s" * SHORTEST
TOKENS = tokens_of(f"ada:{FIRST}\n\n  bob:{SECOND}\r\nada:{FIRST}2\n")


def test_a_name_may_have_several_tokens_so_that_one_can_take_anothers_place() -> None:
    assert [each.name for each in TOKENS] == ["ada", "bob", "ada"]
    given_by = [who(TOKENS, f"Bearer {each.secret}") for each in TOKENS]
    assert given_by == ["ada", "bob", "ada"]
    assert FIRST not in repr(TOKENS)


@given(st.text(max_size=60))
def test_what_is_no_token_is_nobodys(text: str) -> None:
    assert who(TOKENS, text) is None
    assert who(TOKENS, f"Bearer {text}") is None
    assert who((), f"Bearer {text}") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FIRST, "line 1: write name:token"),
        (f"a b:{FIRST}", "line 1: write name:token"),
        (f"ada:{FIRST}\nbob:{SECOND[1:]}", "line 2: a token has 32 characters at least"),
        (f"ada:{FIRST} x", "line 1: a token has letters"),
        (f"ada:{FIRST}\nbob:{FIRST}", "line 2: this token stands in a line before"),
    ],
)
def test_lines_that_are_wrong_are_told_without_what_stands_in_them(text: str, said: str) -> None:
    with pytest.raises(InvalidSetting, match=said) as caught:
        WebSettings(tokens=text)
    assert FIRST[:8] not in str(caught.value)
    assert "tocsin web token" in caught.value.hint


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"web\.listen: '8420' is not HOST:PORT"):
        WebSettings(listen="8420")
