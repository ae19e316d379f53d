"""Checks of `tocsin doctor` for what serves people. Nothing is sent, and nothing secret is said."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress

from console.channels import PREFIX, load_channels, written_channels
from console.findings import Finding, State
from console.settings import Settings, host_and_port
from schemas import Channel, ChannelKind, InvalidSetting, Subscription, TocsinError
from tocsin.channels import missing_channels

LOOK_UP_SECONDS = 5.0
"""How long the names of all webhooks together may take to be looked up."""

MAIL_SECONDS = 5.0
"""How long the mail server may take for one answer, and twice that for all of them."""

_NO_FILE = "Name the file of channels: [delivery] channels, or TOCSIN_DELIVERY_CHANNELS."


def channels() -> Finding:
    """Check the file of channels with its secrets, and that there is every channel that is named."""
    from console.sources import in_force

    settings, name = in_force(), "Channels"
    file = settings.delivery.channels
    try:
        found = load_channels(settings, os.environ)
    except InvalidSetting as error:
        said = "; ".join(str(error).splitlines())
        return Finding(name, State.FAIL, said, "Mend it there: until then nothing is delivered.")
    missing = list(_missing(_subscriptions(settings), found))
    if missing:
        remedy = f"Write it into {file}, or take it out: tocsin subscriptions show."
        return Finding(name, State.FAIL, "; ".join(missing), remedy if file else _NO_FILE)
    unused = [each for each in sorted(os.environ) if each.startswith(PREFIX)]
    if unused and not file:
        return Finding(name, State.WARN, f"{', '.join(unused)}: no file says of what", _NO_FILE)
    if not found:
        return Finding(name, State.OK, f"none in {file}" if file else "none (alerts go to Kafka)")
    ids = ", ".join(f"{each.id} ({each.kind})" for each in found.values())
    return Finding(name, State.OK, f"{ids}, with all that they need")


def webhooks() -> Finding:
    """Check that the guard lets webhooks be dialled: their names are looked up, and nothing more."""
    from console.sources import in_force

    settings, name = in_force(), "Webhooks"
    wanted = [each for each in _known(settings) if each.kind is ChannelKind.WEBHOOK]
    if not wanted:
        return Finding(name, State.OK, "none")
    obstacles = asyncio.run(_obstacles(settings, wanted))
    remedy = "Correct `to`; into your own network only with [delivery] allow_private = true."
    return _judged(name, obstacles, "may be dialled", remedy)


def chats() -> Finding:
    """Check that Apprise knows the services of its channels. Nobody is dialled."""
    from connectors.delivery.chat import ChatSender
    from console.sources import in_force

    name = "Chats"
    wanted = [each for each in _known(in_force()) if each.kind is ChannelKind.APPRISE]
    if not wanted:
        return Finding(name, State.OK, "none")
    sender = ChatSender()
    obstacles = {each.id: sender.obstacle(each) for each in wanted}
    remedy = (
        "Correct TOCSIN_CHANNEL_<ID>_TO: Apprise has a page for each service on how it is written."
    )
    return _judged(name, obstacles, "known to Apprise", remedy)


def mail_server() -> Finding:
    """Check that the mail server answers, offers TLS and lets us in: all that comes before a mail."""
    from connectors.delivery.mail import MailSender
    from console.sources import in_force

    name, server = "Mail server", in_force().mail.server()
    if server is None:
        return Finding(name, State.OK, "none ([mail] host is not set)")
    sender = MailSender(server, patience=MAIL_SECONDS, deadline=2 * MAIL_SECONDS)
    where = f"{server.host}:{server.port}"
    obstacle = asyncio.run(sender.obstacle())
    if obstacle:
        remedy = "Correct [mail] host, port, tls, authorities, user, or TOCSIN_MAIL_PASSWORD."
        return Finding(name, State.FAIL, f"{where}: {obstacle}", remedy)
    way = "without TLS" if server.tls == "none" else "over TLS"
    admitted = f", admits {server.user}" if server.user else ""
    return Finding(name, State.OK, f"{where} answers {way}{admitted}")


def api() -> Finding:
    """Say who may use the HTTP API, and warn where it listens beyond this machine."""
    from console.sources import in_force
    from console.web.tokens import tokens_of
    from tocsin.addresses import is_loopback

    name, given = "HTTP API", in_force().web
    tokens = tokens_of(given.tokens)
    if not tokens:
        return Finding(name, State.OK, "not served: no TOCSIN_WEB_TOKENS")
    who = ", ".join(sorted({each.name for each in tokens}))
    said = f"at {given.listen} for {who}"
    if is_loopback(host_and_port("web.listen", given.listen)[0]):
        return Finding(name, State.OK, said)
    remedy = "It has no TLS: put a server with TLS before it, and let only that one reach it."
    return Finding(name, State.WARN, f"{said}, for other machines too", remedy)


def _judged(name: str, obstacles: Mapping[str, str], well: str, remedy: str) -> Finding:
    """Say that all channels are well, or what stands in the way of which."""
    if not any(obstacles.values()):
        return Finding(name, State.OK, f"{', '.join(obstacles)}: {well}")
    said = "; ".join(f"{channel}: {why}" for channel, why in obstacles.items() if why)
    return Finding(name, State.FAIL, said, remedy)


def _known(settings: Settings) -> list[Channel]:
    """Give the channels with their targets, or what is written alone; what is wrong is told by `channels`."""
    with suppress(InvalidSetting):
        return list(load_channels(settings, os.environ).values())
    with suppress(InvalidSetting):
        return [each for each in written_channels(settings) if each.to]
    return []


async def _obstacles(settings: Settings, wanted: list[Channel]) -> dict[str, str]:
    """Say for each webhook why it would not be dialled; empty where it would."""
    from console.people import webhook_sender

    sender = webhook_sender(settings, deadline=LOOK_UP_SECONDS)
    try:
        said = await asyncio.gather(*map(sender.obstacle, wanted))
    finally:
        sender.close()
    return {each.id: why for each, why in zip(wanted, said, strict=True)}


def _subscriptions(settings: Settings) -> list[Subscription]:
    """Give those of the files and of the store. What cannot be read is told by other checks."""
    from console.paths import NoSuchPath
    from console.stores import is_there, opened
    from console.subscriptions import known, written
    from store.condition import look

    url = settings.store.url
    try:
        rules = written(settings)
    except (TocsinError, NoSuchPath):
        return []
    # Opening a store of an earlier version would bring it up to date, and doctor changes nothing.
    with suppress(TocsinError):
        if is_there(url) and look(url).is_current:
            with opened(url) as engine, engine.connect() as connection:
                return [each.subscription for each in known(connection, rules).values()]
    return list(rules.subscriptions)


def _missing(wanted: list[Subscription], known: Mapping[str, Channel]) -> Iterator[str]:
    for each in wanted:
        for said in missing_channels(each.channels, known):
            yield f"subscription {each.id}: {said}"
