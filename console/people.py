"""What serves people: the dispatcher, with the channels and senders that the settings name."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.channels import load_channels
from schemas import ChannelKind
from tocsin.wording import link_to

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from connectors.delivery.dispatcher import Dispatcher
    from connectors.delivery.senders import Sender
    from connectors.delivery.webhook import WebhookSender
    from console.settings import Settings


@contextmanager
def dispatching(
    settings: "Settings",
    environ: Mapping[str, str],
    engine: "Engine",
    *,
    stop: threading.Event,
    reach: Callable[[str], None],
) -> "Iterator[Dispatcher]":
    """Make the dispatcher. Raises `InvalidSetting` where channels are wrong."""
    from connectors.delivery.chat import ChatSender
    from connectors.delivery.dispatcher import Dispatcher
    from connectors.delivery.mail import MailSender

    given, mail = settings.delivery, settings.mail.server()
    webhooks = webhook_sender(settings)
    senders: dict[ChannelKind, Sender] = {
        ChannelKind.WEBHOOK: webhooks,
        ChannelKind.APPRISE: ChatSender(),
    }
    if mail:
        senders[ChannelKind.EMAIL] = MailSender(mail)
    try:
        yield Dispatcher(
            engine,
            load_channels(settings, environ),
            senders,
            clock=lambda: datetime.now(UTC),
            stop=stop,
            reach=reach,
            link=lambda alert: link_to(given.link, alert),
        )
    finally:
        webhooks.close()


def webhook_sender(settings: "Settings", *, deadline: float | None = None) -> "WebhookSender":
    """Make what sends webhooks, with the guard that the settings want; `deadline` in seconds."""
    from connectors.delivery.webhook import DEADLINE, WebhookSender, is_within_reach
    from tocsin.addresses import is_public

    is_own_network = settings.delivery.allow_private
    return WebhookSender(
        agent=settings.feeds.user_agent,
        policy=is_within_reach if is_own_network else is_public,
        public_names=not is_own_network,
        deadline=deadline or DEADLINE,
    )


@contextmanager
def beside(run: Callable[[], object], stop: threading.Event) -> Iterator[None]:
    """Run something in a thread as long as the block; when one of both ends, the other is told to stop.

    Raises what the thread has raised.
    """
    raised: list[BaseException] = []

    def guarded() -> None:
        try:
            run()
        except BaseException as error:  # raised again where somebody sees it
            raised.append(error)
        finally:
            stop.set()

    thread = threading.Thread(target=guarded, name="dispatcher")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if raised:
        raise raised[0]
