"""Names: what one article calls the same thing gets one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Entity, EntityType, TextField
from tocsin.entities import fold_names
from tocsin.names import is_acronym_of

PERSON, ORGANISATION, PLACE = EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE


def an_entity(name: str, kind: EntityType = PERSON, *, id: str = "", article: str = "a") -> Entity:
    return Entity(
        article=article,
        version="1",
        type=kind,
        text=name,
        start=0,
        end=len(name),
        field=TextField.TEXT,
        name=name,
        id=id,
    )


def folded(*names: str, kind: EntityType = PERSON) -> list[str]:
    return [it.name for it in fold_names([an_entity(name, kind) for name in names])]


def test_a_surname_takes_the_full_name_that_ends_with_it() -> None:
    assert folded("Keïta", "Awa Keïta", "KEÏTA") == ["Awa Keïta"] * 3


def test_a_surname_of_two_persons_stays_a_surname() -> None:
    assert folded("Keïta", "Awa Keïta", "Omar Keïta") == ["Keïta", "Awa Keïta", "Omar Keïta"]


def test_a_middle_name_and_an_initial_do_not_make_another_person() -> None:
    assert folded("Awa B. Keïta", "Awa Keïta", "A. Keïta") == ["Awa B. Keïta"] * 3


def test_a_first_name_alone_is_nobody_in_particular() -> None:
    assert folded("Awa", "Awa Keïta") == ["Awa", "Awa Keïta"]


def test_a_place_is_no_surname() -> None:
    found = fold_names([an_entity("Kollo", PLACE), an_entity("Awa Kollo")])

    assert [it.name for it in found] == ["Kollo", "Awa Kollo"]


@pytest.mark.parametrize(
    ("names", "nominative"),
    [
        (("Орлова", "Орлов", "Орловым"), "Орлов"),
        (("Егора Орлова", "Орловым"), "Егор Орлов"),
        (("Зинаиды Вольской", "Вольскую"), "Зинаида Вольская"),
        (("Глеба Кравца", "Глебом Кравцем"), "Глеб Кравц"),
        (("Максим Ветров", "Максима Ветрова"), "Максим Ветров"),
    ],
)
def test_russian_cases_fold_into_the_nominative(names: tuple[str, ...], nominative: str) -> None:
    assert set(folded(*names)) == {nominative}


def test_an_acronym_takes_the_full_name() -> None:
    names = folded("Water Users Committee of the North", "WUCN", kind=ORGANISATION)

    assert names == ["Water Users Committee of the North"] * 2


def test_an_id_is_lent_to_the_same_name_and_its_own_name_is_kept() -> None:
    known = an_entity("ЭКОВАС", ORGANISATION, id="Q1")

    found = fold_names(
        [known, an_entity("ЭКОВАСом", ORGANISATION), an_entity("Лига", ORGANISATION)]
    )

    assert [it.id for it in found] == ["Q1", "Q1", ""]


def test_articles_do_not_mix() -> None:
    found = fold_names([an_entity("Awa Keïta"), an_entity("Keïta", article="b")])

    assert [it.name for it in found] == ["Awa Keïta", "Keïta"]


@pytest.mark.parametrize(
    ("short", "long", "is_one"),
    [
        ("WUC", "Water Users Committee", True),
        ("W.U.C.", "Water Users Committee", True),
        ("CNT", "Conseil national de transition", True),
        ("СП", "Счётная палата", True),
        ("WUC", "Water Committee", False),
        ("Wuc", "Water Users Committee", False),
        ("W", "Water", False),
    ],
)
def test_acronyms_are_made_of_first_letters(short: str, long: str, is_one: bool) -> None:
    assert is_acronym_of(short, long) is is_one


NAMES = st.sampled_from(
    [
        *("Keïta", "Awa Keïta", "A. Keïta", "Omar Keïta", "Keita", "KEÏTA", "Awa", "Mr"),
        *(
            "Лавров",
            "Лаврова",
            "Сергея Лаврова",
            "Сергей Лавров",
            "Лаврову",
            "Сергей Викторович Лавров",
        ),
        *("WUC", "Water Users Committee", "Committee", "Марии Захаровой", "Захарова"),
    ]
)
ENTITIES = st.lists(
    st.builds(
        an_entity,
        NAMES,
        st.sampled_from([PERSON, ORGANISATION, PLACE]),
        id=st.sampled_from(["", "", "Q1"]),
    ),
    max_size=10,
)


@given(ENTITIES)
def test_folding_twice_changes_nothing(entities: list[Entity]) -> None:
    once = fold_names(entities)

    assert fold_names(once) == once


@given(ENTITIES)
def test_folding_changes_only_names_and_ids(entities: list[Entity]) -> None:
    found = fold_names(entities)

    assert [(it.text, it.type, it.start) for it in found] == [
        (it.text, it.type, it.start) for it in entities
    ]
    assert all(it.name for it in found)


@given(ENTITIES, st.randoms(use_true_random=False))
def test_names_do_not_depend_on_the_order_of_entities_without_ids(
    entities: list[Entity], random
) -> None:
    plain = [an_entity(it.text, it.type) for it in entities]
    shuffled = random.sample(plain, len(plain))

    def names(them: list[Entity]) -> set[tuple[str, str, str]]:
        return {(it.type.value, it.text, it.name) for it in fold_names(them)}

    assert names(plain) == names(shuffled)
