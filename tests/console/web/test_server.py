"""Who is let in, what is refused, and that no request is a fault of ours."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.web.openapi import document
from console.web.routes import ROUTES
from console.web.server import MOST_BODY
from console.web.service import Service
from store.engine import open_engine
from tests.console.web.conftest import ADA, BOB, CHANNELS, MINE, Api, served, settings_in


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", f"Basic {ADA}", f"Bearer {ADA}x", f"Bearer {ADA[:-1]}", ADA, "Bearer é"],
)
def test_nobody_is_let_in_without_a_token(api: Api, header: str) -> None:
    for path in ("/v1/subscriptions", "/v1/openapi.json", "/nowhere"):
        refused = api.ask("GET", path, token="", Authorization=header)
        assert (refused.status, refused.json["title"]) == (401, "Unauthorized")
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_everybody_with_a_token_is_let_in_and_all_may_ask_whether_it_runs(api: Api) -> None:
    for header in (f"Bearer {ADA}", f"bearer {BOB}"):
        assert api.ask("GET", "/v1/subscriptions", token="", Authorization=header).status == 200
    assert api.ask("GET", "/healthz", token="").json == {"status": "ok"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/subscriptions/", 404),
        ("GET", "/v1/subscriptions/%00", 404),
        ("GET", "/v1/subscriptions/a%2Fb", 404),
        ("POST", "/v1/subscriptions", 405),
        ("PATCH", "/v1/subscriptions/mali", 405),
        ("GET", "/v1/subscriptions/mali/pause", 405),
        ("HEAD", "/v1/subscriptions", 200),
    ],
)
def test_what_is_not_there_and_what_is_not_done(
    api: Api, method: str, path: str, status: int
) -> None:
    found = api.ask(method, path)
    assert found.status == status
    if status == 405:
        assert "GET" in found.headers["Allow"] or "POST" in found.headers["Allow"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"query=mali", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Encoding": "gzip"}, 415),
        (b"{", {}, 400),
        (b'{"query": "mali", "query": "niger"}', {}, 400),
        (b'{"query": "mali", "digest": {"cron": "0 7 * * *", "cron": "0 8 * * *"}}', {}, 400),
        (b'{"query": "mali", "throttle": ' + b"9" * 5_000 + b"}", {}, 400),
        (b"\xff", {}, 400),
        (b'{"query": "\\ud800"}', {}, 400),
        (b"[" * 50_000, {}, 400),
        (b"{}" + b" " * MOST_BODY, {}, 413),
    ],
)
def test_a_body_is_json_and_not_too_large(
    api: Api, content: bytes, headers: dict[str, str], status: int
) -> None:
    found = api.ask("POST", "/v1/queries/check", content, **headers)
    assert found.status == status
    assert found.json["status"] == status


def test_no_answer_is_stored_or_guessed_at_or_for_other_pages(api: Api) -> None:
    for path in ("/healthz", "/v1/subscriptions", "/nowhere"):
        headers = api.ask("GET", path, Origin="https://other.example").headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers
        assert not [name for name in headers if name.lower().startswith("access-control")]


def test_logs_hold_no_token_and_no_body(api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    api.ask("PUT", "/v1/subscriptions/niger?why=whispered", {"query": "sesame"})
    said = "".join(capfd.readouterr())
    assert "/v1/subscriptions/niger" in said
    assert "ada" in said
    assert not [word for word in (ADA, "sesame", "whispered") if word in said]


def test_a_store_that_is_taken_away_is_told_to_who_serves(api: Api, folder: Path) -> None:
    assert api.ask("GET", "/v1/subscriptions").status == 200
    (folder / "store.db").unlink()
    gone = api.ask("GET", "/v1/subscriptions")
    assert (gone.status, len(api.lost)) == (503, 1)


def test_the_document_describes_what_is_served_and_nothing_else(api: Api) -> None:
    described = api.get("/v1/openapi.json")
    assert described == json.loads(json.dumps(document(ROUTES)))
    told = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    assert told == {(route.method, route.path) for route in ROUTES}
    names = [each["operationId"] for way in described["paths"].values() for each in way.values()]
    assert len(set(names)) == len(ROUTES)
    for method, path in told:
        # With an id that nobody has, and no body: refused by the route, not for want of one.
        found = api.ask(method, path.format(id="nobody", channel="nowhere"))
        assert (found.status == 404) == ("{id}" in path and method != "PUT" and found.status != 422)
        assert found.status != 405


def test_every_reference_in_the_document_leads_somewhere() -> None:
    text = json.dumps(document(ROUTES))
    there = document(ROUTES)["components"]["schemas"]
    wanted = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted - set(there) == set()
    assert {"Alert", "Subscription", "Problem"} <= set(there)


def test_an_alert_is_described_as_its_published_schema_does() -> None:
    published = json.loads(Path("schemas/json/alert.v1.json").read_text())["$defs"]["Alert"]
    described = document(ROUTES)["components"]["schemas"]["Alert"]
    assert set(described["properties"]) == set(published["properties"])
    assert described["required"] == published["required"]


WORDS = ["v1", "subscriptions", "mali", "niger", "alerts", "deliveries", "queries", "check"]
WORDS += [
    "pause",
    "snooze",
    "mute",
    "unmute",
    "enable",
    "redrive",
    "healthz",
    "..",
    "%00",
    "%ff",
    "%2F",
]
PATHS = st.lists(st.sampled_from(WORDS) | st.text(max_size=8).map(quote), max_size=5)
KNOWN = st.sampled_from([route.path.format(id="niger", channel="desk") for route in ROUTES])
NAMES = st.sampled_from(
    [
        "query",
        "actors",
        "id",
        "why",
        "for",
        "until",
        "story",
        "actor",
        "channel",
        "channels",
        "digest",
        "quiet",
        "languages",
        "grows_past",
        "throttle",
        "min_confidence",
        "edits",
        "estimate",
        "subscription",
        "states",
        "all",
        "dry_run",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["mali", "wagner", "8h", "2090-01-01T00:00:00Z", "desk", "actor:wagner"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=4).map(
    lambda found: json.dumps(found).encode()
) | st.binary(max_size=40)
PARAMETERS = st.lists(
    st.tuples(
        st.sampled_from(["limit", "after", "since", "state", "subscription", "channel", "why"]),
        st.text(max_size=12) | st.sampled_from(["1", "999999999999999999.ab.kafka", "999999w"]),
    ),
    max_size=3,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["If-Match", "If-None-Match", "Content-Type", "Content-Encoding", "Expect", "Range", "Host"]
    ),
    st.sampled_from(["*", '"0"', '"1"', "application/json", "text/plain", "gzip", "bytes=0-", ","]),
    max_size=2,
)
METHODS = st.sampled_from(
    ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "X"]
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("fuzzed")
    (folder / "channels.toml").write_text(CHANNELS)
    (folder / "mine.toml").write_text(MINE)
    ours = settings_in(folder)
    engine = open_engine(ours.store.url)
    with served(Service(engine=engine, settings=ours), []) as port:
        yield Api(port, folder)
    engine.dispose()


@settings(max_examples=400)
@given(
    method=METHODS,
    path=PATHS.map("/".join) | KNOWN.map(lambda path: path[1:]),
    parameters=PARAMETERS,
    body=st.none() | BODIES,
    headers=HEADERS,
)
@example(method="PUT", path="v1/subscriptions/niger", parameters=[], body=b"{}", headers={})
def test_no_request_is_a_fault_of_ours(
    fuzzed: Api,
    method: str,
    path: str,
    parameters: list[tuple[str, str]],
    body: bytes | None,
    headers: dict[str, str],
) -> None:
    asked = "&".join(f"{name}={quote(text)}" for name, text in parameters)
    reply = fuzzed.ask(method, f"/{path}?{asked}", body, **headers)
    assert reply.status < 500, (reply.status, reply.content)


@settings(max_examples=200)
@given(line=st.binary(max_size=60), rest=st.binary(max_size=200))
@example(line=b"GET /v1/subscriptions/\xff\xfe HTTP/1.1", rest=b"")
@example(line=b"GET /v1/alerts?subscription=\xed\xa0\x80 HTTP/1.1", rest=b"")
def test_nor_are_bytes_that_are_no_request(fuzzed: Api, line: bytes, rest: bytes) -> None:
    head = b"\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + ADA.encode() + b"\r\n"
    with socket.create_connection(("127.0.0.1", fuzzed.port), timeout=20) as connection:
        connection.sendall(line + head + rest + b"\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(connection)
        try:
            answer.begin()
        except (http.client.HTTPException, ConnectionError, ValueError):
            return  # cut off without an answer
        assert answer.status < 500


def test_a_body_that_has_a_key_twice_is_refused_by_its_name(api: Api) -> None:
    body = b'{"query": "mali", "query": "niger"}'
    refused = api.ask("PUT", "/v1/subscriptions/niger", body)
    assert refused.json["detail"] == "The body has the key 'query' twice."
