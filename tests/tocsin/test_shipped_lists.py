"""The shipped watch lists against labelled texts: nothing that was reached may be lost.

What is still told wrongly stands here, text by text. A change that mends one fails the test too, so
that the list stays true; and no other text may join it unnoticed.
"""

from functools import cache

import pytest

from benchmarks.detection import Answer, answers, scores, sentences
from tocsin.matcher import Matcher
from tocsin.watchlists import shipped

MISSED = {
    "A flood of accounts wrote that Rуssia was winning.": "a letter that imitates y, not u",
    "Peace talks with Рussia were postponed.": "a letter that imitates P, not R",
    "#StopRussia trended for an hour.": "words written together",
    "Russia2018 shirts are still on sale.": "words written together",
    "R U S S I A stood painted on the wall.": "letters set apart",
    "Russias neighbours are nervous.": "a possessive without its apostrophe",
    "The private military company Wag-\nner hired cooks.": "a word broken at the end of a line",
    "Civilians were executed by Wagner and the army, the rights office found.": "no word supports it",
    "Former Wagnerites complain that they were never paid.": "no word supports it",
    "Wagner? Never heard of it, said the Russian envoy.": "only a people, in the next sentence",
    "La rumeur court depuis lundi. Wagner recrute au marché, et l'on promet aux jeunes un fusil et une"
    " solde en roubles.": "no word supports it",
    "Полонений розповів, що до «Вагнера» його забрали з колонії.": "no word supports it",
}
"""Texts in which an actor is not found, and why."""

WRONG = {
    "Тренер группы Вагнер похвалила гимнасток.": "a trainer's group is written like the Group",
    "Szef grupy Wagner Consulting otworzył biuro w Łodzi.": "a firm's group is written like the Group",
    "Cô ngà ngà say, ngã trên đường Nga My.": "in Vietnamese, Russia is also a given name",
    "In the second act of Wagner's drama the fighters kneel before the swan.": "fighters on a stage",
    "The biographer calls Wagner a mutineer of 1849 who fled Dresden after the uprising.": "it is true",
    "Wagner, signed from Shakhtar in Ukraine, trained alone yesterday.": "a country near a sportsman",
    "Der Stürmer kam aus Donezk. Wagner lobte den Ukrainer nach dem Abpfiff.": "a people near a trainer",
    "Wagner a marqué deux fois contre la Russie.": "a country near a sportsman",
}
"""Texts in which an actor is found that is not meant, and why."""


@cache
def told(known: str) -> tuple[Answer, ...]:
    return tuple(answers(Matcher(shipped(), "rules"), known))


def test_exactly_the_known_texts_are_told_wrongly() -> None:
    missed = {it.sentence.text for it in told("labelled") if it.sentence.actors - it.found}
    wrong = {it.sentence.text for it in told("labelled") if it.found - it.sentence.actors}
    assert missed == set(MISSED)
    assert wrong == set(WRONG)


@pytest.mark.parametrize(
    ("known", "precision", "recall"),
    [("labelled", 0.985, 0.98), ("detected", 0.985, 0.975), ("unknown", 0.985, 0.85)],
)
def test_the_level_is_kept_however_the_language_is_known(
    known: str, precision: float, recall: float
) -> None:
    [score] = scores(told(known), lambda *_: "all").values()
    assert score.both >= precision * score.found
    assert score.both >= recall * score.wanted


@pytest.mark.parametrize("actor", ["ecowas", "russia", "wagner-group"])
def test_every_actor_is_told_well(actor: str) -> None:
    score = scores(told("labelled"), lambda _, named: named)[actor]
    assert score.both >= 0.975 * score.found
    assert score.both >= 0.975 * score.wanted


def test_what_only_looks_like_an_actor_is_kept_as_a_near_miss() -> None:
    wanted = [(it.sentence.text, actor) for it in told("labelled") for actor in it.sentence.near]
    kept = [(it.sentence.text, actor) for it in told("labelled") for actor in it.near]
    assert len(set(wanted) & set(kept)) >= 0.96 * len(wanted)


def test_the_texts_are_many_and_differ() -> None:
    texts = list(sentences())
    assert len({it.text for it in texts}) == len(texts) >= 1000
    assert len({it.language for it in texts}) >= 60
