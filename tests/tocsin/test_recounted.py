"""Mentions of changed actors, found anew by narrowed watch lists."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from schemas import freeze
from tests.tocsin.query.article_versions import an_article
from tocsin.matcher import Matcher
from tocsin.recounted import only
from tocsin.watchlists import shipped

LISTS = shipped()
ACTORS = [actor.id for each in LISTS for actor in each.actors]
WHOLE = Matcher(LISTS, "rules")
SENTENCES = (
    "The Wagner Group left Mali.",
    "Wagner sang in Bayreuth.",
    "Mercenaries of Wagner stood near Russian troops.",
    "Erika Wagner, a pianist, went to Moscow, Idaho.",
    "ECOWAS and Russia met in Abuja.",
    "La CEDEAO a levé les sanctions contre le Niger.",
    "Вагнеровцы ушли из Мали.",
    "The Kremlin said nothing about the Economic Community of West African States.",
)


@given(st.lists(st.sampled_from(SENTENCES), max_size=5), st.sampled_from(["en", "fr", "ru", ""]))
def test_mentions_of_one_actor_never_depend_on_who_else_is_watched(
    sentences: list[str], language: str
) -> None:
    article = an_article(" ".join(sentences[1:]), title="".join(sentences[:1]))
    whole, _ = WHOLE.find(article, language=language, story="story")
    for actor, alone in ALONE.items():
        found, _ = alone.find(article, language=language, story="story")
        assert found == tuple(each for each in whole if each.actor == actor)
        assert alone.may_find(article) or not found


ALONE = {actor: Matcher(only(frozenset({actor}), LISTS), "rules") for actor in ACTORS}


def test_an_article_that_names_nobody_is_passed_over_without_its_language() -> None:
    assert not WHOLE.may_find(an_article("Rain fell.", title="Rain"))
    assert WHOLE.may_find(an_article("Rain fell on Russian fields."))


def test_watch_lists_stay_what_they_are_but_for_those_left_out() -> None:
    (narrowed, *_) = only(frozenset(ACTORS), LISTS)
    assert freeze((narrowed,), ()) == freeze((LISTS[0],), ())
    assert only(frozenset(), LISTS) == tuple(replace(each, actors=()) for each in LISTS)
