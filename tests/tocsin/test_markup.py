import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.markup import depth_of, text_of


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>two &amp; three</p>", "One\ntwo & three"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("f<b>a</b>t and <i>thin</i>", "fat and thin"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("&lt;p&gt;Escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;", "Escaped twice"),
        ("x &lt; y", "x < y"),
        ("<script>if (a < b) {}</script>seen<style>p{}</style>", "seen"),
        ("a<!-- not <b>this</b> -->b", "ab"),
        ("<p title='a > b'>c</p>", "b'>c"),
        ("<SCRIPT>x</SCRIPT>Ж&#1078;&nbsp;&hellip;", "Жж …"),
        ("an <unclosed tag", "an <unclosed tag"),
        ("<iframe/>after", "after"),
        ("&#0000000000065;&#x41;&#65 &#00;", "AAA \ufffd"),
        (f"a&#{'9' * 5000};b", "a\ufffdb"),
    ],
)
def test_markup_goes_and_words_stay(markup, text):
    assert text_of(markup) == text


@given(st.lists(st.from_regex(r"[a-zà-ж0-9]{1,8}", fullmatch=True), max_size=20))
def test_no_word_is_lost(words):
    markup = "<div>" + "</p><p class='x'>".join(words) + "</div>"
    assert text_of(markup).split() == words


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    text_of(text)
    depth_of(text)


@pytest.mark.parametrize(
    "piece", ["<!--", "<a ", "<script>", "</", "&lt;", "<p", "<script></scrip"]
)
def test_time_is_linear_in_the_length(piece):
    began = time.process_time()
    text_of(piece * 100_000)
    assert time.process_time() - began < 3


def test_depth_is_that_of_what_contains():
    assert depth_of("<div><ul><li>a</ul></div><div>") == 2
    assert depth_of("</div></div><div>") == 1
