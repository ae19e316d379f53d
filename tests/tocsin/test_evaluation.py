"""Evaluation counts what was found, missed and found in error."""

from schemas import Actor, Alias, WatchList
from tocsin.evaluation import Labelled, score
from tocsin.matcher import Matcher

LAKE = Actor(
    id="lake",
    name="Lake Board",
    aliases=(Alias(text="Озеро", language="ru"), Alias(text="Lake", language="en")),
)
MATCHER = Matcher((WatchList(name="w", actors=(LAKE,)),), "r")


def a_document(text: str, *labels: tuple[str, str], language: str = "ru") -> Labelled:
    return Labelled(name="d", language=language, title="", text=text, labels=labels)


def test_documents_and_forms_are_counted_by_language() -> None:
    found = score(
        [
            a_document("Об Озере говорят.", ("Озере", "GPE-Lake")),
            a_document("Об Озерце говорят.", ("Озерце", "GPE-Lake")),
            a_document("Nothing.", language="en"),
        ],
        MATCHER,
        actor="lake",
        ids=frozenset({"GPE-Lake"}),
    )
    russian = found["ru"]
    assert (russian.documents, russian.wanted_documents, russian.found_documents) == (2, 2, 1)
    assert (russian.wanted_forms, russian.found_forms) == (2, 1)
    assert russian.misses == ["d: Озерце"]
    assert (found["en"].documents, found["en"].wanted_documents) == (1, 0)


def test_forms_labelled_otherwise_or_not_at_all_are_listed() -> None:
    documents = [
        a_document("Lake spoke.", ("Lake", "PER-Lake"), language="en"),
        a_document("Lake spoke.", language="en"),
    ]
    found = score(documents, MATCHER, actor="lake", ids=frozenset({"GPE-Lake"}))["en"]
    assert (found.by_name, found.wrong, found.unlabelled) == (2, 1, 1)
    assert found.alarms == ["d: Lake (PER-Lake)", "d: Lake (no label)"]
