"""Nominatives of Russian persons' names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.nominatives import nominative


@pytest.mark.parametrize(
    ("oblique", "expected"),
    [
        ("Егора Орлова", "Егор Орлов"),
        ("Сергеем Ильичом Крюковым", "Сергей Ильич Крюков"),
        ("Георгию Петровичу Вольскому", "Георгий Петрович Вольский"),
        ("Льва Гайдая", "Лев Гайдай"),
        ("Павлом Бондарем", "Павел Бондарь"),
        ("Ильи Сорокина", "Илья Сорокин"),
        ("Марии Вольской", "Мария Вольская"),
        ("Ольгу Ивановну Крюкову", "Ольга Ивановна Крюкова"),
        ("Степана Навозного", "Степан Навозный"),
        ("Глебом Рено", "Глеб Рено"),
    ],
)
def test_other_cases_become_the_nominative(oblique: str, expected: str) -> None:
    assert nominative(oblique) == expected


@pytest.mark.parametrize(
    "name",
    [
        "Марина Коваль",
        "Александра Орлова",
        "Зураба Церели",
        "Орлова",
        "Awa Keïta",
        "Егор Орлов",
        "",
    ],
)
def test_what_is_a_nominative_or_unknown_stays(name: str) -> None:
    assert nominative(name) == name


@given(
    st.sampled_from(["Егора", "Марии", "Ивану", "Юлией", "Зураба", "Awa"]),
    st.sampled_from(["Орлова", "Вольской", "Гайдая", "Коваля", "Мэй", "Кнорре", "Keïta"]),
)
def test_the_nominative_of_a_nominative_is_itself(first: str, last: str) -> None:
    once = nominative(f"{first} {last}")

    assert nominative(once) == once
