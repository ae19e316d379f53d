import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.plaintext import is_site_line, read_plain

LEAD = "The ferry between the two banks stopped for good on Friday, and nobody had been told."
MORE = "Traders say that the price of onions doubled within a week of the closure."


def copied(*lines: str, title: str = "Ferry stops for good") -> str:
    return "\n".join([title, "", *lines])


def test_the_first_line_is_the_title_and_the_rest_the_text():
    plain = read_plain(copied(LEAD, MORE))
    assert (plain.title, plain.text) == ("Ferry stops for good", f"{LEAD}\n{MORE}")


@pytest.mark.parametrize(
    "again", ["Ferry stops for good", "FERRY STOPS FOR GOOD", "Ferry stops for good."]
)
def test_the_headline_said_again_is_said_once(again):
    assert (
        read_plain(copied("A deck that stays.", again, LEAD)).text == f"A deck that stays.\n{LEAD}"
    )


def test_the_headline_with_the_name_of_the_site_is_the_same_headline():
    title = "Ferry stops for good after forty years - River News"
    assert (
        read_plain(copied("Ferry stops for good after forty years", LEAD, title=title)).text == LEAD
    )


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (
            "Onions at the market of Tahoua on May 2. (Awa Sy/River Wire)",
            "Onions at the market of Tahoua on May 2. Awa Sy/River Wire",
            "Onions at the market of Tahoua on May 2. (Awa Sy/River Wire)",
        ),
        (
            "Onions at the market of Tahoua on May 2.",
            "Onions at the market of Tahoua on May 2. Awa Sy/River Wire",
            "Onions at the market of Tahoua on May 2.",
        ),
        (
            "Лук на рынке в Тахуа, второе мая. (Ава Си)",
            "Лук на рынке в Тахуа, второе мая. Ава Си",
            "Лук на рынке в Тахуа, второе мая. (Ава Си)",
        ),
        (
            "塔瓦市场上的洋葱，五月二日，尼日尔中部最大的集市之一，许多商人来自邻国。（河流通讯社）",
            "塔瓦市场上的洋葱，五月二日，尼日尔中部最大的集市之一，许多商人来自邻国。河流通讯社",
            "塔瓦市场上的洋葱，五月二日，尼日尔中部最大的集市之一，许多商人来自邻国。（河流通讯社）",
        ),
        (
            "بصل في سوق تاهوا في الثاني من مايو (وكالة النهر)",
            "بصل في سوق تاهوا في الثاني من مايو وكالة النهر",
            "بصل في سوق تاهوا في الثاني من مايو (وكالة النهر)",
        ),
    ],
)
def test_a_caption_that_stands_twice_is_kept_once(first, second, kept):
    assert read_plain(copied(LEAD, first, second, MORE)).text == f"{LEAD}\n{kept}\n{MORE}"


def test_a_quote_pulled_out_of_its_paragraph_is_not_said_twice():
    paragraph = (
        "“We were not told, and the boats were already full,” said a fisherman. Others nodded."
    )
    pulled = "We were not told, and the boats were already full"
    assert read_plain(copied(LEAD, pulled, paragraph)).text == f"{LEAD}\n{paragraph}"


def test_short_lines_may_well_stand_twice():
    assert read_plain(copied(LEAD, "No.", MORE, "No.")).text == f"{LEAD}\nNo.\n{MORE}\nNo."


@pytest.mark.parametrize(
    "line",
    ["Updated:", "0:00", "0:00 / 12:34", "Mis à jour le 3 mai 2024 à 10:12", "Обновлено:", "Aktualisiert: 12.05.2024, 10:00",
     "更新时间：2024-05-01 10:00", "Advertisement", "LISTEN", "Published 2024-05-01T10:00:00Z", "1 May 2024", "تحديث:"],
)  # fmt: skip
def test_lines_of_the_site_are_no_text(line):
    assert is_site_line(line)
    assert read_plain(copied(line, LEAD, line)).text == LEAD


