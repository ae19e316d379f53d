"""Gazetteer: known names in many languages, and the traps around them."""

import pytest
from babel import Locale, localedata
from hypothesis import given
from hypothesis import strategies as st

from schemas import Article, Entity, EntityType, TextField
from tocsin.entities import Gazetteer


def found_in(text: str, language: str, title: str = "") -> tuple[Entity, ...]:
    article = Article(id="a", version="1", title=title, text=text)
    return Gazetteer().recognise([(article, language)])[0]


def names_in(text: str, language: str) -> list[str]:
    return [it.name for it in found_in(text, language)]


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("Rain fell on Niger and Nigeria.", "en", ["Niger", "Nigeria"]),
        ("Les pluies au Niger et au Nigéria", "fr", ["Niger", "Nigeria"]),
        ("Дожди в Нигере, севернее Нигерии", "ru", ["Niger", "Nigeria"]),
        ("Opady w Rosji i Nigerii", "pl", ["Russia", "Nigeria"]),
        ("Lietus Rusijos pietuose", "lt", ["Russia"]),
        ("Oroszországban esett", "hu", ["Russia"]),
        ("Venäjällä satoi", "fi", ["Russia"]),
        ("Niamey'de yağmur, Nijer'in doğusunda", "tr", ["Niamey", "Niger"]),
        ("أمطار في النيجر ومساعدة للنيجر وبالنيجر", "ar", ["Niger", "Niger", "Niger"]),
        ("尼日尔和马里下雨", "zh", ["Niger", "Mali"]),
        ("Le temps à Ouagadougou, Côte d’Ivoire", "fr", ["Ouagadougou", "Côte d'Ivoire"]),
        ("Погода в Демократической Республике Конго", "ru", ["DR Congo"]),
    ],
)
def test_places_are_found_in_the_languages_of_the_news(
    text: str, language: str, names: list[str]
) -> None:
    assert names_in(text, language) == names


@pytest.mark.parametrize("language", ["en", "fr", "ru", "pl", "ar", "zh", "ha", "sw", "uk", "pt"])
def test_every_country_is_found_under_its_cldr_name(language: str) -> None:
    names = Locale.parse(language).territories
    for code in ("NE", "NG", "BF", "TD", "RU", "UA", "DE"):
        [entity] = found_in(f"({names[code]})", language)
        assert (entity.type, entity.id) == (EntityType.PLACE, code), names[code]


def test_no_locale_of_cldr_breaks_the_gazetteer() -> None:
    languages = sorted({it.split("_")[0] for it in localedata.locale_identifiers()})[::9]
    for language in languages:
        assert isinstance(names_in("Niamey", language), list)


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("Floods on the Niger River in Niger State", "en", ["Niger River", "Niger State"]),
        ("dans le delta du Niger", "fr", ["Niger Delta"]),
        ("Nigerien farmers and a Nigerian trader", "en", []),
        (
            "Guinea-Bissau, Papua New Guinea, a guinea pig",
            "en",
            ["Guinea-Bissau", "Papua New Guinea"],
        ),
        ("Michael Jordan visited Jordan", "en", ["Jordan"]),
        ("Then Chad Miller sang", "en", []),
        ("Rain Floods Northern Chad Villages Again", "en", ["Chad"]),
        ("In Jordan rain fell", "en", ["Jordan"]),
        ("Tell us about it, they told us", "en", []),
        ("US troops and UK ships", "en", ["United States", "United Kingdom"]),
        ("UN CHEF CUISINE AU MARCHÉ", "fr", []),
        ("Maurice a mangé une pomme", "fr", []),
        ("La réunion a commencé", "fr", []),
        ("Того, кто пришёл, накормили", "ru", []),
        ("Самое важное в Самоа", "ru", ["Samoa"]),
        ("上海地区和马里兰州", "zh", ["Shanghai"]),
        ("دعم مالي للمزارعين", "ar", []),
        ("The aes cipher, AES keys", "en", []),
        ("turkey with chili", "en", []),
        ("Georgia", "en", ["Georgia"]),
    ],
)
def test_what_only_looks_like_a_known_name_is_told_apart(
    text: str, language: str, names: list[str]
) -> None:
    assert names_in(text, language) == names


def test_an_ambiguous_name_has_no_id() -> None:
    assert [it.id for it in found_in("Peaches from Georgia", "en")] == [""]


def test_a_weak_acronym_counts_where_the_article_says_what_it_means() -> None:
    text = "The AES met. Ministers of Mali spoke."

    assert names_in(text, "en") == ["Alliance of Sahel States", "Mali"]


def test_the_title_helps_the_text() -> None:
    found = found_in("The AU met.", "en", title="African Union meets")

    assert [(it.field, it.name) for it in found] == [
        (TextField.TITLE, "African Union"),
        (TextField.TEXT, "African Union"),
    ]


def test_an_organisation_has_one_name_and_id_in_all_languages() -> None:
    texts = {
        "en": "ECOWAS",
        "fr": "la Cédéao",
        "pt": "a CEDEAO",
        "ru": "Экономического сообщества западноафриканских государств",
        "ar": "إيكواس",
        "zh": "西非国家经济共同体",
    }

    found = [found_in(text, language) for language, text in texts.items()]

    assert {(it.name, it.id, it.type) for [it] in found} == {
        ("ECOWAS", "", EntityType.ORGANISATION)
    }


WORDS = st.sampled_from(
    [
        "Niger",
        "U.S.",
        "ﬁn",
        "Côte d’Ivoire",
        "é",
        "İstanbul",
        "النيجر",
        "尼日尔",
        "Нигера",
        "\u200b",
        "ß",
    ]
)


@given(
    st.lists(WORDS, max_size=12),
    st.sampled_from(["", " ", "\n", ", "]),
    st.sampled_from(["en", "ru", "ar", "zh", "xx"]),
)
def test_offsets_count_code_points_of_the_original(
    words: list[str], between: str, language: str
) -> None:
    text = between.join(words)

    for entity in found_in(text, language):
        assert entity.text == text[entity.start : entity.end]
        assert entity.text.strip()
