import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console.cli import cli
from console.cli.feeds_check import span
from schemas import FeedState, FeedStatus, HubState, HubSubscription, TocsinError
from store import coverage, feeds, hubs
from store.engine import open_engine, writing
from tocsin.opml import read_feed_list

RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Sahel News</title>
<link>https://example.org/</link><ttl>90</ttl>
<item><title>One</title><link>https://example.org/1</link>
<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>
<item><title>Two</title><link>https://example.org/2</link></item></channel></rss>"""
PAGE = b"""<html><head>
<link rel="alternate" type="application/rss+xml" href="/sahel.xml">
<link rel="alternate" type="application/rss+xml" href="/sport.xml">
<link rel="alternate" type="application/rss+xml" href="/comments/feed/"></head></html>"""
OPML = b"""<opml><body><outline text="News"><outline text="A" xmlUrl="https://a.example/feed"/>
<outline text="B" xmlUrl="https://b.example/feed"/></outline>
<outline text="C" xmlUrl="mailto:c@example.org"/></body></opml>"""


@dataclass
class Site:
    """A web server on loopback, and what it was asked."""

    base: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    answers = {"/": PAGE, "/sahel.xml": RSS, "/empty": b"<p>Nothing</p>"}
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            body = answers.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.send_header("ETag", '"1"')
            self.send_header("Cache-Control", "max-age=600")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        found.base = f"http://127.0.0.1:{server.server_port}"
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_STORE_URL", url)
    monkeypatch.setenv("TOCSIN_FEEDS_GAP", "0")
    monkeypatch.setenv("TOCSIN_FEEDS_ALLOW_PRIVATE", "true")
    return url


def run(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(cli, ["feeds", *arguments], input=given)


def states(store: str) -> dict[str, FeedState]:
    with open_engine(store).connect() as connection:
        return {state.url: state for state in feeds.all(connection)}


def put(store: str, *given: FeedState) -> None:
    with writing(open_engine(store)) as connection:
        feeds.add(connection, given)


# --- add and remove ------------------------------------------------------------------------------


def test_a_page_is_added_by_its_first_feed(store: str, site: Site) -> None:
    done = run("add", site.base, "--tag", "sahel", "--tag", "fr")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"Added: {site.base}/sahel.xml  Sahel News",
        f"  its page also names {site.base}/sport.xml",
    ]
    added = states(store)[f"{site.base}/sahel.xml"]
    assert (added.title, added.site, added.kind, added.tags) == (
        "Sahel News",
        "https://example.org/",
        "rss",
        ("fr", "sahel"),
    )
    assert added.added is not None
    assert added.next_poll is None
    assert site.asked == ["/", "/sahel.xml"]


def test_a_feed_that_is_there_gets_the_tags_and_is_not_doubled(store: str, site: Site) -> None:
    run("add", f"{site.base}/sahel.xml", "--tag", "a")
    done = run("add", f"{site.base}/sahel.xml", "--tag", "b")
    assert done.stdout == f"Already there: {site.base}/sahel.xml  Sahel News\n"
    assert [each.tags for each in states(store).values()] == [("a", "b")]


def test_what_cannot_be_added_costs_the_others_nothing(store: str, site: Site) -> None:
    urls = (f"{site.base}/none", "mailto:x", f"{site.base}/empty", f"{site.base}/sahel.xml")
    done = run("add", *urls, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["outcome"] for row in rows] == ["failed", "failed", "failed", "added"]
    assert "answered 404" in rows[0]["reason"]
    assert "no address" in rows[1]["reason"]
    assert "is no feed" in rows[2]["reason"]
    assert done.exit_code == 1
    assert list(states(store)) == [f"{site.base}/sahel.xml"]


