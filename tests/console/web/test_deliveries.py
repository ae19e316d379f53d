"""What failed on its way to people is listed, shown and sent again over HTTP, as the commands do it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from console.cli import cli
from console.settings import Settings
from schemas import Ended, Outcome
from store.engine import open_engine
from tests.connectors.delivery.stand import Stand, an_alert
from tests.console.web.conftest import BOB, Api

REFUSED = Outcome(ended=Ended.REFUSED, status=400, reason="no such room")
DEAD, DELIVERED = an_alert(1).id, an_alert(2).id
ONE = f"/v1/deliveries/{DEAD}/hook"


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """A store without rules: the stand has its own."""
    opened = open_engine(settings.store.url)
    yield opened
    opened.dispose()


@pytest.fixture
def stand(engine: Engine) -> Stand:
    """One alert that is dead, and one that was delivered."""
    made = Stand(engine)
    made.ring(an_alert(1))
    made.post.answers["hook"] = REFUSED
    made.drain()
    made.post.answers.clear()
    made.ring(an_alert(2))
    made.drain()
    return made


def by_command(settings: Settings, *arguments: str) -> Any:
    command = ["deliveries", *arguments, "--json", "--store", settings.store.url]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def sent_again(stand: Stand) -> int:
    """Send what is due by now, which is when it was made ready; say how many that is."""
    stand.clock.now = datetime.now(UTC)
    return stand.drain()


def test_what_failed_is_listed_as_the_command_lists_it(
    api: Api, stand: Stand, settings: Settings
) -> None:
    (listed,) = api.get("/v1/deliveries?state=failed")["deliveries"]
    told = by_command(settings, "list")
    assert {key: listed[key] for key in told} == told
    assert (listed["message"], listed["channel"]) == (DEAD, "hook")
    assert listed["reason"] == "400: no such room"
    (only,) = api.get("/v1/deliveries?state=dead")["deliveries"]
    assert only == listed
    assert api.get("/v1/deliveries?state=expired")["deliveries"] == []


@pytest.mark.parametrize("message", [DEAD, DEAD[:6], DEAD[:6].upper()])
def test_one_is_shown_as_the_command_shows_it(
    api: Api, stand: Stand, settings: Settings, message: str
) -> None:
    shown = api.get(f"/v1/deliveries/{message}/hook")
    assert shown == by_command(settings, "show", message, "hook")
    assert shown["delivery"]["state"] == "dead"
    assert (shown["sent"]["id"], "Bridge 1" in shown["sent"]["text"]) == (DEAD, True)


def test_what_was_not_written_yet_is_shown_without_it(api: Api, stand: Stand) -> None:
    stand.ring(an_alert(3))
    shown = api.get(f"/v1/deliveries/{an_alert(3).id}/hook")
    assert (shown["delivery"]["state"], shown["sent"]) == ("pending", None)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{ONE}/redrive", {}),
        (f"/v1/deliveries/{DEAD[:9]}/hook/redrive", {}),
        ("/v1/deliveries/redrive", {"channel": "hook"}),
        ("/v1/deliveries/redrive", {"subscription": "bridges", "states": ["dead"]}),
        ("/v1/deliveries/redrive", {"all": True}),
    ],
)
def test_what_failed_is_sent_again_with_the_same_id_and_bytes(
    api: Api, stand: Stand, path: str, body: dict[str, Any]
) -> None:
    dry = api.ask("POST", path, body | {"dry_run": True})
    assert dry.json["said"] == "1 delivery would be made ready."
    assert [each["message"] for each in dry.json["deliveries"]] == [DEAD]
    assert sent_again(stand) == 0
    done = api.ask("POST", path, body, token=BOB)
    assert done.status == 200
    assert done.json == {"said": "1 delivery made ready.", "number": 1, "deliveries": []}
    assert sent_again(stand) == 1
    assert stand.post.sent[2] == stand.post.sent[0]
    assert api.get(ONE)["delivery"]["state"] == "delivered"


def test_what_was_delivered_is_not_sent_again(api: Api, stand: Stand) -> None:
    refused = api.ask("POST", f"/v1/deliveries/{DELIVERED}/hook/redrive")
    assert refused.status == 409
    assert "is delivered: it did not fail" in refused.json["detail"]
    many = api.ask("POST", "/v1/deliveries/redrive", {"all": True, "states": ["delivered"]})
    assert (many.status, many.json["detail"]) == (422, "what is delivered did not fail")
    assert api.ask("POST", f"{ONE}/redrive").status == 200
    again = api.ask("POST", f"{ONE}/redrive")
    assert (again.status, "is ready: it did not fail" in again.json["detail"]) == (409, True)
    assert sent_again(stand) == 1


@pytest.mark.parametrize(
    "path", ["ffff/hook", f"{DEAD}/nowhere", f"{DEAD}/kafka", "%20/hook", "%25/hook", "_/hook"]
)
def test_what_there_is_not_is_not_found(api: Api, stand: Stand, path: str) -> None:
    assert api.ask("GET", f"/v1/deliveries/{path}").status == 404
    assert api.ask("POST", f"/v1/deliveries/{path}/redrive").status == 404
    assert sent_again(stand) == 0


def test_a_beginning_that_several_share_is_no_name(api: Api, stand: Stand) -> None:
    alerts = [an_alert(number) for number in range(3, 40)]
    stand.ring(*alerts)
    counts = [sum(each.id.startswith(sign) for each in alerts) for sign in "0123456789abcdef"]
    sign = "0123456789abcdef"[counts.index(max(counts))]
    refused = api.ask("POST", f"/v1/deliveries/{sign}/hook/redrive")
    assert (refused.status, "More than one" in refused.json["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "say `channel` or `subscription`, or `all`"),
        ({"dry_run": True}, "say `channel` or `subscription`, or `all`"),
        ({"all": False}, "say `channel` or `subscription`, or `all`"),
        ({"all": True, "states": ["gone"]}, "gone"),
        ({"chanel": "hook"}, "did you mean 'channel'?"),
        ({"all": "yes"}, "bool"),
    ],
)
def test_it_has_to_be_said_which(api: Api, stand: Stand, body: dict[str, Any], said: str) -> None:
    refused = api.ask("POST", "/v1/deliveries/redrive", body or b"{}")
    assert refused.status == 422
    assert said in refused.json["detail"]
    assert sent_again(stand) == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ONE), ("POST", f"{ONE}/redrive"), ("POST", "/v1/deliveries/redrive")],
)
def test_nobody_does_it_without_a_token(api: Api, stand: Stand, method: str, path: str) -> None:
    assert api.ask(method, path, {"all": True}, token="").status == 401
    assert sent_again(stand) == 0
