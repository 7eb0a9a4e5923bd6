"""Headless Chromium: a page that opens `ws` and `wss` sockets behind the engine."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest
from aiohttp import web

from tests.peers.browser import browser
from tests.peers.capture import session_where
from tests.peers.certificates import Certificate
from tests.peers.engine import EngineProcess
from tests.peers.libraries import web_application, websockets_server
from tests.peers.waiting import within
from wsinspect.model import Direction, Session, SessionState

pytestmark = pytest.mark.peer

_PAGE = Path(__file__).parents[1] / "peers" / "page.html"
_BROWSER_S = 60.0


class Closed(msgspec.Struct, frozen=True):
    """A `CloseEvent` as the page saw it."""

    code: int
    reason: str
    wasClean: bool  # noqa: N815 (the name is the browser's)


class Talk(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the page found on one scheme."""

    error: str | None = None
    extensions: str = ""
    protocol: str = ""
    text: str = ""
    binary: bool = False
    large: bool = False
    closed_by_server: Closed | None = None
    closed_by_page: Closed | None = None
    vanished: Closed | None = None


class Report(msgspec.Struct, frozen=True):
    """What the page posts."""

    ws: Talk
    wss: Talk
    event: str


@dataclass(slots=True)
class _Page:
    """The page's server: the page, an event stream that stays open, and where the page reports to."""

    report: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(_PAGE)

    async def events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: first event\n\n")
        with contextlib.suppress(ConnectionError):
            await self.over.wait()
        return response

    async def take_report(self, request: web.Request) -> web.Response:
        self.report.set_result(await request.read())
        return web.Response()


@contextlib.asynccontextmanager
async def _page_server() -> AsyncIterator[tuple[_Page, int]]:
    page = _Page()
    application = web.Application()
    application.router.add_get("/", page.page)
    application.router.add_get("/events", page.events)
    application.router.add_post("/report", page.take_report)
    async with web_application(application) as port:
        try:
            yield page, port
        finally:
            page.over.set()


async def test_a_page_in_chromium_talks_over_ws_and_wss(
    engine: EngineProcess, certificate: Certificate, tmp_path: Path
) -> None:
    async with (
        websockets_server(subprotocols=("superchat",)) as plain,
        websockets_server(certificate.server_context(), subprotocols=("superchat",)) as secure,
        _page_server() as (page, port),
    ):
        query = urlencode({"ws": plain.url("ws", ""), "wss": secure.url("wss", "")})
        url = f"http://localhost:{port}/?{query}"
        async with browser(url, tmp_path, proxy=engine.url, trusted=engine.ca) as log:
            try:
                posted = await within(page.report, "the page's report", _BROWSER_S)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{log.read_text(errors='replace')[-4000:]}") from None
        report = msgspec.json.decode(posted, type=Report)
        for scheme, talk, server in (("ws", report.ws, plain), ("wss", report.wss, secure)):
            _assert_talk(talk, scheme)
            assert server.closes["/page-closes"] == (4200, "page says bye")
            await _assert_on_record(engine, scheme, server.port)
        assert report.event == "first event"


def _assert_talk(talk: Talk, scheme: str) -> None:
    assert talk.extensions.startswith("permessage-deflate"), f"over {scheme}: {talk}"
    assert talk == Talk(
        extensions=talk.extensions,
        protocol="superchat",
        text="hello from the page ☃",
        binary=True,
        large=True,
        closed_by_server=Closed(4100, "see you", True),
        closed_by_page=Closed(4200, "page says bye", True),
        vanished=Closed(1006, "", False),
    ), f"over {scheme}"


async def _assert_on_record(engine: EngineProcess, scheme: str, port: int) -> None:
    for path, code, by, clean in (("/talk", 4100, "server", True), ("/page-closes", 4200, "client", True)):
        url = f"{scheme}://localhost:{port}{path}"
        recorded = await session_where(engine.capture, functools.partial(_has_url, url), f"a session with {url}")
        close = recorded.session.close
        assert close is not None
        assert (close.by, close.code, close.clean) == (by, code, clean)
        assert recorded.session.subprotocol == "superchat"
        if path == "/talk":
            sent = [one.payload for one in recorded.messages if one.direction is Direction.C2S]
            answered = [one.payload for one in recorded.messages if one.direction is Direction.S2C]
            assert sent[0].decode() == "hello from the page ☃"
            assert sent[2].decode() == "large ☃ " * 100_000
            assert answered == sent[:3]
    url = f"{scheme}://localhost:{port}/vanishes"
    recorded = await session_where(engine.capture, functools.partial(_has_url, url), f"a session with {url}")
    assert recorded.session.state is SessionState.CLOSED
    assert recorded.session.close is None or not recorded.session.close.clean


def _has_url(url: str, session: Session) -> bool:
    return session.url == url
