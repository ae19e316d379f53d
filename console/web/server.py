"""The server of the API: who may ask, how much and for how long; what is answered is made in threads.

It asks for a token in a header, and has no cookies: no other page can make a browser send one.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from aiohttp import web

from console.paths import NoSuchPath
from console.web.asked import LONGEST, Asked, body_of, object_of, parameters_of
from console.web.bodies import Answer, Keys
from console.web.refusals import TYPE, Problem, Refused, refusal
from console.web.routes import ROUTES, Route
from console.web.service import Service
from console.web.tokens import Token, tokens_of, who
from schemas import InvalidSetting, StoreLost, TocsinError, encode

MOST_BODY = 64 << 10
"""Bytes of a body."""

BODY_SECONDS = 10.0
"""How long a body may take to arrive."""

ANSWER_SECONDS = 45.0
"""How long an answer may take; a writer waits for another one up to 30 seconds."""

THREADS = 4
"""Answers that are made at the same time."""

MOST_AT_ONCE = 64
"""Requests that are taken at the same time; the next are refused until one is done."""

IDLE_SECONDS = 15.0
"""How long a connection stays open without a request."""

CLOSE_SECONDS = 5.0
"""How long answers may still take at the end."""

_HEADERS = {
    "Server": "tocsin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_OPEN = frozenset(route.path for route in ROUTES if route.is_open)
_WHO = web.RequestKey("who", str)
_NOBODY = logging.Logger("web", logging.CRITICAL)
"""What is no HTTP is not logged: aiohttp would show the line, in which there may be a token."""

_log = structlog.get_logger("web")


@asynccontextmanager
async def serving(
    service: Service, host: str, port: int, *, lost: Callable[[StoreLost], None]
) -> AsyncIterator[int]:
    """Serve while the context is open; gives the port. `lost` is told that the store's file is gone.

    Raises `InvalidSetting` where the address is taken, or none.
    """
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")
    asyncio.get_running_loop().set_default_executor(threads)
    runner = web.AppRunner(
        _Endpoint(service, tokens_of(service.settings.web.tokens), lost).application(),
        access_log=None,
        logger=_NOBODY,
        auto_decompress=False,
        keepalive_timeout=IDLE_SECONDS,
        shutdown_timeout=CLOSE_SECONDS,
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise InvalidSetting(
                f"web.listen: cannot listen at {host}:{port}: {error.strerror or error}",
                hint="Set [web] listen to another address.",
            ) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class _Endpoint:
    """Lets in whoever has a token, and turns requests into what is asked, and answers into responses."""

    def __init__(
        self, service: Service, tokens: tuple[Token, ...], lost: Callable[[StoreLost], None]
    ) -> None:
        self._service = service
        self._tokens = tokens
        self._lost = lost
        self._busy = 0

    def application(self) -> web.Application:
        """Make what serves the routes."""
        made = web.Application(client_max_size=MOST_BODY, middlewares=[self._guard])
        for route in ROUTES:
            if route.method == "GET":
                made.router.add_get(route.path, self._handler(route))
            else:
                made.router.add_route(route.method, route.path, self._handler(route))
        return made

    @property
    def _guard(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def guard(
            request: web.Request,
            handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        ) -> web.StreamResponse:
            began, name = time.monotonic(), ""
            self._busy += 1
            try:
                name = self._let_in(request)
                response = await handler(request)
            except Exception as error:  # whatever it is: who asks gets an answer, and we the fault
                response = self._refusal(error)
            finally:
                self._busy -= 1
            milliseconds = round((time.monotonic() - began) * 1000)
            _log.info(
                "answered",
                method=request.method,
                path=request.path[:LONGEST],
                status=response.status,
                by=name,
                milliseconds=milliseconds,
            )
            return response

        return guard

    def _let_in(self, request: web.Request) -> str:
        """Name who asks. Raises `Refused` for whoever has no token, before anything else is told."""
        if request.path in _OPEN:
            return ""
        name = who(self._tokens, request.headers.get("Authorization", ""))
        if name is None:
            raise Refused(
                HTTPStatus.UNAUTHORIZED,
                "No token, or none that is known.",
                hint="Send a header: Authorization: Bearer TOKEN",
                headers={"WWW-Authenticate": 'Bearer realm="tocsin"'},
            )
        if self._busy > MOST_AT_ONCE:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too busy.", headers={"Retry-After": "1"})
        request[_WHO] = name
        return name

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            asked = await _asked(route, request)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    answer = await asyncio.to_thread(route.do, self._service, asked)
            except TimeoutError:
                raise Refused(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "It takes too long. A change may be made all the same: look before you repeat it.",
                    headers={"Retry-After": "30"},
                ) from None
            return _response(answer)

        return handle

    def _refusal(self, error: Exception) -> web.Response:
        """Answer what was raised."""
        if isinstance(error, StoreLost):
            self._lost(error)
        if isinstance(error, TocsinError | NoSuchPath):
            return _problem(*refusal(error))
        if isinstance(error, web.HTTPException):
            status = HTTPStatus(error.status)
            allow = {each: error.headers[each] for each in ("Allow",) if each in error.headers}
            return _problem(Problem(title=status.phrase, status=status), allow)
        _log.error("fault", exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        detail = "A fault of ours; the log has it."
        return _problem(Problem(title=status.phrase, status=status, detail=detail), {})


async def _asked(route: Route, request: web.Request) -> Asked:
    """Read what a request asks. Raises `Refused`, `InvalidSetting`."""
    names = dict(request.match_info)
    if not all(each.isprintable() and 0 < len(each) <= LONGEST for each in names.values()):
        raise Refused(HTTPStatus.NOT_FOUND, "There is none of this id.")
    parameters = parameters_of(request.query.items(), route.parameters)
    body = None
    if route.body is not None:
        row = object_of(await _content(request))
        body = row if route.body is Keys else body_of(row, route.body)
    return Asked(
        who=request.get(_WHO, ""),
        id=names.get("id", ""),
        channel=names.get("channel", ""),
        parameters=parameters,
        body=body,
        if_match=request.headers.get("If-Match"),
        if_none_match=request.headers.get("If-None-Match"),
    )


async def _content(request: web.Request) -> bytes:
    """Read the body. Raises `Refused` where it is not JSON as it stands, too large, or too slow."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            content = await request.read()
    except TimeoutError:
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, headers={"Connection": "close"}) from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "The body broke off.") from error
    is_plain = request.headers.get("Content-Encoding", "identity").lower() == "identity"
    if content and (request.content_type != "application/json" or not is_plain):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            hint="Send JSON, with a header: Content-Type: application/json",
        )
    return content


def _response(answer: Answer) -> web.Response:
    tag = {} if answer.number is None else {"ETag": f'"{answer.number}"'}
    return web.Response(
        status=answer.status,
        body=encode(answer.content),
        headers=_HEADERS | answer.headers | tag | {"Content-Type": "application/json"},
    )


def _problem(problem: Problem, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        status=problem.status,
        body=encode(problem),
        headers=_HEADERS | dict(headers) | {"Content-Type": TYPE},
    )
