"""`wsinspect sessions`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.reading import assert_harmless, lines, records, run
from wsinspect.cli.exit_status import ExitStatus


def test_sessions_are_listed(capture: Path) -> None:
    printed = lines("sessions", capture)
    assert printed[0].split()[:3] == ["id", "opened", "state"]
    assert "closed" in printed[1]
    assert "wss://chat.test/room?a=1  [chat]" in printed[1]
    assert "403" in printed[2]
    assert "the server answered 403 Forbidden" in printed[2]
    assert_harmless(printed)


def test_json_has_one_session_a_line(capture: Path) -> None:
    chat, refused = records("sessions", capture)
    assert set(chat) == {
        *("id", "relay", "state", "url", "scheme", "host", "port", "path", "client", "server", "subprotocol"),
        *("extensions", "status", "opened", "closed", "close", "request", "response", "tls", "frames", "messages"),
        *("bytes", "ends", "listener"),
    }
    assert chat["messages"] == {"c2s": 3, "s2c": 2}
    assert refused["state"] == "refused"
    assert refused["error"] == "the server answered 403 Forbidden"
    assert refused["response"] == {"http_version": "HTTP/1.1", "status": 403, "headers": []}


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["host == chat.test"], [1]),
        (["state == refused"], [2]),
        (["status == 500"], []),
        (["--limit", "1"], [1]),
        (["--last", "1"], [2]),
    ],
)
def test_sessions_are_chosen(capture: Path, arguments: list[str], ids: list[int]) -> None:
    assert [record["id"] for record in records("sessions", capture, *arguments)] == ids


def test_a_filter_that_cannot_be_read_is_wrong_usage(capture: Path) -> None:
    result = run("sessions", capture, "host ==")
    assert result.exit_code == ExitStatus.USAGE
    assert "^" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("content", [None, b"", b"something else entirely, and long enough to be looked at" * 10])
def test_a_file_that_is_no_capture_is_an_unusable_input(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.wsi"
    if content is not None:
        path.write_bytes(content)
    result = run("sessions", path)
    assert result.exit_code == ExitStatus.INPUT
    assert result.stderr.startswith("Error: ")
    assert "x.wsi" in result.stderr


def test_first_and_last_together_are_wrong_usage(capture: Path) -> None:
    assert run("sessions", capture, "--limit", "1", "--last", "1").exit_code == ExitStatus.USAGE
