"""What `tocsin doctor` says of channels, the mail server and the API; by the environment, as for a user."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console import channel_checks
from console.cli import doctor
from console.findings import Finding, State
from console.subscriptions import saved
from schemas import Subscription
from store import changes
from store.engine import open_engine
from tests.connectors.delivery.hook import SECRET
from tests.connectors.delivery.mail_server import Office, admit_by, running
from tests.tls import Authority

HOOK = '[[channel]]\nid = "newsroom"\nkind = "webhook"\nto = "{to}"\n'
DESK = '[[channel]]\nid = "desk"\nkind = "email"\nto = "desk@example.org"\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without settings and without a store."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def hook(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a webhook that has its secret."""
    return with_hook(here, monkeypatch, "https://192.0.2.1/alerts")


def with_hook(here: Path, monkeypatch: pytest.MonkeyPatch, to: str) -> Path:
    file = here / "channels.toml"
    file.write_text(HOOK.format(to=to))
    monkeypatch.setenv("TOCSIN_DELIVERY_CHANNELS", "channels.toml")
    monkeypatch.setenv("TOCSIN_CHANNEL_NEWSROOM_SECRET", SECRET)
    return file


def with_mail(monkeypatch: pytest.MonkeyPatch, port: int, **given: str) -> None:
    settings = {"host": "127.0.0.1", "port": str(port), "sender": "t@example.org", "tls": "none"}
    for name, value in (settings | given).items():
        monkeypatch.setenv(f"TOCSIN_MAIL_{name.upper()}", value)


def named(here: Path, channel: str) -> None:
    """Let the rules have one subscription, which goes by this channel."""
    (here / "mine.toml").write_text(
        f'[[subscription]]\nid = "niger"\nquery = "actor:wagner-group"\nchannels = ["{channel}"]\n'
    )
    (here / "tocsin.toml").write_text('[rules]\nsubscriptions = "mine.toml"\n')


def test_what_was_not_set_is_no_fault() -> None:
    found = [
        channel_checks.channels(),
        channel_checks.webhooks(),
        channel_checks.chats(),
        channel_checks.mail_server(),
        channel_checks.api(),
    ]
    assert [each.state for each in found] == [State.OK] * 5
    assert [each.found.split()[0] for each in found] == ["none"] * 4 + ["not"]


def test_channels_that_have_all_that_they_need_are_named(here: Path, hook: Path) -> None:
    named(here, "newsroom")
    found = channel_checks.channels()
    assert found.state is State.OK
    assert found.found.startswith("newsroom (webhook)")
    assert "192.0.2.1" not in found.found


def test_a_file_that_is_not_there_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_DELIVERY_CHANNELS", "nowhere.toml")
    found = channel_checks.channels()
    assert found.state is State.FAIL
    assert "nowhere.toml" in found.found


