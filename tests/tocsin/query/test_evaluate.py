from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import ArticleVersion, EntityType, TextField
from tests.tocsin.query.article_versions import a_mention, an_article_version, an_entity
from tocsin.query.evaluate import match
from tocsin.query.nodes import Leaf
from tocsin.query.parse import parse
from tocsin.query.resolve import resolve
from tocsin.query.view import View
from tocsin.query.words import words_of


def matches(query: str, article_version: ArticleVersion) -> bool:
    return (
        match(resolve(parse(query), {"wagner": "wagner-group"}, query), article_version) is not None
    )


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("niger", "The road to Niger is open.", True),
        ("niger", "Nigeria closed the road.", False),
        ("NIGER", "le niger", True),
        ("cedeao", "La Cédéao s’est réunie.", True),
        ("Cédéao", "CEDEAO met.", True),
        ("crisis", "Crisis-hit town", True),
        ("is", "crisis", False),
        ('"burkina faso"', "in Burkina\u00a0Faso, today", True),
        ('"burkina faso"', "Burkina and Faso", False),
        ("Moscow-backed", "the Moscow‑backed men", True),
        ("merc*", "Mercenaries came.", True),
        ("merc*", "commerce grew", False),
        ('"wagner gr*"', "a Wagner Group camp", True),
        ("瓦格纳", "俄罗斯瓦格纳集团在尼日尔", True),
        ("格纳集", "俄罗斯瓦格纳集团", True),
        ("格集", "俄罗斯瓦格纳集团", False),
        ("ワグネル", "民間軍事会社ワグネルの部隊", True),
        ("러시아", "러시아가 발표했다", True),
        ("รัสเซีย", "กองทัพรัสเซียประกาศ", True),
        ("Вагнер", "ЧВК «Вагнер» в Мали", True),
        ("mali AND niger", "Mali", False),
        ("mali OR niger", "Mali", True),
        ("mali NOT niger", "Mali", True),
        ("mali NOT niger", "Mali, Niger", False),
        ("mali AND NOT (niger AND chad)", "Mali and Niger", True),
        ("NOT NOT mali", "Mali", True),
    ],
)
def test_words_are_compared_folded_and_whole(query: str, text: str, expected: bool) -> None:
    assert matches(query, an_article_version(text)) is expected


def test_a_phrase_does_not_reach_out_of_the_title_into_the_text() -> None:
    article_version = an_article_version("Group leaves", title="Wagner")
    assert not matches('"wagner group"', article_version)
    assert matches("wagner group", article_version)


def test_title_and_text_can_be_asked_apart() -> None:
    article_version = an_article_version("Mali", title="Niger")
    assert matches("title:niger text:mali", article_version)
    assert not matches("title:mali", article_version)
    assert not matches("text:niger", article_version)


def test_evidence_gives_the_original_letters_and_their_sentence() -> None:
    text = "First. La Cédéao s’est réunie à Abuja. Last."
    found = match(parse('cedeao "a abuja"'), an_article_version(text))
    assert found is not None
    assert [each.text for each in found] == ["Cédéao", "à Abuja"]
    for each in found:
        assert each.field == TextField.TEXT
        assert text[each.start : each.end] == each.text
        assert each.sentence == "La Cédéao s’est réunie à Abuja."


LETTERS = st.text(alphabet="aÉß’ﬁИ́й ١瓦กか\u00ad\u200bİ.\n-", max_size=30)


@given(LETTERS, LETTERS)
def test_every_word_of_a_text_finds_itself_with_offsets_into_the_original(
    text: str, title: str
) -> None:
    article_version = an_article_version(text, title=title)
    for word in {*View(article_version).words}:
        found = match(Leaf(text=word), article_version)
        assert found is not None
        (proof,) = found
        original = title if proof.field == TextField.TITLE else text
        assert proof.text == original[proof.start : proof.end] != ""
        assert proof.text in proof.sentence
        assert words_of(proof.text) == (word,)


def test_evidence_names_every_leaf_that_was_satisfied_and_none_under_not() -> None:
    found = match(parse("(mali OR niger OR chad) NOT opera"), an_article_version("Mali and Chad."))
    assert found is not None
    assert [each.leaf for each in found] == ["mali", "chad"]


def test_an_actor_is_found_by_its_short_name_and_proved_by_the_mention() -> None:
    article_version = an_article_version("They left. The Wagner Group stayed.")
    article_version = replace(
        article_version,
        mentions=(a_mention(article_version.article, "Wagner Group", actor="wagner-group"),),
    )
    found = match(
        resolve(parse("actor:wagner"), {"wagner": "wagner-group"}, "actor:wagner"), article_version
    )
    assert found is not None
    assert (found[0].text, found[0].sentence) == ("Wagner Group", "The Wagner Group stayed.")
    assert not matches("actor:wagner", an_article_version("The Wagner Group stayed."))


def test_a_place_is_asked_by_its_whole_name_or_id_and_a_person_by_any_part() -> None:
    article_version = an_article_version("Mohamed Bazoum fell. Нигер. Oil from the Niger Delta.")
    article = article_version.article
    delta = an_entity(article, "Niger Delta", type=EntityType.PLACE)
    person = an_entity(article, "Mohamed Bazoum", type=EntityType.PERSON)
    state = an_entity(article, "Нигер", type=EntityType.PLACE, name="Niger", id="NE")
    assert not matches("place:niger", replace(article_version, entities=(delta, person)))
    assert matches("place:niger", replace(article_version, entities=(state,)))
    assert matches("place:ne", replace(article_version, entities=(state,)))
    assert matches("place:niger*", replace(article_version, entities=(delta,)))
    assert matches("person:bazoum", replace(article_version, entities=(person,)))
    assert matches('entity:"Mohamed Bazoum"', replace(article_version, entities=(person,)))
    assert not matches("org:bazoum", replace(article_version, entities=(person,)))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("language:fr", True),
        ("language:fr-CA", True),
        ("language:en", False),
        ("publisher:lakeshore.example", True),
        ("publisher:news.lakeshore.example", True),
        ("publisher:shore.example", False),
        ("feed:lakeshore.example", True),
        ("feed:https://news.lakeshore.example/rss", True),
        ("via:rss", True),
        ("via:warc", False),
        ("flag:old", True),
        ("copies>2", True),
        ("copies>3", False),
        ("copies<=3", True),
        ("copies=3", True),
    ],
)
def test_metadata_is_compared_by_value(query: str, expected: bool) -> None:
    article_version = an_article_version(
        "Mali",
        language="fr-CA",
        publisher="news.lakeshore.example",
        feed="https://news.lakeshore.example/rss",
        via="rss",
        flags=("old",),
    )
    assert matches(query, replace(article_version, copies=3)) is expected
