"""Mail goes out over TLS, and what the server says becomes an outcome."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from connectors.delivery.mail import MailSender, MailServer, Tls, _Connection
from schemas import Channel, ChannelKind, Ended, InvalidSetting, Outcome
from tests.connectors.delivery.mail_server import Office, admit_by, running
from tests.connectors.delivery.test_letters import DESK, SENDER, a_message
from tests.tls import Authority


def sent(port: int, *, deadline: float = 20.0, channel: Channel = DESK, **server: Any) -> Outcome:
    given: dict[str, Any] = {"host": "127.0.0.1", "tls": Tls.NONE, "sender": SENDER} | server
    sender = MailSender(MailServer(port=port, **given), patience=10.0, deadline=deadline)
    return asyncio.run(sender.send(channel, a_message()))


def test_a_mail_is_taken_with_the_same_bytes_each_time() -> None:
    office = Office()
    with running(office) as port:
        outcomes = [sent(port) for _ in range(2)]
    assert [each.ended for each in outcomes] == [Ended.DELIVERED] * 2
    first, second = office.taken
    assert (first.mail_from, first.rcpt_tos) == (SENDER, ["desk@press.example"])
    assert first.content == second.content


def test_a_mail_goes_out_encrypted_where_the_certificate_is_trusted(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server("localhost")
    office = Office()
    with running(office, tls_context=context, require_starttls=True) as port:
        tls = {"host": "localhost", "tls": Tls.STARTTLS}
        assert sent(port, authorities=str(authority.file), **tls).ended is Ended.DELIVERED
        refused = sent(port, **tls)
    assert office.encrypted == [True]
    assert refused.ended is Ended.RETRY
    assert "certificate is not to be trusted" in refused.reason


def test_a_server_may_speak_tls_from_the_first_word(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server("localhost")
    office = Office()
    with running(office, ssl_context=context) as port:
        tls = {"host": "localhost", "tls": "implicit"}
        assert sent(port, authorities=str(authority.file), **tls).ended is Ended.DELIVERED
        assert sent(port, **tls).ended is Ended.RETRY
    assert len(office.taken) == 1


def test_the_certificate_must_be_for_the_server_that_is_meant(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server("localhost")
    with running(Office(), tls_context=context, require_starttls=True) as port:
        outcome = sent(port, tls=Tls.STARTTLS, authorities=str(authority.file))
    assert outcome.ended is Ended.RETRY
    assert "certificate" in outcome.reason


def test_a_server_without_starttls_gets_no_mail() -> None:
    office = Office()
    with running(office) as port:
        outcome = sent(port, tls=Tls.STARTTLS)
    assert outcome.ended is Ended.RETRY
    assert "does not offer" in outcome.reason
    assert not office.taken


def test_a_wrong_password_is_said_and_tried_again_without_telling_it() -> None:
    options = {"authenticator": admit_by("right"), "auth_require_tls": False}
    with running(Office(), **options) as port:
        wrong = sent(port, user="us", password="wrong-one")
        right = sent(port, user="us", password="right")
    assert (wrong.ended, wrong.status) == (Ended.RETRY, 535)
    assert "refused our user or password" in wrong.reason
    assert "wrong-one" not in wrong.reason
    assert right.ended is Ended.DELIVERED


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        ("450 4.2.0 greylisted, come again", Ended.RETRY),
        ("550 5.1.1 no mailbox here by that name", Ended.GONE),
        ("550 User unknown", Ended.GONE),
        ("550 5.7.1 blocked by our policy", Ended.REFUSED),
        ("550 5.1.8 Sender domain does not exist", Ended.REFUSED),
        ("552 5.2.2 mailbox full", Ended.REFUSED),
    ],
)
def test_what_is_said_of_the_recipient_decides(answer: str, ended: Ended) -> None:
    with running(Office(at_recipient=answer)) as port:
        outcome = sent(port)
    assert (outcome.ended, outcome.status) == (ended, int(answer[:3]))
    assert outcome.reason == answer[4:]


@pytest.mark.parametrize(
    ("answer", "ended"), [("451 later", Ended.RETRY), ("554 5.6.0 no", Ended.REFUSED)]
)
def test_what_is_said_of_the_content_decides(answer: str, ended: Ended) -> None:
    with running(Office(at_content=answer)) as port:
        assert sent(port).ended is ended


def test_what_is_said_of_us_is_no_end_of_a_mail() -> None:
    office = Office(at_sender="550 5.7.1 not from there")
    with running(office) as port:
        outcome = sent(port)
    assert (outcome.ended, outcome.status) == (Ended.RETRY, 550)
    assert outcome.reason == "5.7.1 not from there"


def test_what_a_server_does_after_it_took_the_mail_changes_nothing() -> None:
    office = Office(hangs_up=True)
    with running(office) as port:
        assert sent(port).ended is Ended.DELIVERED
    assert len(office.taken) == 1


def test_nobody_at_the_port_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outcome = sent(port)
    assert outcome.ended is Ended.RETRY
    assert "could not be reached" in outcome.reason


def test_a_server_that_keeps_silent_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = sent(silent.getsockname()[1], deadline=0.2)
    assert outcome.ended is Ended.RETRY
    assert outcome.reason == "the mail server took longer than 0.2 s"


def test_what_was_given_up_before_there_was_a_connection_is_not_sent_over_it_later() -> None:
    office = Office()
    with running(office) as port:
        server = MailServer(host="127.0.0.1", port=port, tls=Tls.NONE, sender=SENDER)
        connection = _Connection(server, 10.0)
        connection.cut()
        outcome = connection.use(lambda smtp: smtp.sendmail(SENDER, [DESK.to], b"Subject: x"))
    assert outcome.ended is Ended.RETRY
    assert office.taken == []


def test_what_is_no_address_is_refused_before_anybody_is_asked() -> None:
    channel = Channel(id="odd", kind=ChannelKind.EMAIL, to="a@b.example\r\nRCPT TO:<c@d.example>")
    assert sent(1, channel=channel).ended is Ended.REFUSED


def test_without_tls_only_this_machine_is_spoken_to() -> None:
    with pytest.raises(InvalidSetting, match="only a server on this machine"):
        MailServer(host="mail.example.org", sender=SENDER, tls="none")
    with pytest.raises(InvalidSetting, match="tls is one of starttls, implicit, none, not 'off'"):
        MailServer(host="mail.example.org", sender=SENDER, tls="off")
    with pytest.raises(InvalidSetting, match="no mail address"):
        MailServer(host="mail.example.org", sender="tocsin")


def test_a_password_is_not_shown() -> None:
    server = MailServer(host="mail.example.org", sender=SENDER, user="us", password="secret-word")
    assert "secret-word" not in repr(server)
    assert MailSender(server).target(DESK) == "mail.example.org:587"
