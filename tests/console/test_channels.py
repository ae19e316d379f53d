"""Channels in force: the file of the settings, with targets and secrets out of the environment."""

from pathlib import Path
from typing import Any

import pytest

from console.channels import load_channels
from console.settings import DeliverySettings, MailSettings, Settings
from schemas import Channel, ChannelKind, InvalidSetting
from tocsin.channels import secret_of

SECRET, OLD = secret_of(b"s" * 24), secret_of(b"o" * 64)
MAIL = MailSettings(host="localhost", tls="none", sender="tocsin@example.org")


def a_channel(id: str, kind: str, **keys: str) -> str:
    given = {"id": id, "kind": kind} | keys
    return "[[channel]]\n" + "".join(f'{key} = "{value}"\n' for key, value in given.items())


HOOK = a_channel("night-hook", "webhook", to="https://example.org/hook")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "channels.toml"


def found_in(file: Path, text: str, environ: dict[str, str], **delivery: Any) -> dict[str, Channel]:
    file.write_text(text)
    wanted = DeliverySettings(channels=str(file), **delivery)
    return load_channels(Settings(delivery=wanted, mail=MAIL), environ)


def faults_of(file: Path, text: str, environ: dict[str, str]) -> list[str]:
    with pytest.raises(InvalidSetting) as caught:
        found_in(file, text, environ)
    assert "hush" not in str(caught.value)
    return [each.replace(f"{file.parent}/", "") for each in str(caught.value).splitlines()]


def test_without_a_file_there_is_no_channel() -> None:
    assert load_channels(Settings(), {"TOCSIN_CHANNEL_DESK_TO": "x"}) == {}


def test_a_file_that_is_not_there_is_a_fault(file: Path) -> None:
    with pytest.raises(InvalidSetting, match="No such file"):
        load_channels(Settings(delivery=DeliverySettings(channels=str(file))), {})