def test_a_secret_that_is_missing_or_none_is_a_fault_and_is_not_repeated(
    hook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_CHANNEL_NEWSROOM_SECRET", "hush")
    found = channel_checks.channels()
    assert found.state is State.FAIL
    assert found.found.startswith("TOCSIN_CHANNEL_NEWSROOM_SECRET: not whsec_")
    assert "hush" not in f"{found.found} {found.remedy}"
    monkeypatch.delenv("TOCSIN_CHANNEL_NEWSROOM_SECRET")
    assert "newsroom has no secret" in channel_checks.channels().found


def test_a_channel_that_a_file_of_subscriptions_names_must_be_there(here: Path, hook: Path) -> None:
    named(here, "newsrom")
    found = channel_checks.channels()
    assert found.state is State.FAIL
    assert found.found == (
        "subscription niger: there is no channel 'newsrom': did you mean newsroom?"
    )
    assert "channels.toml" in found.remedy


def test_so_must_one_that_a_kept_subscription_names_and_doctor_makes_no_store(here: Path) -> None:
    assert channel_checks.channels().state is State.OK
    assert not (here / "tocsin.db").exists()
    wanted = Subscription(id="mali", query="place:Mali", channels=("desk",))
    engine = open_engine("sqlite:///tocsin.db")
    with engine.begin() as connection:
        changes.add(connection, saved(wanted, datetime(2026, 11, 1, tzinfo=UTC), "ada"))
    engine.dispose()
    found = channel_checks.channels()
    assert found.state is State.FAIL
    assert found.found.startswith("subscription mali: there is no channel 'desk'")
    assert "[delivery] channels" in found.remedy


def test_secrets_of_channels_without_a_file_of_them_are_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOCSIN_CHANNEL_NEWSROOM_SECRET", SECRET)
    found = channel_checks.channels()
    assert found.state is State.WARN
    assert "TOCSIN_CHANNEL_NEWSROOM_SECRET" in found.found
    assert SECRET not in found.found


@pytest.mark.parametrize(
    ("to", "allow_private", "state", "said"),
    [
        ("https://10.1.2.3/x", "false", State.FAIL, "newsroom: the URL names an address"),
        ("https://localhost/x", "false", State.FAIL, "newsroom: "),
        ("http://127.0.0.1:9/x", "true", State.OK, "newsroom: may be dialled"),
        ("http://localhost:9/x", "true", State.OK, "newsroom: may be dialled"),
        ("http://169.254.169.254/x", "true", State.FAIL, "newsroom: 169.254.169.254 is at"),
    ],
)
def test_the_guard_is_asked_where_webhooks_lead_and_nobody_is_dialled(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    to: str,
    allow_private: str,
    state: State,
    said: str,
) -> None:
    monkeypatch.setenv("TOCSIN_DELIVERY_ALLOW_PRIVATE", allow_private)
    with_hook(here, monkeypatch, to)
    found = channel_checks.webhooks()
    assert (found.state, found.found[: len(said)]) == (state, said)
    assert "/x" not in found.found


@pytest.mark.parametrize(
    ("to", "state", "said"),
    [
        ("json://127.0.0.1:9/hush", State.OK, "chat: known to Apprise"),
        (
            "nowhere://hush",
            State.FAIL,
            "chat: to Apprise that is not one nowhere URL that it knows",
        ),
        ("slack://hush", State.FAIL, "chat: to Apprise that is not one slack URL that it knows"),
    ],
)
def test_apprise_must_know_the_service_of_a_chat_whose_url_is_not_repeated(
    here: Path, monkeypatch: pytest.MonkeyPatch, to: str, state: State, said: str
) -> None:
    (here / "channels.toml").write_text('[[channel]]\nid = "chat"\nkind = "apprise"\n')
    monkeypatch.setenv("TOCSIN_DELIVERY_CHANNELS", "channels.toml")
    monkeypatch.setenv("TOCSIN_CHANNEL_CHAT_TO", to)
    found = channel_checks.chats()
    assert (found.state, found.found) == (state, said)


def test_a_mail_server_that_answers_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    with running(office) as port:
        with_mail(monkeypatch, port)
        assert channel_checks.mail_server() == Finding(
            "Mail server", State.OK, f"127.0.0.1:{port} answers without TLS"
        )
    assert office.taken == []


def test_tls_must_be_offered_with_a_certificate_that_is_trusted(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(here / "authority")
    tls = {"host": "localhost", "tls": "starttls"}
    with running(Office(), tls_context=authority.server("localhost")) as port:
        with_mail(monkeypatch, port, **tls)
        assert "certificate is not to be trusted" in channel_checks.mail_server().found
        with_mail(monkeypatch, port, **tls, authorities=str(authority.file))
        assert channel_checks.mail_server().found == f"localhost:{port} answers over TLS"
    with running(Office()) as port:
        with_mail(monkeypatch, port, **tls)
        found = channel_checks.mail_server()
    assert found.state is State.FAIL
    assert "does not offer what is asked of it" in found.found


def test_a_password_that_is_refused_is_told_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"authenticator": admit_by("right"), "auth_require_tls": False}
    with running(Office(), **options) as port:
        with_mail(monkeypatch, port, user="tocsin", password="right")
        assert channel_checks.mail_server().found.endswith("admits tocsin")
        monkeypatch.setenv("TOCSIN_MAIL_PASSWORD", "hush")
        found = channel_checks.mail_server()
    assert found.state is State.FAIL
    assert "refused our user or password" in found.found
    assert "hush" not in found.found


def test_a_mail_server_that_says_nothing_is_waited_for_a_short_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel_checks, "MAIL_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with_mail(monkeypatch, silent.getsockname()[1])
        found = channel_checks.mail_server()
    assert found.state is State.FAIL
    assert "timed out" in found.found


@pytest.mark.parametrize(
    ("listen", "state"), [("127.0.0.1:8420", State.OK), ("0.0.0.0:8420", State.WARN)]
)
def test_who_may_use_the_api_is_named_without_tokens(
    monkeypatch: pytest.MonkeyPatch, listen: str, state: State
) -> None:
    monkeypatch.setenv("TOCSIN_WEB_LISTEN", listen)
    monkeypatch.setenv("TOCSIN_WEB_TOKENS", f"ada:{'a' * 32}\nbob:{'b' * 32}\nada:{'c' * 32}")
    found = channel_checks.api()
    assert found.state is state
    assert found.found.startswith(f"at {listen} for ada, bob")
    assert "aaa" not in found.found


def test_tokens_that_are_none_are_a_fault_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_WEB_TOKENS", "ada:hush")
    found = doctor.examine(channel_checks.api)
    assert found.state is State.FAIL
    assert "web.tokens: line 1" in found.found
    assert "tocsin web token" in found.remedy
    assert "hush" not in found.found
