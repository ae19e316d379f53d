"""What rang and what was sent, over HTTP; and queries that are checked."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from schemas import Alert
from store.engine import reading, writing
from store.pages import rung_page
from store.results import write
from tests.console.cli.test_explain_store import an_article, streamed
from tests.console.web.conftest import Api


def rung(engine: Engine, count: int) -> list[Alert]:
    """Let articles ring that have nothing in common; give the alerts in the order of entering."""
    found: list[Alert] = []
    for n in range(count):
        text = f"Wagner Group fighters left camp {n}. " + " ".join(
            f"word{n}x{m}" for m in range(60)
        )
        found += streamed(engine, an_article(n, minutes=n, text=text), channels=("kafka", "desk"))
    return found


def ids(page: dict[str, list[dict[str, dict[str, str]]]]) -> list[str]:
    return [each["alert"]["id"] for each in page["alerts"]]


def test_alerts_come_the_newest_first_page_by_page_each_once(api: Api, engine: Engine) -> None:
    alerts = rung(engine, 4)
    whole = api.get("/v1/alerts")
    assert sorted(ids(whole)) == sorted(each.id for each in alerts)
    assert whole["next"] == ""
    instants = [each["rung"] for each in whole["alerts"]]
    assert instants == sorted(instants, reverse=True)
    paged, after = [], ""
    while True:
        page = api.get(f"/v1/alerts?limit=3{after and f'&after={after}'}")
        assert len(page["alerts"]) <= 3
        paged += ids(page)
        after = page["next"]
        if not after:
            break
    assert paged == ids(whole)


def test_alerts_of_one_subscription_and_since_an_instant(api: Api, engine: Engine) -> None:
    alerts = rung(engine, 2)
    name = alerts[0].subscription
    of_it = api.get(f"/v1/alerts?subscription={name}")
    assert ids(of_it) == [each.id for each in reversed(alerts) if each.subscription == name]
    with reading(engine) as connection:
        (_, last), *_ = rung_page(connection, limit=1)
    later = (last.rung + timedelta(seconds=1)).astimezone(UTC)
    assert api.get(f"/v1/alerts?since={later:%Y-%m-%dT%H:%M:%SZ}")["alerts"] == []
    assert len(api.get("/v1/alerts?since=52w")["alerts"]) in (0, len(alerts))
    assert ids(api.get("/v1/alerts?since=2001-01-01")) == ids(api.get("/v1/alerts"))


def test_an_alert_is_shown_with_its_evidence_and_what_became_of_it(
    api: Api, engine: Engine
) -> None:
    (alert, *_) = rung(engine, 1)
    shown = api.get(f"/v1/alerts/{alert.id}")
    assert shown["alert"]["url"] == alert.url
    assert shown["alert"]["evidence"]
    assert {each["channel"]: each["state"] for each in shown["deliveries"]} == {
        "desk": "pending",
        "kafka": "ready",
    }
    assert api.ask("GET", "/v1/alerts/ffff").status == 404


def test_deliveries_are_listed_by_state_channel_and_subscription(api: Api, engine: Engine) -> None:
    alerts = rung(engine, 2)
    found = api.get("/v1/deliveries")["deliveries"]
    assert len(found) == 2 * len(alerts)
    pending = api.get("/v1/deliveries?state=pending&channel=desk")["deliveries"]
    assert {each["message"] for each in pending} == {each.id for each in alerts}
    assert "body" not in pending[0]
    name = alerts[0].subscription
    address = f"/v1/deliveries?subscription={name}&limit=1"
    page = api.get(address)
    (first,) = page["deliveries"]
    (second,) = api.get(f"{address}&after={page['next']}")["deliveries"]
    assert (first["message"], first["channel"]) != (second["message"], second["channel"])
    assert {first["subscription"], second["subscription"]} == {name}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v1/alerts?limit=0", "from 1 to 500"),
        ("/v1/alerts?limit=501", "from 1 to 500"),
        ("/v1/alerts?limit=1&limit=2", "twice"),
        ("/v1/alerts?after=x", "`next` of the page before"),
        ("/v1/alerts?since=yesterday", "must be a time"),
        ("/v1/alerts?subscripton=mali", "did you mean 'subscription'?"),
        ("/v1/alerts?subscription=%00", "printable"),
        ("/v1/deliveries?state=gone", "pending, ready"),
        ("/v1/subscriptions?limit=3", "known are none"),
    ],
)
def test_a_parameter_that_is_wrong_is_told(api: Api, path: str, said: str) -> None:
    refused = api.ask("GET", path)
    assert refused.status == 422
    assert said in refused.json["detail"]


def test_a_query_is_understood_and_doubted(api: Api) -> None:
    checked = api.ask("POST", "/v1/queries/check", {"query": "(mali) AND niger NOT niger"}).json
    assert "can never match" in checked["warnings"][0]["message"]
    assert checked["alerts_a_day"] is None
    wrong = api.ask("POST", "/v1/queries/check", {"query": "mali AND"})
    assert (wrong.status, wrong.json["column"]) == (422, 6)


def test_how_often_it_would_have_rung_is_said_where_articles_are_stored(
    api: Api, engine: Engine
) -> None:
    asked = {"query": "mali", "estimate": True}
    assert api.ask("POST", "/v1/queries/check", asked).json["alerts_a_day"] is None
    with writing(engine) as connection:
        write(connection, "articles", [an_article(1, text="Mali closed the road.")])
    checked = api.ask("POST", "/v1/queries/check", asked).json
    assert (checked["alerts_a_day"], checked["estimate"]["versions"]) == (24.0, 1)
    assert datetime.fromisoformat(checked["estimate"]["since"]) == an_article(1).first_seen