def test_secrets_and_targets_come_out_of_the_environment_or_its_files(file: Path) -> None:
    (file.parent / "chat").write_text("slack://a/b/c\n")
    text = HOOK + a_channel("chat", "apprise", fallback="desk") + a_channel("desk", "email")
    environ = {
        "TOCSIN_CHANNEL_NIGHT_HOOK_SECRET": SECRET,
        "TOCSIN_CHANNEL_NIGHT_HOOK_OLD_SECRET": OLD,
        "TOCSIN_CHANNEL_CHAT_TO_FILE": str(file.parent / "chat"),
        "TOCSIN_CHANNEL_DESK_TO": "desk@example.org",
    }
    assert list(found_in(file, text, environ).values()) == [
        Channel(
            id="night-hook",
            kind=ChannelKind.WEBHOOK,
            to="https://example.org/hook",
            secret=SECRET,
            old_secret=OLD,
        ),
        Channel(id="chat", kind=ChannelKind.APPRISE, to="slack://a/b/c", fallback="desk"),
        Channel(id="desk", kind=ChannelKind.EMAIL, to="desk@example.org"),
    ]


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        (HOOK, {}, "channel night-hook has no secret: set TOCSIN_CHANNEL_NIGHT_HOOK_SECRET"),
        (
            HOOK,
            {"TOCSIN_CHANNEL_NIGHT_HOOK_SECRET": "hush"},
            "TOCSIN_CHANNEL_NIGHT_HOOK_SECRET: not whsec_ and base64",
        ),
        (
            HOOK,
            {
                "TOCSIN_CHANNEL_NIGHT_HOOK_SECRET": SECRET,
                "TOCSIN_CHANNEL_NIGHT_HOOK_OLD_SECRET": "hush",
            },
            "TOCSIN_CHANNEL_NIGHT_HOOK_OLD_SECRET: not whsec_",
        ),
        (
            HOOK,
            {
                "TOCSIN_CHANNEL_NIGHT_HOOK_SECRET": SECRET,
                "TOCSIN_CHANNEL_NIGHT_HOOK_SECRET_FILE": "x",
            },
            "TOCSIN_CHANNEL_NIGHT_HOOK_SECRET_FILE: TOCSIN_CHANNEL_NIGHT_HOOK_SECRET is set, too",
        ),
        (
            HOOK,
            {"TOCSIN_CHANNEL_NIGHT_HOOK_SECRET_FILE": "nowhere"},
            "TOCSIN_CHANNEL_NIGHT_HOOK_SECRET_FILE: nowhere: No such file",
        ),
        (
            HOOK,
            {
                "TOCSIN_CHANNEL_NIGHT_HOOK_SECRET": SECRET,
                "TOCSIN_CHANNEL_NIGHT_HOOK_TO": "https://hush.example",
            },
            "TOCSIN_CHANNEL_NIGHT_HOOK_TO: `to` stands in the file, too",
        ),
        (
            a_channel("chat", "apprise"),
            {},
            "channels.toml: channel chat has no target: set TOCSIN_CHANNEL_CHAT_TO or",
        ),
        (
            a_channel("desk", "email"),
            {"TOCSIN_CHANNEL_DESK_TO": "hush"},
            "TOCSIN_CHANNEL_DESK_TO: to must be a mail address",
        ),
        (
            a_channel("desk", "email", to="desk"),
            {},
            "channels.toml:4: to must be a mail address, as in desk@example.org",
        ),
        (
            a_channel("hook", "webhook"),
            {"TOCSIN_CHANNEL_HOOK_SECRET": SECRET, "TOCSIN_CHANNEL_HOOK_TO": "http://hush.example"},
            "TOCSIN_CHANNEL_HOOK_TO: to must be https",
        ),
        (
            a_channel("desk", "email", to="desk@example.org"),
            {"TOCSIN_CHANNEL_DESK_SECRET": "hush"},
            "TOCSIN_CHANNEL_DESK_SECRET: sets nothing: did you mean TOCSIN_CHANNEL_DESK_TO?",
        ),
        (
            a_channel("a", "webhook") + a_channel("a-old", "webhook"),
            {},
            "TOCSIN_CHANNEL_A_OLD_SECRET would be of a and of a-old: rename one",
        ),
        (
            a_channel("a", "email", to="d@example.org", fallback="b")
            + a_channel("b", "email", to="d@example.org"),
            {},
            "channel a: its fallback b has the same target",
        ),
    ],
)
def test_what_is_wrong_is_told_with_the_variable_and_without_its_value(
    file: Path, text: str, environ: dict[str, str], said: str
) -> None:
    (fault,) = faults_of(file, text, environ)
    assert fault.startswith(said) or said in fault


def test_all_faults_are_told_at_once(file: Path) -> None:
    found = faults_of(file, HOOK + a_channel("chat", "apprise"), {})
    assert len(found) == 2


def test_mail_needs_a_server(file: Path) -> None:
    file.write_text(a_channel("desk", "email", to="desk@example.org"))
    settings = Settings(delivery=DeliverySettings(channels=str(file)))
    with pytest.raises(InvalidSetting, match=r"\[mail\] host is not set"):
        load_channels(settings, {})


def test_a_webhook_into_ones_own_network_is_allowed_by_the_settings(file: Path) -> None:
    text = a_channel("hook", "webhook", to="http://127.0.0.1:8080/")
    environ = {"TOCSIN_CHANNEL_HOOK_SECRET": SECRET}
    assert found_in(file, text, environ, allow_private=True)["hook"].secret == SECRET


def test_no_secret_is_in_what_is_printed_of_a_channel(file: Path) -> None:
    text = HOOK + a_channel("chat", "apprise")
    environ = {
        "TOCSIN_CHANNEL_NIGHT_HOOK_SECRET": SECRET,
        "TOCSIN_CHANNEL_NIGHT_HOOK_OLD_SECRET": OLD,
        "TOCSIN_CHANNEL_CHAT_TO": "slack://hush/b/c",
    }
    shown = repr(found_in(file, text, environ))
    assert SECRET not in shown
    assert OLD not in shown
    assert "hush" not in shown
