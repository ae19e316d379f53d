"""Subscriptions over HTTP, as programs ask for them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from schemas import Action, Change, Subscription
from store import changes
from store.engine import reading, writing
from tests.console.cli.test_explain_store import an_article, streamed
from tests.console.cli.test_subscription_options import SAID, row_of
from tests.console.web.conftest import BOB, MINE, Api
from tocsin.subscriptions import parse

NIGER = "/v1/subscriptions/niger"
MALI = "/v1/subscriptions/mali"


def kept(engine: Engine) -> dict[str, Subscription]:
    with reading(engine) as connection:
        return changes.kept(connection)


def history(engine: Engine, name: str) -> list[Change]:
    with reading(engine) as connection:
        return changes.history(connection, name)


def test_one_that_is_put_is_kept_with_who_did_it_and_why(api: Api, engine: Engine) -> None:
    keys = {"query": "actor:wagner AND place:Niger", "channels": ["desk"], "throttle": 5}
    put = api.ask("PUT", f"{NIGER}?why=a+new+desk", keys, token=BOB)
    assert (put.status, put.tag, put.headers["Location"]) == (201, '"1"', NIGER)
    assert put.json == {"said": "Saved niger.", "warnings": []}
    assert kept(engine)["niger"] == Subscription(
        id="niger", query="actor:wagner AND place:Niger", channels=("desk",), throttle=5
    )
    (change,) = history(engine, "niger")
    assert (change.action, change.by, change.why) == (Action.SAVE, "bob", "a new desk")


@pytest.mark.parametrize("text", [text for text, _ in SAID])
def test_every_key_of_a_file_can_be_put(api: Api, engine: Engine, text: str) -> None:
    (wanted,) = parse(text, file="mine.toml")
    assert api.ask("PUT", f"/v1/subscriptions/{wanted.id}", row_of(text)).status == 201
    assert kept(engine) == {wanted.id: wanted}


def test_it_is_shown_with_where_it_is_and_its_history(api: Api) -> None:
    api.ask("PUT", NIGER, {"actors": ["russia", "wagner"]})
    api.ask("POST", f"{NIGER}/pause")
    shown = api.ask("GET", NIGER)
    assert shown.tag == '"2"'
    assert shown.json["subscription"]["query"] == "actor:russia OR actor:wagner"
    assert (shown.json["place"], shown.json["states"]) == ("store", ["paused"])
    assert [each["action"] for each in shown.json["history"]] == ["save", "pause"]
    listed = api.get("/v1/subscriptions")["subscriptions"]
    assert [(each["subscription"]["id"], each["place"], each["states"]) for each in listed] == [
        ("mali", "files", []),
        ("niger", "store", ["paused"]),
    ]


def test_of_two_editors_the_second_is_told_that_it_changed_meanwhile(
    api: Api, engine: Engine
) -> None:
    first = api.ask("PUT", NIGER, {"query": "niger"})
    assert api.ask("PUT", NIGER, {"query": "niamey"}, If_Match=first.tag).status == 200
    late = api.ask("PUT", NIGER, {"query": "agadez"}, If_Match=first.tag)
    assert (late.status, late.tag) == (412, '"2"')
    assert "its tag is" in late.json["detail"]
    assert kept(engine)["niger"].query == "niamey"


def test_what_is_there_is_not_replaced_by_chance(api: Api, engine: Engine) -> None:
    api.ask("PUT", NIGER, {"query": "niger"})
    bare = api.ask("PUT", NIGER, {"query": "agadez"})
    assert (bare.status, bare.tag) == (428, '"1"')
    assert api.ask("PUT", NIGER, {"query": "agadez"}, If_None_Match="*").status == 412
    assert kept(engine)["niger"].query == "niger"
    assert api.ask("PUT", NIGER, {"query": "agadez"}, If_Match="*").status == 200


@pytest.mark.parametrize("tag", ["1", 'W/"0"', '"0", "7"', "", "*"])
def test_a_tag_of_nothing_matches_nothing(api: Api, engine: Engine, tag: str) -> None:
    assert api.ask("PUT", NIGER, {"query": "niger"}, If_Match=tag).status == 412
    assert kept(engine) == {}


def test_a_hold_and_a_removal_heed_a_tag_where_one_is_sent(api: Api) -> None:
    api.ask("PUT", NIGER, {"query": "niger"})
    assert api.ask("POST", f"{NIGER}/pause", If_Match='"7"').status == 412
    assert api.ask("DELETE", NIGER, If_Match='"7"').status == 412
    assert api.ask("POST", f"{NIGER}/pause", If_Match='"1"').status == 200
    assert api.ask("DELETE", NIGER, If_Match='"2"').status == 200


def test_one_that_is_removed_is_gone_and_has_its_history(api: Api, engine: Engine) -> None:
    api.ask("PUT", NIGER, {"query": "niger"})
    removed = api.ask("DELETE", f"{NIGER}?why=moved+on")
    assert (removed.status, removed.json["said"]) == (200, "Removed niger.")
    shown = api.get(NIGER)
    assert (shown["place"], shown["subscription"]) == ("removed", None)
    assert [each["why"] for each in shown["history"]] == ["", "moved on"]
    assert api.ask("DELETE", NIGER).status == 404
    assert api.ask("PUT", NIGER, {"query": "niger"}).status == 201


def test_those_of_files_are_changed_there(api: Api, engine: Engine) -> None:
    put, removed = api.ask("PUT", MALI, {"query": "mali"}), api.ask("DELETE", MALI)
    assert (put.status, removed.status) == (409, 409)
    assert put.json["detail"] == "mali stands in the files already."
    assert removed.json["hint"].startswith("Take it out there")
    assert history(engine, "mali") == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"query": "mali", "colour": "red"}, "unknown key 'colour'"),
        ({"query": "mali", "chanels": ["desk"]}, "did you mean 'channels'?"),
        ({"query": "mali", "channels": ["dsk"]}, "did you mean desk?"),
        ({"query": "mali", "channels": ["kafka"]}, "goes there already"),
        ({"query": "mali", "throttle": 10**30}, "throttle must be a whole number"),
        ({"query": "mali", "min_confidence": "high"}, "min_confidence must be"),
        ({"query": "mali", "digest": {"cron": "daily"}}, "minute, hour, day"),
        ({"query": "mali", "id": "other"}, "id must be 'niger'"),
        ({"query": 5}, "query must be text"),
        ({"query": "mali", "name": "a\x00b"}, "control character"),
        ({"name": "N"}, "query is missing"),
        ({"actors": []}, "actors: name one at least"),
        (["query"], "must be a JSON object"),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_files(
    api: Api, engine: Engine, keys: Any, said: str
) -> None:
    put = api.ask("PUT", NIGER, keys)
    assert put.status == 422
    assert put.headers["Content-Type"] == "application/problem+json"
    assert said in put.json["detail"]
    assert kept(engine) == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[[channel]]\nid = "desk"\nkind = "pigeon"\n', "channels.toml:3: kind"),
        ("[[channel]\n", "channels.toml:1"),
        (None, "channels.toml: No such file"),
    ],
)
def test_a_file_of_channels_that_is_wrong_is_the_servers_fault_and_logged(
    api: Api, engine: Engine, capsys: pytest.CaptureFixture[str], content: str | None, reason: str
) -> None:
    file = api.folder / "channels.toml"
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    put = api.ask("PUT", NIGER, {"query": "niger", "channels": ["desk"]})
    assert (put.status, put.headers["Retry-After"]) == (503, "60")
    assert put.json["detail"].startswith("The file of channels is wrong: whoever runs")
    assert "channels.toml" not in put.content.decode()
    assert reason in capsys.readouterr().out
    assert kept(engine) == {}
    assert api.ask("PUT", NIGER, {"query": "niger", "channels": [5]}).status == 422
    assert api.ask("PUT", NIGER, {"query": "niger"}).status == 201


def test_a_query_that_is_wrong_is_told_with_its_column(api: Api) -> None:
    put = api.ask("PUT", NIGER, {"query": "mali AND"})
    assert (put.status, put.json["column"]) == (422, 6)
    unknown = api.ask("PUT", NIGER, {"query": "mali AND actor:wagnr"})
    assert (unknown.status, unknown.json["column"]) == (422, 16)
    assert "actor:wagner" in unknown.json["hint"]


def test_what_is_odd_is_warned_of_and_kept(api: Api, engine: Engine) -> None:
    put = api.ask("PUT", NIGER, {"query": "mali NOT mali"})
    assert "can never match" in put.json["warnings"][0]["message"]
    assert list(kept(engine)) == ["niger"]


@pytest.mark.parametrize("name", ["Niger", "niger_x", "n" * 101, "%C3%A9"])
def test_a_name_that_no_file_could_have_is_refused(api: Api, name: str) -> None:
    put = api.ask("PUT", f"/v1/subscriptions/{name}", {"query": "niger"})
    assert (put.status, put.json["detail"][:2]) == (422, "id")


def test_one_of_the_files_is_held_and_let_go(api: Api, engine: Engine) -> None:
    said = [
        api.ask("POST", f"{MALI}/{word}", body).json["said"]
        for word, body in (
            ("pause", {"why": "elections are over"}),
            ("pause", None),
            ("resume", None),
            ("snooze", {"until": "2090-01-01T00:00:00Z"}),
            ("mute", {"actor": "wagner"}),
            ("unmute", {"actor": "wagner-group"}),
        )
    ]
    assert said == [
        "Paused mali.",
        "mali is paused already.",
        "Resumed mali.",
        "Snoozed mali until 2090-01-01 00:00 UTC.",
        "Muted wagner-group for mali.",
        "Unmuted wagner-group for mali.",
    ]
    found = history(engine, "mali")
    assert [each.by for each in found] == ["ada"] * 5
    assert found[0].why == "elections are over"
    assert kept(engine) == {}


def test_a_snooze_for_a_while_ends_after_it(api: Api, engine: Engine) -> None:
    before = datetime.now(UTC)
    assert api.ask("POST", f"{MALI}/snooze", {"for": "8h"}).status == 200
    (change,) = history(engine, "mali")
    assert change.until is not None
    assert 0 <= (change.until - before).total_seconds() - 8 * 3600 < 60


def test_a_story_is_muted_by_the_beginning_of_its_alert(api: Api, engine: Engine) -> None:
    (alert, *_) = [
        each for each in streamed(engine, an_article(1)) if each.subscription == "wagner-group"
    ]
    api.ask("PUT", "/v1/subscriptions/wagner-group", {"actors": ["wagner"]})
    path = "/v1/subscriptions/wagner-group/mute"
    assert api.ask("POST", path, {"story": alert.id[:12], "for": "7d"}).status == 200
    assert history(engine, "wagner-group")[-1].subject == alert.story
    missing = api.ask("POST", path, {"story": "ffffffffffff"})
    assert (missing.status, "begins with ffff" in missing.json["detail"]) == (422, True)


def test_a_channel_that_was_disabled_is_enabled(api: Api, engine: Engine) -> None:
    gone = Change(
        subscription="mali",
        action=Action.DISABLE,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        by="tocsin",
        subject="desk",
    )
    with writing(engine) as connection:
        changes.add(connection, gone)
    assert api.get(MALI)["states"] == ["channel disabled: desk"]
    assert api.ask("POST", f"{MALI}/enable", {"channel": "desk"}).status == 200
    assert api.get(MALI)["states"] == []


@pytest.mark.parametrize(
    ("word", "body", "said"),
    [
        ("snooze", {}, "say `for` how long"),
        ("snooze", {"for": "8h", "until": "2090-01-01T00:00:00Z"}, "not both"),
        ("snooze", {"until": "2001-01-01T00:00:00Z"}, "over already"),
        ("snooze", {"until": "2090-01-01T00:00:00"}, "time zone"),
        ("snooze", {"for": "999999w"}, "longer than there are years"),
        ("snooze", {"for": "0h"}, "no span"),
        ("snooze", {"fro": "8h"}, "did you mean 'for'?"),
        ("mute", {}, "`story` or an `actor`"),
        ("mute", {"actor": "wagnr"}, "no actor 'wagnr'"),
        ("unmute", {"actor": "wagner"}, "is not muted"),
        ("enable", {"channel": "desk"}, "is not disabled"),
        ("enable", {}, "channel"),
        ("pause", {"why": 5}, "str"),
    ],
)
def test_a_hold_that_is_wrong_changes_nothing(
    api: Api, engine: Engine, word: str, body: dict[str, Any], said: str
) -> None:
    refused = api.ask("POST", f"{MALI}/{word}", body or b"{}")
    assert refused.status == 422
    assert said in refused.json["detail"]
    assert history(engine, "mali") == []


@pytest.mark.parametrize("path", ["/pause", ""])
def test_what_nobody_knows_is_told_with_the_nearest(api: Api, path: str) -> None:
    method = "POST" if path else "GET"
    missing = api.ask(method, f"/v1/subscriptions/maly{path}")
    assert missing.status == 404
    assert (missing.json["title"], missing.json["hint"]) == ("Not Found", "Did you mean mali?")


def test_while_the_files_are_wrong_what_is_in_force_can_be_held(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    (api.folder / "mine.toml").write_text(MINE + "colour = 1\n")
    refused = api.ask("GET", "/v1/subscriptions")
    assert (refused.status, refused.headers["Retry-After"]) == (503, "60")
    assert "mine.toml:5: unknown key" in refused.json["detail"]
    assert "mine.toml:5: unknown key" in capsys.readouterr().out
    held = api.ask("POST", "/v1/subscriptions/russia/pause")
    assert (held.status, held.json["said"]) == (200, "Paused russia.")
