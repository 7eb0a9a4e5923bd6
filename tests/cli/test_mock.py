"""`mock` says what cannot be played, what it plays and where, and counts what happens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.reading import run
from tests.cli.recording import CHAT, REFUSED
from tests.peers.talks import write_talk
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.mock import Tally, introduction
from wsinspect.engine.options import EngineOptions
from wsinspect.engine.registry import EngineInfo
from wsinspect.engine.steered import Notice, NoticeKind


@pytest.mark.parametrize(
    ("options", "status", "why"),
    [
        ((), ExitStatus.USAGE, "choose one with --session (1, 2)"),
        (("--session", "9"), ExitStatus.INPUT, "there is no session 9"),
        (("--session", str(REFUSED.id)), ExitStatus.INPUT, "was refused with status 403"),
        (("--session", "1", "--from-message", "3", "--to-message", "2"), ExitStatus.USAGE, "is before --from-message"),
        (("--session", "1", "--from-message", "77"), ExitStatus.INPUT, "session 1 has no message 77"),
        (("--session", "1", "--rebind", "x"), ExitStatus.USAGE, "there is no '=' in it"),
        (("--session", "1", "--pace", "fast"), ExitStatus.USAGE, "'fast' is not one of"),
    ],
)
def test_what_cannot_be_played(
    capture: Path, tmp_path: Path, options: tuple[str, ...], status: ExitStatus, why: str
) -> None:
    result = run("mock", capture, *options, "--listen", "127.0.0.1:0", "-o", tmp_path / "out.wsi")
    assert result.exit_code == status, result.stderr
    assert why in result.stderr
    assert not (tmp_path / "out.wsi").exists()


def test_the_only_session_need_not_be_named(tmp_path: Path) -> None:
    path = write_talk(tmp_path / "x.wsi", "> a", "< b")
    result = run("mock", path, "--from-message", "9")
    assert (result.exit_code, "session 1 has no message 9" in result.stderr) == (ExitStatus.INPUT, True)


def info(*modes: str) -> EngineInfo:
    return EngineInfo(
        1,
        "1",
        tuple(f"127.0.0.1:{port}" for port in range(8080, 8080 + len(modes))),
        modes,
        "out.wsi",
        "ca.pem",
        "unix:x",
    )


def test_clients_are_told_where_to_connect() -> None:
    told = "\n".join(introduction(info("reverse:https://chat.test:443"), CHAT, "/room", EngineOptions(Path("out.wsi"))))
    assert "Playing the server of session 1, wss://chat.test/room?a=1, 2 messages" in told
    assert "Connect to ws://127.0.0.1:8080/room?a=1 or wss://127.0.0.1:8080/room?a=1" in told
    assert "no path but /room is answered" in told
    assert "ca.pem" in told
    told = "\n".join(introduction(info("reverse:x"), replace(CHAT, path=None), None, EngineOptions(Path("out.wsi"))))
    assert "Connect to ws://127.0.0.1:8080/ or" in told
    assert "no path but" not in told


def test_so_are_those_that_come_through_a_proxy() -> None:
    options = EngineOptions(Path("out.wsi"), rules=(Path("dear.yaml"),))
    told = "\n".join(introduction(info("regular", "socks5"), CHAT, "/room", options))
    assert "Use the proxy http://127.0.0.1:8080" in told
    assert "it answers wss://chat.test/room?a=1 itself" in told
    assert "Listening on 127.0.0.1:8081 (socks5)" in told
    assert "Acting by the rules in dear.yaml" in told


def test_what_happens_is_counted() -> None:
    tally = Tally()
    notices = [
        Notice(NoticeKind.SESSION, 0, "open", 1),
        Notice(NoticeKind.REPLAY, 0, "plays session 1 of x.wsi, causal", 1),
        Notice(NoticeKind.SESSION, 0, "open", 2),
        Notice(NoticeKind.UNMATCHED, 0, "x is not in the recording", 2),
        Notice(NoticeKind.SESSION, 0, "closed", 1),
        Notice(NoticeKind.SESSION, 0, "refused", 3),
        Notice(NoticeKind.LOG, 0, "x", 2),
    ]
    assert [tally.take(notice) for notice in notices] == [
        None, "session 1 plays session 1 of x.wsi, causal", None, None, None, None, None,
    ]  # fmt: skip
    assert str(tally) == "● 1 of 2 clients connected, 1 message not in the recording"