@pytest.mark.parametrize(
    "line",
    ["Updated rules will apply from May.", "In 2024 the river rose by 2 metres.", "Published authors met in Lagos.",
     "Stand der Dinge ist unklar.", "Parties met at 10:30 in Abuja and talked for 2 hours until the lights went out."],
)  # fmt: skip
def test_sentences_that_begin_like_lines_of_the_site_are_text(line):
    assert not is_site_line(line)
    assert line in read_plain(copied(LEAD, line)).text


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("By Awa Sy", ("Awa Sy",)),
        ("BY AWA SY AND KOFI MENSAH-ADJEI", ("AWA SY", "KOFI MENSAH-ADJEI")),
        ("Par Jean-Marc de la Tour et Awa Sy", ("Jean-Marc de la Tour", "Awa Sy")),
        ("Von Jonas Ahlbrecht", ("Jonas Ahlbrecht",)),
        ("Автор: Анна Речная", ("Анна Речная",)),
        ("作者：王小河", ("王小河",)),
        ("بقلم سلمى النهر", ("سلمى النهر",)),
    ],
)
def test_a_byline_names_the_authors_and_is_no_text(byline, authors):
    plain = read_plain(copied(byline, LEAD, MORE))
    assert plain.authors == authors
    assert plain.text == f"{LEAD}\n{MORE}"


def test_a_bare_name_is_a_byline_beside_a_line_of_the_site():
    plain = read_plain(copied("Awa Sy", "Updated:", "0:00", LEAD))
    assert (plain.authors, plain.text) == (("Awa Sy",), LEAD)


def test_a_bare_name_elsewhere_is_text():
    plain = read_plain(copied(LEAD, "Central Africa", MORE))
    assert (plain.authors, plain.text) == ((), f"{LEAD}\nCentral Africa\n{MORE}")


def test_a_date_among_the_first_lines_is_when_it_was_published():
    plain = read_plain(copied("Published: 1 May 2024, 10:30 UTC", LEAD))
    assert plain.published.isoformat() == "2024-05-01T10:30:00+00:00"


def test_lines_broken_at_a_width_become_paragraphs_again():
    wrapped = (
        "The ferry between the two banks of the river stopped for good on\n"
        "Friday, and nobody had been told about it before the boats were\n"
        "already tied to the trees. Traders say that the price of onions has\n"
        "doubled within a week of the closure, and that they expect more of\n"
        "the same.\n\nThe ministry did not answer."
    )
    first, second = read_plain(f"Ferry stops\n\n{wrapped}").text.split("\n")
    assert first.endswith("more of the same.")
    assert second == "The ministry did not answer."


def test_a_text_without_a_headline_has_no_title():
    long = f"{LEAD} {MORE} " * 4
    plain = read_plain(long)
    assert (plain.title, plain.text) == ("", long.strip())


@given(st.text(max_size=400))
def test_any_text_is_read(text):
    plain = read_plain(text)
    assert "\n\n" not in plain.text
    assert set(plain.text) <= set(text) | {"\n", " "}


@given(
    st.lists(
        st.sampled_from(
            [LEAD, MORE, "Updated:", "0:00", "By Awa Sy", "No.", f"{LEAD} Awa Sy/Wire"]
        ),
        max_size=12,
    )
)
def test_what_was_read_is_read_again_as_it_is(lines):
    text = read_plain(copied(*lines)).text
    for line in (LEAD, MORE):
        assert text.count(line) == (1 if any(each.startswith(line) for each in lines) else 0)


@pytest.mark.parametrize("piece", [" ", "a ", " and", "A. ", ",", "0:0", "By ", "a\n", "Ab\n\n"])
@pytest.mark.parametrize("start", ["Updated:\na", "Ferry stops\nBy a", "a"])
def test_time_is_linear_in_the_length(start, piece):
    began = time.process_time()
    read_plain(f"Ferry stops\n\n{start}{piece * 50_000}b\n")
    assert time.process_time() - began < 2
