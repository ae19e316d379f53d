"""Channels as files: what is read, and what is refused with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Channel, ChannelKind, InvalidSetting
from tocsin.channels import is_secret, missing_channels, parse, secret_of, url_fault

FILE = """[[channel]]
id = "desk"
kind = "email"
to = "desk@example.org"

[[channel]]
id = "hook"
kind = "webhook"
to = "https://example.org/hook"
fallback = "desk"
"""


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidSetting) as caught:
        parse(text, file="channels.toml", target_fault=url_fault)
    return str(caught.value).splitlines()


def a_channel(id: str, kind: str = "email", **keys: str) -> str:
    given = {"id": id, "kind": kind} | keys
    return "[[channel]]\n" + "".join(f'{key} = "{value}"\n' for key, value in given.items())


def test_every_key_is_read_in_the_order_of_writing() -> None:
    assert parse(FILE, file="f", target_fault=url_fault) == (
        Channel(id="desk", kind=ChannelKind.EMAIL, to="desk@example.org"),
        Channel(
            id="hook", kind=ChannelKind.WEBHOOK, to="https://example.org/hook", fallback="desk"
        ),
    )
    assert parse("", file="f", target_fault=url_fault) == ()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("x = [", 1, "not TOML"),
        ("name = 1\n" + FILE, 1, "unknown key 'name'"),
        ("[channel]\nid = 'a'\n", 1, "[[channel]]"),
        (a_channel("Desk"), 2, "only a-z"),
        (a_channel("kafka"), 2, "take another name"),
        ("[[channel]]\nkind = 'email'\n", 1, "id is missing"),
        ("[[channel]]\nid = 'a'\n", 1, "kind is missing"),
        (a_channel("a", "fax"), 3, "webhook, email, apprise, feed"),
        ("[[channel]]\nid = 'a'\nkind = 1\n", 3, "kind must be text"),
        (a_channel("a", too="x"), 4, "did you mean 'to'?"),
        (a_channel("a", "webhook", secret="x"), 4, "secrets stand in the environment"),
        (a_channel("a", "feed", to="x"), 4, "sent nowhere"),
        (a_channel("a", "apprise", to="slack://a/b/c"), 4, "set TOCSIN_CHANNEL_<ID>_TO"),
        (a_channel("a", "webhook", to="ftp://example.org"), 4, "a URL such as"),
        (a_channel("a", "webhook", to="https://"), 4, "a URL such as"),
        (a_channel("a", "webhook", to="https://[x"), 4, "a URL such as"),
        (a_channel("a", "webhook", to="https://example.org:99999"), 4, "a URL such as"),
        (a_channel("a", "webhook", to="https://me:hush@example.org"), 4, "a user or a password"),
        (a_channel("a", "webhook", to="http://example.org/"), 4, "must be https"),
        (a_channel("a", "webhook", to="https://example.org/ x"), 4, "a space"),
        (FILE + a_channel("desk"), 12, "stands in line 2 already"),
        (a_channel("a", fallback="a"), 4, "in a circle: a -> a"),
        (a_channel("desk") + a_channel("b", fallback="desc"), 7, "did you mean desk?"),
        (a_channel("f", "feed") + a_channel("b", fallback="f"), 7, "a feed tells nobody"),
        (a_channel("f", "feed", fallback="b") + a_channel("b"), 4, "a feed tells nobody"),
    ],
)
def test_a_fault_is_named_with_file_and_line(text: str, line: int, said: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"channels.toml:{line}: ")
    assert said in fault


def test_fallbacks_in_a_circle_are_told_of_each_that_is_in_it() -> None:
    text = (
        a_channel("a", fallback="b") + a_channel("b", fallback="c") + a_channel("c", fallback="b")
    )
    assert faults(text) == [
        "channels.toml:8: fallback goes in a circle: b -> c -> b",
        "channels.toml:12: fallback goes in a circle: c -> b -> c",
    ]


def test_without_tls_a_webhook_goes_only_where_that_is_allowed() -> None:
    assert url_fault(ChannelKind.WEBHOOK, "http://10.0.0.1/hook", allow_private=True) == ""


@given(st.binary(min_size=24, max_size=64))
def test_a_key_of_the_right_length_is_a_secret(key: bytes) -> None:
    assert is_secret(secret_of(key))
    assert not is_secret(secret_of(key)[1:])


@given(st.binary(max_size=23) | st.binary(min_size=65, max_size=90))
def test_a_key_that_is_too_short_or_too_long_is_none(key: bytes) -> None:
    assert not is_secret(secret_of(key))


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_***", "whsec_" + "ä" * 40, "A" * 40])
def test_what_is_no_base64_is_no_secret(text: str) -> None:
    assert not is_secret(text)


def test_a_channel_that_is_not_there_is_told_with_the_nearest() -> None:
    assert list(missing_channels(["desk", "hok"], ["desk", "hook"])) == [
        "there is no channel 'hok': did you mean hook?"
    ]
    assert list(missing_channels(["desk"], [])) == ["there is no channel 'desk': known are none"]