def test_ones_own_network_is_not_asked_unless_that_is_wanted(
    store: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOCSIN_FEEDS_ALLOW_PRIVATE")
    done = run("add", f"{site.base}/sahel.xml")
    assert (done.exit_code, site.asked) == (1, [])
    assert "Not added" in done.stderr


def test_addresses_may_be_added_unseen(store: str, site: Site) -> None:
    done = run("add", "--unseen", f"{site.base}/sahel.xml", "nonsense")
    assert (done.exit_code, site.asked) == (1, [])
    assert list(states(store)) == [f"{site.base}/sahel.xml"]


def test_a_feed_is_removed_by_any_spelling_of_its_address(store: str) -> None:
    put(store, FeedState(url="https://a.example/feed"), FeedState(url="https://b.example/feed"))
    assert run("remove", "http://A.example/feed").stdout == "Removed https://a.example/feed\n"
    missing = run("remove", "https://b.example/feeds")
    assert missing.exit_code == 1
    assert "Did you mean https://b.example/feed?" in missing.stderr
    assert list(states(store)) == ["https://b.example/feed"]


# --- OPML ----------------------------------------------------------------------------------------


def test_a_list_is_imported_as_far_as_it_is_good(store: str, tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_bytes(OPML)
    put(store, FeedState(url="http://a.example/feed", tags=("mine",)))
    done = run("import", "feeds.opml", "--tag", "x")
    assert done.exit_code == 0
    assert done.stdout == "feeds.opml: 1 added, 1 already there, 1 problem\n"
    assert "'mailto:c@example.org' is no address of a feed" in done.stderr
    assert {url: state.tags for url, state in states(store).items()} == {
        "http://a.example/feed": ("News", "mine", "x"),
        "https://b.example/feed": ("News", "x"),
    }
    again = run("import", "feeds.opml", "--strict", "--json")
    assert again.exit_code == 1
    assert json.loads(again.stdout)["added"] == 0


def test_lists_are_imported_from_folders_and_standard_input(store: str, tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "a.txt").write_text("a.example/feed\nb.example/feed\n")
    (tmp_path / "lists" / "b.opml").write_text("nonsense")
    done = run("import", "lists", "-", given=OPML)
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2
    assert "neither OPML nor lines" in done.stderr
    assert list(states(store)) == ["https://a.example/feed", "https://b.example/feed"]


def test_nothing_that_is_a_list_is_a_failure(store: str) -> None:
    assert run("import", "-", given=b"nonsense").exit_code == 1


def test_what_is_exported_can_be_imported_again(store: str, tmp_path: Path) -> None:
    put(
        store,
        FeedState(url="https://a.example/feed", title="A & B", tags=("News/Africa", "sahel")),
        FeedState(url="https://b.example/feed"),
    )
    whole = run("export")
    assert whole.stderr == "2 feeds written.\n"
    assert [(each.url, each.tags) for each in read_feed_list(whole.stdout_bytes).feeds] == [
        ("https://a.example/feed", ("News/Africa", "sahel")),
        ("https://b.example/feed", ()),
    ]
    assert run("export", "--tag", "News", "--out", "news.opml").exit_code == 0
    written = read_feed_list((tmp_path / "news.opml").read_bytes())
    assert [each.url for each in written.feeds] == ["https://a.example/feed"]


# --- list ----------------------------------------------------------------------------------------

NOW = datetime.now(UTC)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@pytest.fixture
def varied(store: str) -> str:
    good = FeedState(
        url="https://ok.example/feed", title="Fine", tags=("News/Africa",), last_success=ago(hours=1),
        last_new=ago(hours=2), habit=7200.0, entries_per_day=24.0, next_poll=NOW + timedelta(hours=1),
        added=ago(days=9),
    )  # fmt: skip
    put(
        store,
        good,
        FeedState(url="https://new.example/feed", tags=("News",)),
        replace(
            good, url="https://failing.example/feed", errors=3, error="the server answered 500",
            error_since=ago(hours=9), tags=(), entries_per_day=2.0,
        ),
        replace(
            good, url="https://resting.example/feed", status=FeedStatus.RESTING, errors=40,
            status_reason="gone (410) since 2026-03-02", error="gone",
        ),
        replace(
            good, url="https://silent.example/feed", last_new=ago(days=4), entries_per_day=50.0,
            moved_to="https://moved.example/feed", moved_since=ago(days=1), etag_lies=True,
        ),
    )  # fmt: skip
    return store


def test_every_feed_is_listed_with_its_health_in_words(varied: str) -> None:
    done = run("list")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if "example/feed" in line and line[0] != " "] == [
        "failing",
        "new",
        "ok",
        "resting",
        "silent",
    ]
    assert any("3 errors in a row since" in line and "500" in line for line in lines)
    assert any(
        "rests: gone (410) since 2026-03-02; it is tried once a day" in line for line in lines
    )
    assert any("nothing new since" in line for line in lines)
    assert any("redirects for good to https://moved.example/feed" in line for line in lines)
    assert any("always read whole" in line for line in lines)
    assert done.stderr == "5 feeds: 1 new, 1 ok, 1 silent, 1 failing, 1 resting.\n"


def test_a_subscription_at_a_hub_is_shown_with_its_feed(varied: str) -> None:
    url = "https://ok.example/feed"
    known = HubSubscription(
        feed=url, hub="https://hub.example/", topic=url, path="0" * 64, state=HubState.DENIED,
        reason="the hub denied it",
    )  # fmt: skip
    with writing(open_engine(varied)) as connection:
        hubs.save(connection, known)
    rows = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    shown = {row["url"]: row["hub_subscription"] for row in rows if "hub_subscription" in row}
    assert list(shown) == [url]
    assert shown[url]["state"] == "denied"
    assert shown[url]["reason"] == "the hub denied it"
    assert known.path not in run("list", "--json").stdout


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--failing"], ["failing"]),
        (["--resting"], ["resting"]),
        (["--failing", "--resting"], ["failing", "resting"]),
        (["--silent"], ["silent"]),
        (["--tag", "News", "--sort", "next"], ["new", "ok", "resting", "silent"]),
        (["--tag", "News/Africa", "--sort", "rate"], ["silent", "ok", "resting"]),
        (["--sort", "errors"], ["resting", "failing", "new", "ok", "silent"]),
        (["--sort", "new"], ["new", "silent", "failing", "ok", "resting"]),
        (["--reverse"], ["silent", "resting", "ok", "new", "failing"]),
        (["--tag", "none"], []),
    ],
)
def test_feeds_are_chosen_and_sorted(varied: str, options: list[str], names: list[str]) -> None:
    done = run("list", "--json", *options)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert sorted(row["url"] for row in rows) == sorted(
        f"https://{name}.example/feed" for name in names
    )
    if "--tag" not in options:
        assert [row["health"] for row in rows] == names


