"""Tests that need no payload: what matches, what does not, and what cannot be told yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.running import ASKED, OPEN, REQUEST, RESPONSE
from wsinspect.model import Direction, Source
from wsinspect.rules.circumstances import (
    Circumstances,
    StaticTest,
    direction_test,
    header_test,
    host_test,
    of_request,
    of_response,
    of_session,
    path_test,
    query_test,
    source_test,
    status_test,
    subprotocol_test,
    type_test,
    url_test,
)

MESSAGE = replace(of_session(OPEN), direction=Direction.C2S, opcode=1, source=Source.RULE)
EVENT = Circumstances(of_frame=False)

HOLD: list[StaticTest] = [
    host_test("A.test"),
    host_test(["x", "*.TEST"]),
    url_test("wss://a.test/*"),
    path_test("/chat"),
    path_test(["~^/c"]),
    query_test({"room": "7"}),
    query_test({"room": "?", "user": "a*"}),
    header_test({"origin": "http://*"}),
    header_test({"Cookie": False, "HOST": True}),
    subprotocol_test("v2"),
    status_test(101),
    status_test([200, 101]),
    direction_test("c2s"),
    type_test("text"),
    source_test("rule"),
    source_test("any"),
]
FAIL: list[StaticTest] = [
    host_test("b.test"),
    url_test("wss://a.test"),
    path_test("/chat?*"),
    path_test("/CHAT"),
    query_test({"room": "8"}),
    query_test({"room": "7", "none": "*"}),
    header_test({"Origin": "https://*"}),
    header_test({"Cookie": True}),
    header_test({"Cookie": "*"}),
    header_test({"Host": False}),
    subprotocol_test("v1"),
    status_test(200),
    direction_test("s2c"),
    type_test("binary"),
    source_test("peer"),
]


@pytest.mark.parametrize("test", HOLD)
def test_holds(test: StaticTest) -> None:
    assert test(MESSAGE) is True


@pytest.mark.parametrize("test", FAIL)
def test_does_not_hold(test: StaticTest) -> None:
    assert test(MESSAGE) is False


@pytest.mark.parametrize("test", [test for test in HOLD + FAIL if test is not HOLD[-1]])
def test_cannot_be_told_where_nothing_is_known(test: StaticTest) -> None:
    assert test(Circumstances()) is None


@pytest.mark.parametrize("test", [direction_test("c2s"), type_test("text"), source_test("peer")])
def test_what_only_frames_have_does_not_hold_for_others(test: StaticTest) -> None:
    assert test(EVENT) is False


def test_the_subprotocol_is_known_with_the_answer() -> None:
    assert of_session(ASKED).subprotocols is None
    assert of_session(replace(ASKED, status=101)).subprotocols == ()
    assert of_session(OPEN).subprotocols == ("v2",)
    assert of_session(replace(ASKED, request=None)).headers is None


def test_a_request() -> None:
    known = of_request(ASKED, REQUEST)
    assert known.subprotocols == ("v1", "v2")
    assert known.headers == REQUEST.headers
    assert (known.url, known.target, known.of_frame) == (ASKED.url, ASKED.path, False)


@pytest.mark.parametrize(
    ("target", "path", "url"),
    [
        ("/other?x=1", "/other?x=1", "wss://a.test/other?x=1"),
        ("ws://b.test:8080/p/q?x=1", "/p/q?x=1", "wss://a.test/p/q?x=1"),
        ("ws://b.test", "/", "wss://a.test/"),
        (None, ASKED.path, ASKED.url),
    ],
)
def test_a_request_whose_target_was_changed(target: str | None, path: str, url: str) -> None:
    known = of_request(ASKED, replace(REQUEST, target=target))
    assert (known.target, known.url) == (path, url)


def test_a_url_that_does_not_end_with_the_path_stays() -> None:
    assert of_request(replace(ASKED, url="odd"), replace(REQUEST, target="/x")).url == "odd"


def test_a_response() -> None:
    known = of_response(ASKED, RESPONSE)
    assert (known.status, known.subprotocols, known.headers) == (101, ("v2",), RESPONSE.headers)
    assert header_test({"Server": "nginx"})(known)
