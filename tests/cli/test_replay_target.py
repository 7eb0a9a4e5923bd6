"""Where a replay goes: what is not asked for is as it was recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from tests.replay.recordings import recorded
from wsinspect.cli.replay_target import check_files, taken_target, target, target_options
from wsinspect.engine.client.options import ClientOptions
from wsinspect.errors import WsinspectError
from wsinspect.model import HttpHead, Session

SESSION = recorded("> a", target="/chat?x=1").session


def options(*arguments: str, session: Session = SESSION) -> ClientOptions:
    @click.command
    @target_options
    def command(**given: Any) -> ClientOptions:
        made = target(session, taken_target(given))
        assert given == {}
        return made

    result = command.main([*arguments], standalone_mode=False)
    assert isinstance(result, ClientOptions)
    return result


@pytest.mark.parametrize(
    ("to", "scheme", "expected"),
    [
        (None, "ws", "ws://shop.test/chat?x=1"),
        ("localhost:9000", "ws", "ws://localhost:9000"),
        ("localhost:9000", "wss", "wss://localhost:9000"),
        ("localhost:9000/other", "ws", "ws://localhost:9000/other"),
        ("http://a.test", "wss", "ws://a.test"),
        ("https://a.test/x", "ws", "wss://a.test/x"),
    ],
)
def test_the_target_may_be_named_in_short(to: str | None, scheme: str, expected: str) -> None:
    made = options(*([] if to is None else ["--to", to]), session=replace(SESSION, scheme=scheme))
    assert made.url == expected


def test_the_recorded_request_is_sent() -> None:
    assert options().request == SESSION.request
    assert options().fresh_key
    assert not options("--keep-key").fresh_key
    sent = HttpHead("HTTP/1.1", (), method="GET", target="/sent")
    assert SESSION.request is not None
    changed = replace(SESSION, request=replace(SESSION.request, sent=sent))
    assert options(session=changed).request == sent, "what a rule made of it went to the server"
    assert options(session=replace(SESSION, request=None)).request is None


def test_options_are_those_of_curl() -> None:
    made = options(
        "-H", "X-A: 1", "-H", "X-B:", "-b", "a=1", "-b", "b=2", "-k", "-x", "", "--subprotocol", "chat",
        "--cacert", "ca", "-E", "cert", "--key", "key", "--connect-timeout", "500ms",
    )  # fmt: skip
    assert made.headers == (("X-A", "1"), ("X-B", None), ("Cookie", "a=1; b=2"))
    assert (made.insecure, made.proxy, made.subprotocols, made.connect_timeout_s) == (True, "", ("chat",), 0.5)
    assert (made.ca_file, made.certificate, made.key) == (Path("ca"), Path("cert"), Path("key"))
    assert options("-x", "proxy:3128").proxy == "http://proxy:3128"
    assert options().proxy is None


@pytest.mark.parametrize(
    "arguments", [["--to", "ftp://x"], ["-x", "foo://a"], ["-H", "nonsense"], ["-b", "no-such-file"]]
)
def test_what_cannot_be_used_is_wrong_usage(arguments: list[str]) -> None:
    with pytest.raises(click.UsageError):
        options(*arguments)


def test_files_are_looked_at_where_they_are_needed() -> None:
    check_files(ClientOptions("ws://a.test/", ca_file=Path("nowhere.pem")))
    with pytest.raises(WsinspectError, match=r"nowhere\.pem"):
        check_files(ClientOptions("wss://a.test/", ca_file=Path("nowhere.pem")))
