"""`tocsin web`: the HTTP API of subscriptions and deliveries, and tokens for those who use it."""

import asyncio
import secrets
import signal
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from console.settings import Settings
    from schemas import StoreLost

EXAMPLE = """\b
Examples:
  tocsin web token ada >> web.tokens
  TOCSIN_WEB_TOKENS_FILE=web.tokens tocsin web
"""


@click.group(invoke_without_command=True, epilog=EXAMPLE)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Serve the HTTP API at [web] listen, until it is stopped.

    It has subscriptions, what rang for them, and where that was sent. Who asks needs a token: those of
    TOCSIN_WEB_TOKENS, a line `name:token` for each. `tocsin run` serves it, too, where there are any.
    """
    if ctx.invoked_subcommand:
        return
    from console.logs import structured
    from console.sources import in_force
    from schemas import InvalidSetting

    settings = in_force()
    if not settings.web.tokens:
        raise InvalidSetting(
            "The API is not served without tokens: nobody could ask.",
            hint="`tocsin web token NAME >> web.tokens` makes one;"
            " then set TOCSIN_WEB_TOKENS_FILE=web.tokens.",
        )
    structured()
    asyncio.run(_serve(settings))


@command.command(epilog="\b\nExample:\n  tocsin web token ada >> web.tokens\n")
@click.argument("name")
def token(name: str) -> None:
    """Print a line with a new token for NAME, which stands in histories for who has it.

    The line goes into TOCSIN_WEB_TOKENS, or into the file of TOCSIN_WEB_TOKENS_FILE.
    """
    from console.web.tokens import tokens_of

    line = f"{name}:{secrets.token_urlsafe(32)}"
    tokens_of(line)
    click.echo(line)


async def _serve(settings: "Settings") -> None:
    """Serve until told to stop. Raises `StoreLost` where the store's file was taken away."""
    import structlog

    from console.endings import end_soon
    from console.settings import host_and_port
    from console.stores import opened
    from console.web.server import serving
    from console.web.service import Service

    stop, lost = asyncio.Event(), list["StoreLost"]()

    def told() -> None:
        stop.set()
        end_soon()

    def told_of_loss(error: "StoreLost") -> None:
        lost.append(error)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    host, port = host_and_port("web.listen", settings.web.listen)
    with opened(settings.store.url) as engine:
        service = Service(engine=engine, settings=settings)
        async with serving(service, host, port, lost=told_of_loss) as bound:
            structlog.get_logger("web").info("serving", listen=f"{host}:{bound}")
            await stop.wait()
    if lost:
        raise lost[0]