def test_an_empty_store_has_no_feeds(store: str) -> None:
    open_engine(store).dispose()
    done = run("list")
    assert (done.stdout, done.stderr) == ("", "0 feeds.\n")


# --- check ---------------------------------------------------------------------------------------


def test_a_check_says_what_it_found_and_keeps_nothing(store: str, site: Site) -> None:
    done = run("check", site.base, "--json")
    said = json.loads(done.stdout)
    assert said["url"] == f"{site.base}/sahel.xml"
    assert (said["kind"], said["title"], said["entries"]) == ("rss", "Sahel News", 2)
    assert (said["newest"], said["validators"]) == ("2026-03-02T10:00:00Z", ["ETag"])
    assert any("1 of 2 entries have no date" in problem for problem in said["problems"])
    assert said["asks"] == ["1 h 30 min (ttl)", "10 min (max-age)"]
    assert said["poll_every"].startswith("every ")
    assert said["others"] == [f"{site.base}/sport.xml", f"{site.base}/comments/feed/"]
    assert site.asked == ["/", "/sahel.xml"]
    assert not Path("store.db").exists()


def test_a_check_reads_well(store: str, site: Site) -> None:
    lines = run("check", f"{site.base}/sahel.xml").stdout.splitlines()
    assert lines[0] == f"{site.base}/sahel.xml"
    assert "  title       Sahel News" in lines
    assert not any(line.rstrip().endswith("also there") for line in lines)


def test_where_there_is_no_feed_a_check_says_why(store: str, site: Site) -> None:
    done = run("check", f"{site.base}/empty")
    assert done.exit_code == 1
    assert "is no feed" in str(done.exception)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2.4, "2 s"),
        (300, "5 min"),
        (9000, "2 h 30 min"),
        (86_400, "1 day"),
        (180_000, "2 days 2 h"),
    ],
)
def test_durations_are_written_for_people(seconds: float, words: str) -> None:
    assert span(seconds) == words


# --- coverage ------------------------------------------------------------------------------------


def test_coverage_adds_up_by_day_what_was_seen_and_what_was_not(store: str) -> None:
    today = datetime.now(UTC).date().isoformat()
    with writing(open_engine(store)) as connection:
        coverage.add(connection, "https://a.example/", today, polled=3, new=1, failed=2, entries=4)
        coverage.add(connection, "https://b.example/", today, polled=1, refused=1)
        coverage.mark_silent(connection, today, ["https://b.example/"])
    [head, line] = run("coverage").stdout.splitlines()
    counts = dict(zip(head.replace("no page", "no_page").split(), line.split(), strict=True))
    assert counts["day"] == today
    wanted = ("feeds", "polled", "new", "failed", "refused", "entries", "silent", "truncated")
    assert [counts[name] for name in wanted] == ["2", "4", "1", "2", "1", "4", "1", "0"]
    [row] = run("coverage", "--json", "--feed", "https://a.example/").stdout.splitlines()
    assert json.loads(row)["polled"] == 3


def test_where_nothing_was_polled_coverage_says_so(store: str) -> None:
    open_engine(store).dispose()
    done = run("coverage")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "No feed was polled" in done.stderr


# --- no store ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [["list"], ["coverage"], ["export"], ["remove", "https://a.example/feed"]]
)
def test_where_there_is_no_store_none_is_made_by_looking(
    store: str, tmp_path: Path, words: list[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    refused = run(*words).exception
    assert str(refused) == f"There is no store {store}."
    assert isinstance(refused, TocsinError)
    assert "tocsin feeds add" in refused.hint
    assert sorted(tmp_path.iterdir()) == before
