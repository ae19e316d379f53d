"""Agreement: one type a name within an article, and the acronyms that its text defines."""

import pytest

from schemas import Article, EntityType, TextField
from tocsin import entities as module
from tocsin.agreement import agree
from tocsin.entities import entities_of
from tocsin.spans import Span

PERSON, ORGANISATION, PLACE = EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE


def spans(text: str, *found: tuple[str, EntityType]) -> list[Span]:
    """Make a span of each surface, looking for it behind the one before."""
    made: list[Span] = []
    at = 0
    for surface, kind in found:
        at = text.index(surface, at)
        made.append(Span(start=at, end=at + len(surface), type=kind))
        at += len(surface)
    return made


def agreed(text: str, *found: tuple[str, EntityType]) -> list[tuple[str, EntityType]]:
    texts = {TextField.TITLE: "", TextField.TEXT: text}
    result = agree(texts, {TextField.TITLE: [], TextField.TEXT: spans(text, *found)})
    return [(text[it.start : it.end], it.type) for it in result[TextField.TEXT]]


def test_a_surname_is_a_person_wherever_the_full_name_is_one() -> None:
    text = "Awa Keïta came. Keïta spoke, Keïta left."

    found = agreed(text, ("Awa Keïta", PERSON), ("Keïta", PLACE), ("Keïta", PLACE))

    assert [kind for _, kind in found] == [PERSON] * 3


def test_the_majority_decides_the_type_of_a_name() -> None:
    text = "Kollo, Kollo and Kollo"

    found = agreed(text, ("Kollo", PLACE), ("Kollo", PERSON), ("Kollo", PLACE))

    assert [kind for _, kind in found] == [PLACE] * 3


def test_what_the_gazetteer_knows_is_not_outvoted() -> None:
    text = "Mali Mali"
    known = Span(start=0, end=4, type=PLACE, name="Mali", id="ML")
    guess = Span(start=5, end=9, type=PERSON)

    found = agree({TextField.TEXT: text}, {TextField.TEXT: [known, guess]})

    assert found[TextField.TEXT] == [known, guess]


def test_a_people_is_no_place_and_no_person() -> None:
    text = "Libye : les Libyens partent, Amiens attend"
    country = Span(start=0, end=5, type=PLACE, name="Libya", id="LY")
    guesses = spans(text, ("Libyens", PLACE), ("Amiens", PLACE))

    found = agree({TextField.TEXT: text}, {TextField.TEXT: [country, *guesses]})

    assert [it.type for it in found[TextField.TEXT]] == [PLACE, EntityType.OTHER, PLACE]


def test_an_acronym_that_the_text_defines_is_found_everywhere() -> None:
    text = "The Water Users Committee (WUC) met. WUC members voted; WUCs elsewhere did not."

    found = agreed(text, ("Water Users Committee", ORGANISATION))

    assert found == [
        ("Water Users Committee", ORGANISATION),
        ("WUC", ORGANISATION),
        ("WUC", ORGANISATION),
    ]


def test_brackets_without_the_first_letters_define_nothing() -> None:
    text = "The Water Users Committee (Kollo) met in Kollo."

    assert agreed(text, ("Water Users Committee", ORGANISATION)) == [
        ("Water Users Committee", ORGANISATION)
    ]


def test_entities_stand_title_first_and_have_the_name_of_the_full_form() -> None:
    text = "The Water Users Committee (WUC) met."
    title = "Awa Keïta heads WUC"
    article = Article(id="a", version="1", title=title, text=text)
    found = {
        TextField.TEXT: spans(text, ("Water Users Committee", ORGANISATION)),
        TextField.TITLE: spans(title, ("Awa Keïta", PERSON)),
    }

    entities = entities_of(article, found)

    assert [(it.field.value, it.text, it.name) for it in entities] == [
        ("title", "Awa Keïta", "Awa Keïta"),
        ("title", "WUC", "Water Users Committee"),
        ("text", "Water Users Committee", "Water Users Committee"),
        ("text", "WUC", "Water Users Committee"),
    ]
    fields = {"title": title, "text": text}
    assert all(fields[it.field][it.start : it.end] == it.text for it in entities)


def test_of_a_text_of_nothing_but_names_the_first_are_kept_by_their_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    title, text = "Mali", "Niger. " * 9
    article = Article(id="a", version="1", title=title, text=text)
    found = {
        TextField.TEXT: spans(text, *[("Niger", PLACE)] * 9)[::-1],
        TextField.TITLE: spans(title, ("Mali", PLACE)),
    }
    whole = entities_of(article, found)
    monkeypatch.setattr(module, "MOST", 4)

    assert entities_of(article, found) == whole[:4]
    assert [it.start for it in whole[:4]] == [0, 0, 7, 14]
