"""Where to connect, and with which headers."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.tui.hosting import asked, words_on
from wsinspect.model import HttpHead
from wsinspect.tui.data.connections import Target
from wsinspect.tui.dialogs.handshake import HandshakeDialog
from wsinspect.tui.widgets.payload_area import PayloadArea

HEAD = HttpHead("HTTP/1.1", (("Host", "a.test"), ("X-Odd", "1")), method="GET", target="/")


async def test_what_is_not_changed_comes_back_as_it_was() -> None:
    target = Target("ws://a.test/", HEAD)
    async with asked(lambda: HandshakeDialog(target)) as (_, host, pilot):
        assert "X-Odd: 1" in words_on(host)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [target]


async def test_all_of_it_can_be_changed() -> None:
    async with asked(lambda: HandshakeDialog(Target("ws://a.test/", HEAD))) as (dialog, host, pilot):
        dialog.query_one(Input).value = "wss://b.test/x"
        dialog.query_one(PayloadArea).show("Host: c.test\n\nOrigin:https://c.test")
        await pilot.press("tab", "right", "ctrl+s")
        await pilot.pause()
        (answer,) = host.answers
        assert isinstance(answer, Target)
        assert (answer.url, answer.insecure) == ("wss://b.test/x", True)
        assert answer.request is not None
        assert answer.request.headers == (("Host", "c.test"), ("Origin", "https://c.test"))
        assert answer.request.method == "GET"


@pytest.mark.parametrize(("headers", "request_headers"), [("", None), ("X-A: 1", (("X-A", "1"),))])
async def test_without_a_recorded_request_one_is_made(
    headers: str, request_headers: tuple[tuple[str, str], ...] | None
) -> None:
    async with asked(lambda: HandshakeDialog(Target("ws://a.test/"))) as (dialog, host, pilot):
        dialog.query_one(PayloadArea).show(headers)
        await pilot.press("enter")
        await pilot.pause()
        (answer,) = host.answers
        assert isinstance(answer, Target)
        assert (answer.request and answer.request.headers) == request_headers


@pytest.mark.parametrize(
    ("url", "headers", "said"),
    [
        *[
            (url, "", "write ws://HOST/PATH")
            for url in ("http://a.test", "ws://", "ws://a.test:99999/", "ws://[half/", "ws://a b/", "ws://a.test:0/")
        ],
        ("ws://a.test", "A: 1\nnonsense", "line 2 is no header"),
    ],
)
async def test_what_will_not_do_is_told(url: str, headers: str, said: str) -> None:
    async with asked(lambda: HandshakeDialog(Target("ws://a.test/", HEAD))) as (dialog, host, pilot):
        dialog.query_one(Input).value = url
        dialog.query_one(PayloadArea).show(headers)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert said in words_on(host)
        await pilot.press("escape")
        await pilot.pause()
        assert host.answers == [None]
