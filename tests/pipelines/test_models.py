"""Model recognisers joined with the gazetteer; without models the gazetteer works alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipelines.models as models
from pipelines.models import PIECE, READ, Joined, missing_models, pieces, recogniser
from schemas import Article, Entity, EntityType, TextField
from tocsin.entities import Gazetteer, Recogniser

PERSON, ORGANISATION, PLACE = EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE

ENGLISH = (
    "Governor Peter Hamilton met Margaret Sullivan in Niamey on Monday. Mr. Hamilton thanked the "
    "African Union. Sullivan’s aides flew to Niger."
)
FRENCH = (
    "Le ministre Philippe Garnier a rencontré Marie Dubois à Ouagadougou. Selon M. Garnier, la Cédéao "
    "attend. Mme Dubois repart au Niger."
)
RUSSIAN = (
    "Губернатор Сергей Орлов встретился с Ириной Вольской в Ниамее. По словам Орлова, ЭКОВАС ждёт. "
    "Орлову ответили из Нигера."
)


def an_article(text: str, title: str = "") -> Article:
    return Article(id="a", version="1", title=title, text=text)


def needs(*languages: str) -> pytest.MarkDecorator:
    missing = sorted(set(languages) & set(missing_models()))
    return pytest.mark.skipif(bool(missing), reason=f"no model installed for {missing}")


@pytest.fixture(scope="module")
def joined() -> Recogniser:
    return recogniser()


def named(entities: tuple[Entity, ...], kind: EntityType) -> set[str]:
    return {it.name for it in entities if it.type is kind}


@pytest.mark.models
@needs("en", "fr", "ru")
@pytest.mark.parametrize(
    ("text", "language", "persons", "places", "organisation"),
    [
        (
            ENGLISH,
            "en",
            {"Peter Hamilton", "Margaret Sullivan"},
            {"Niamey", "Niger"},
            "African Union",
        ),
        (FRENCH, "fr", {"Philippe Garnier", "Marie Dubois"}, {"Ouagadougou", "Niger"}, "ECOWAS"),
        (RUSSIAN, "ru", {"Сергей Орлов", "Ирина Вольская"}, {"Niamey", "Niger"}, "ECOWAS"),
    ],
)
def test_persons_places_and_organisations_are_found(
    joined: Recogniser,
    text: str,
    language: str,
    persons: set[str],
    places: set[str],
    organisation: str,
) -> None:
    [found] = joined.recognise([(an_article(text), language)])

    assert named(found, PERSON) == persons
    assert named(found, PLACE) == places
    assert organisation in named(found, ORGANISATION)
    assert all(it.text == text[it.start : it.end] for it in found)


@pytest.mark.models
@needs("en", "fr", "ru")
def test_the_answer_does_not_depend_on_the_batch(joined: Recogniser) -> None:
    asked = [
        (an_article(FRENCH, title="Niger : Philippe Garnier"), "fr"),
        (an_article(ENGLISH), "en"),
        (an_article(RUSSIAN), "ru"),
        (an_article("", ""), "en"),
        (an_article("Nchi ya Niger", "Niamey"), "sw"),
    ]

    together = joined.recognise(asked)

    assert together == [joined.recognise([each])[0] for each in asked]
    assert together == joined.recognise(asked)


@pytest.mark.models
@needs("en")
def test_a_long_text_is_read_to_its_end_with_offsets_of_the_whole(joined: Recogniser) -> None:
    filling = "Rain fell on the old harbour and nobody came.\n" * (PIECE // 40)
    text = filling + ENGLISH

    [found] = joined.recognise([(an_article(text), "en")])

    assert {"Peter Hamilton", "Margaret Sullivan"} <= named(found, PERSON)
    assert all(it.text == text[it.start : it.end] for it in found)


def test_behind_what_models_read_the_gazetteer_goes_on() -> None:
    class Counting:
        """A model that finds nothing, and counts what it is given."""

        name, read = "counting", 0

        def guess(self, texts):
            self.read += sum(map(len, texts))
            return [[] for _ in texts]

    model = Counting()
    filler = "Nobody came to the well. " * (READ // 25 + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "_model", lambda language: model)
        [found] = Joined().recognise([(an_article(f"{filler}\nNiamey"), "en")])
    assert model.read == READ
    assert [entity.name for entity in found] == ["Niamey"]


@pytest.mark.models
@needs("fr")
def test_a_model_does_not_guess_in_scripts_it_cannot_read(joined: Recogniser) -> None:
    [found] = joined.recognise(
        [(an_article("Marie Dubois écrit : ذهب الرجل إلى السوق في الصباح"), "fr")]
    )

    assert {it.text for it in found} == {"Marie Dubois"}


def test_without_models_the_gazetteer_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_model", lambda language: None)

    [found] = Joined().recognise([(an_article(ENGLISH), "en")])

    assert [it.name for it in found] == ["Niamey", "African Union", "Niger"]


def test_models_can_be_turned_off() -> None:
    assert isinstance(recogniser(enabled=False), Gazetteer)


def test_missing_models_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_model_name", lambda language: "m-1" if language == "fr" else "")

    assert missing_models() == ("en", "ru")
    assert Joined().name.endswith("+m-1")


def test_the_name_tells_all_parts(joined: Recogniser) -> None:
    assert joined.name.startswith(Gazetteer().name)
    assert joined.name == recogniser().name


@given(st.text(st.sampled_from("ab. \n"), max_size=300), st.integers(1, 3))
def test_pieces_put_together_are_the_text(text: str, times: int) -> None:
    long = text * 100 * times

    found = list(pieces(long))

    assert all(long[start : start + len(piece)] == piece for start, piece in found)
    assert all(len(piece) <= PIECE for _, piece in found)
    assert sum(len("".join(piece.split())) for _, piece in found) == len("".join(long.split()))


def test_title_and_text_are_both_read() -> None:
    [found] = Gazetteer().recognise([(an_article("in Niger", title="Mali"), "en")])

    assert [(it.field, it.name) for it in found] == [
        (TextField.TITLE, "Mali"),
        (TextField.TEXT, "Niger"),
    ]
