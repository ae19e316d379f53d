from connectors.feeds.documents import Listed
from connectors.feeds.entries import changed
from schemas import Entry


def listed(*fingerprints: str) -> list[Listed]:
    return [
        Listed(entry=Entry(), text="", key=str(number), fingerprint=each)
        for number, each in enumerate(fingerprints)
    ]


def keys(found: list[Listed]) -> list[str]:
    return [each.key for each in found]


def test_what_is_new_or_says_something_else_is_wanted() -> None:
    now = listed("a.", "b.", "c.", "d.2026")
    assert keys(changed(now, {"0": "a.", "1": "x.", "3": "d.2025"})) == ["1", "2", "3"]


def test_dates_that_a_feed_renews_at_every_request_are_no_edits() -> None:
    now = listed("a.3", "b.3", "c.3", "d.3", "new.3", "f.3")
    known = {"0": "a.2", "1": "b.2", "2": "c.2", "3": "d.2", "5": "x.2"}
    assert keys(changed(now, known)) == ["4", "5"]
