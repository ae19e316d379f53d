"""Aliases: countries in all languages, and names between word boundaries."""

import pytest

from schemas import Actor, Alias, MentionKind
from tocsin.aliases import expand, locate, name_of, territory_aliases

ACTOR = Actor(id="a", name="A")


def where(alias: Alias, text: str, language: str = "en") -> str | None:
    """Find the alias in a folded text, at the first place of its anchor."""
    name = name_of(ACTOR, alias, 0)
    at = text.find(name.anchor)
    span = locate(name, text, at, at + len(name.anchor), language) if at >= 0 else None
    return text[slice(*span)] if span else None


def test_a_territory_has_a_name_in_more_than_a_hundred_languages() -> None:
    found = {(alias.language, alias.text) for alias in territory_aliases("NE")}
    assert len({language for language, _ in found}) > 100
    assert {("de", "Niger"), ("ru", "Нигер"), ("zh", "尼日尔"), ("zh", "尼日爾")} <= found


def test_forms_in_shared_scripts_count_only_in_their_language() -> None:
    local = {alias.text: alias.local for alias in territory_aliases("RU")}
    assert local["Ruslan"]
    assert local["Росси"]
    assert not local["ロシア"]
    assert not local["რუსეთი"]


def test_what_the_list_says_goes_before_what_cldr_says() -> None:
    own = Alias(text="RUSSIA", language="it", kind=MentionKind.METONYM)
    found = expand(Actor(id="r", name="R", territory="RU", aliases=(own,)))
    assert [alias for alias in found if alias.language == "it"] == [own]


@pytest.mark.parametrize(
    ("alias", "text", "found"),
    [
        (Alias(text="Ecowas", language="en"), "the ecowas-led force", "ecowas"),
        (Alias(text="Ecowas", language="en"), "mecowas", None),
        (Alias(text="Ecowas", language="en"), "ecowases", None),
        (Alias(text="Ecowas", language="en"), "#ecowas_2023", "ecowas"),
        (Alias(text="Ecowas", language="en"), "据ecowas称", "ecowas"),
        (Alias(text="Lake Board", language="en"), 'the lake "board" met', 'lake "board"'),
        (Alias(text="Lake Board", language="en"), "the lake, board", None),
        (Alias(text="Lake Board", language="en"), "a board of the lake", None),
        (Alias(text="группа Озеро", language="ru"), 'в группе "озера"', 'группе "озера"'),
        (Alias(text="湖", language="zh"), "大湖区", "湖"),
        (Alias(text="ロシア", language="ja"), "ベロロシア", None),
        (Alias(text="러시아", language="ko"), "친러시아파", "러시아파"),
        (Alias(text="ايكواس", language="ar"), "وبالايكواس", "ايكواس"),
        (Alias(text="ايكواس", language="ar"), "خخايكواس", None),
        (Alias(text="रूस", language="hi"), "रूसी", None),
        (Alias(text="Rosja", language="pl", inflect=False), "o rosji", None),
    ],
)
def test_names_stand_between_word_boundaries(alias: Alias, text: str, found: str | None) -> None:
    assert where(alias, text, alias.language) == found


def test_a_name_of_every_language_is_inflected_by_the_language_of_the_text() -> None:
    alias = Alias(text="Acron", language="*")
    assert where(alias, "o acronie", "pl") == "acronie"
    assert where(alias, "acronissa", "fi") == "acronissa"
    assert where(alias, "acronissa", "en") is None


def test_compounds_begin_with_a_long_certain_name_where_the_language_makes_them() -> None:
    assert where(Alias(text="Russland", language="de"), "russlandpolitik") == "russland"
    assert where(Alias(text="Russland", language="de"), "weissrussland") is None
    assert where(Alias(text="Russie", language="fr"), "russiepolitik") is None
    doubtful = Alias(text="Wagner", language="de", alone=False)
    assert where(doubtful, "wagnerianer") is None
