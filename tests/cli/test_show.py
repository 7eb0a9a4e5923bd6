"""`wsinspect show`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.reading import assert_harmless, lines, records, run
from wsinspect.cli.exit_status import ExitStatus


def test_a_session_with_its_handshake_and_what_breaks_the_rules(capture: Path) -> None:
    page = lines("show", capture, "1")
    assert page[0] == "Session 1  wss://chat.test/room?a=1"
    for expected in ("  GET /room?a=1 HTTP/1.1", "  HTTP/1.1 101 Switching Protocols", "Frames that break the rules"):
        assert expected in page
    assert page[-1].startswith("1.f10")
    assert_harmless(page)


def test_a_message_with_what_was_sent_instead_and_its_frames(capture: Path) -> None:
    page = lines("show", capture, "1.5")
    assert page[0] == "Message 1.5  text c2s"
    assert page[page.index("Payload") + 2] == '  "a": 1'
    assert page[page.index("Sent instead") + 2] == '  "a": 2'
    assert page[-1].startswith("1.f8")


def test_what_rules_did_to_a_message_and_in_a_session(capture: Path) -> None:
    page = lines("show", capture, "1.5")
    assert page[page.index("What rules did") + 1] == "  rewrite  replace"
    page = lines("show", capture, "1")
    assert "  header_set  " in page[page.index("What rules did") + 1]
    assert_harmless(page)
    assert not any("What rules did" in line for line in lines("show", capture, "1.1"))


def test_what_rules_did_in_json(capture: Path) -> None:
    action = {"rule": "rewrite", "action": "replace", "detail": None, "times": 1}
    assert [record["actions"] for record in records("show", capture, "1.5")] == [[action]]
    assert [action["action"] for record in records("show", capture, "1") for action in record["actions"]] == [
        "header_set"
    ]
    assert "actions" not in records("show", capture, "1.1")[0]


def test_binary_as_a_hex_dump(capture: Path) -> None:
    page = lines("show", capture, "1.4")
    assert "00000000  1b 5d 30 3b 6f 77 6e 65  64 07 1b 5b 32 4a e2 80  .]0;owned..[2J.." in page
    assert_harmless(page)


def test_a_frame_with_every_bit(capture: Path) -> None:
    page = lines("show", capture, "1.f5")
    assert "  1... ....  FIN         1    last frame of its message" in page
    assert page[-1] == "two!"


@pytest.mark.parametrize(
    ("record_id", "key", "value"), [("2", "state", "refused"), ("1.3", "text", "one two!"), ("1.f5", "text", "two!")]
)
def test_json(capture: Path, record_id: str, key: str, value: str) -> None:
    assert [record[key] for record in records("show", capture, record_id)] == [value]


def test_large_payloads_are_cut_unless_asked_for(capture: Path) -> None:
    assert "\u2026 4 more bytes; --payload full shows all" in lines("show", capture, "1.3", "--payload", "4")
    assert "one two!" in lines("show", capture, "1.3", "--payload", "full")


@pytest.mark.parametrize("record_id", ["9", "1.99", "1.f99", "x"])
def test_what_is_not_there_is_wrong_usage(capture: Path, record_id: str) -> None:
    result = run("show", capture, record_id)
    assert result.exit_code == ExitStatus.USAGE
    assert "Error: " in result.stderr
