"""Spans: trimmed to the name, and settled between the gazetteer and a model."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import EntityType
from tocsin.spans import Span, reconcile, tidy, without_overlaps

PERSON, ORGANISATION, PLACE = EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE


def a_span(text: str, surface: str, kind: EntityType, *, known: str = "") -> Span:
    start = text.index(surface)
    return Span(start=start, end=start + len(surface), type=kind, name=known)


def trimmed(surface: str, kind: EntityType) -> str:
    span = tidy(surface, Span(start=0, end=len(surface), type=kind))
    return surface[span.start : span.end] if span else ""


@pytest.mark.parametrize(
    ("surface", "kind", "name"),
    [
        ("Mr. Traoré", PERSON, "Traoré"),
        ("President Salifou Modi’s", PERSON, "Salifou Modi"),
        ("le général Barmou", PERSON, "Barmou"),
        ("президента Токаева", PERSON, "Токаева"),
        ("Marine Le Pen", PERSON, "Marine Le Pen"),
        ("the Harbour Board", ORGANISATION, "Harbour Board"),
        ("l’Assemblée nationale", ORGANISATION, "Assemblée nationale"),
        ("«Северный ветер", ORGANISATION, "Северный ветер"),
        ("Фабрика «Заря»", ORGANISATION, "Фабрика «Заря»"),
        ("Water Users Committee (WUC", ORGANISATION, "Water Users Committee"),
        ("Kollo\nOur reporter in Kollo", PLACE, "Our reporter in Kollo"),
        ("U.N.", ORGANISATION, "U.N."),
    ],
)
def test_what_does_not_belong_to_a_name_is_cut_off(
    surface: str, kind: EntityType, name: str
) -> None:
    assert trimmed(surface, kind) == name


@pytest.mark.parametrize(
    ("surface", "kind"),
    [
        ("Monday", PLACE),
        ("juillet", ORGANISATION),
        ("12 000", ORGANISATION),
        ("A", PERSON),
        ("harbour", PLACE),
        ("https://example.org/Kollo", ORGANISATION),
        ("Agent 47", PERSON),
        ("\n", PLACE),
        ("One Two Three Four Five Six Seven", PERSON),
    ],
)
def test_what_is_no_name_is_dropped(surface: str, kind: EntityType) -> None:
    assert trimmed(surface, kind) == ""


def test_the_gazetteer_corrects_the_type_that_a_model_gave() -> None:
    text = "Talks in Niger went on."
    known = a_span(text, "Niger", PLACE, known="Niger")

    assert reconcile(text, [known], [a_span(text, "Niger", PERSON)]) == [known]


def test_a_guess_of_two_known_places_gives_way_to_them() -> None:
    text = "Mali and Burkina Faso agreed."
    places = [
        a_span(text, "Mali", PLACE, known="Mali"),
        a_span(text, "Burkina Faso", PLACE, known="Burkina Faso"),
    ]

    assert reconcile(text, places, [a_span(text, "Mali and Burkina Faso", ORGANISATION)]) == places


def test_a_longer_organisation_keeps_the_place_in_its_name() -> None:
    text = "The Bank of China cut rates."
    guess = a_span(text, "Bank of China", ORGANISATION)

    assert reconcile(text, [a_span(text, "China", PLACE, known="China")], [guess]) == [guess]


def test_a_person_may_be_called_like_a_country() -> None:
    text = "Then Joe Niger spoke."
    guess = a_span(text, "Joe Niger", PERSON)

    assert reconcile(text, [a_span(text, "Niger", PLACE, known="Niger")], [guess]) == [guess]


def test_a_place_and_an_office_before_a_person_are_cut_off() -> None:
    text = "Mali President Awa Keïta left."
    place = a_span(text, "Mali", PLACE, known="Mali")

    found = reconcile(text, [place], [a_span(text, "Mali President Awa Keïta", PERSON)])

    assert [text[it.start : it.end] for it in found] == ["Mali", "Awa Keïta"]


def test_names_joined_by_a_dash_are_not_one_name() -> None:
    text = "a joint U.N.–African Union team"
    known = [
        a_span(text, "U.N.", ORGANISATION, known="United Nations"),
        a_span(text, "African Union", ORGANISATION, known="African Union"),
    ]

    assert reconcile(text, known, [a_span(text, "U.N.–African Union team", ORGANISATION)]) == known


SPANS = st.lists(
    st.builds(
        lambda start, length, kind: Span(start=start, end=start + length, type=kind),
        st.integers(0, 60),
        st.integers(1, 20),
        st.sampled_from(EntityType),
    ),
    max_size=8,
)


@given(st.text(st.sampled_from("aB é.’s\n(«Mr1-"), min_size=80, max_size=90), SPANS)
def test_trimming_never_grows_a_span_beyond_its_closing_mark_and_is_stable(
    text: str, spans: list[Span]
) -> None:
    for span in spans:
        found = tidy(text, span)
        if found:
            assert span.start <= found.start < found.end <= span.end + 1
            assert "\n" not in text[found.start : found.end]


@given(st.text(st.sampled_from("Ab c.’s\nD"), min_size=80, max_size=90), SPANS, SPANS)
def test_settled_spans_never_overlap_and_stand_in_order(
    text: str, known: list[Span], guessed: list[Span]
) -> None:
    found = reconcile(text, without_overlaps(known), guessed)

    assert all(one.end <= two.start for one, two in pairwise(found))
