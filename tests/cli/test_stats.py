"""`wsinspect stats`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.reading import assert_harmless, lines, records, run
from tests.cli.recording import CHAT, MS, NOW, hot_row
from wsinspect.cli.stats import fitting_columns
from wsinspect.model import Gap, SessionId
from wsinspect.store.writer import CaptureWriter


def test_tables_by_type_and_by_session(capture: Path) -> None:
    printed = lines("stats", capture)
    assert printed[0].startswith("5 messages of 1 session, ")
    assert [line.split()[:3] for line in printed if line.startswith(("c2s", "s2c"))] == [
        *(["c2s", "text", "3"], ["s2c", "text", "1"], ["s2c", "binary", "1"])
    ]
    assert printed[-1].endswith("wss://chat.test/room?a=1")
    assert_harmless(printed)


def test_json_has_the_capture_then_sessions_then_types(capture: Path) -> None:
    found = records("stats", capture)
    assert [record["of"] for record in found] == ["capture", "session", "type", "type", "type"]
    whole = found[0]
    assert (whole["messages"], whole["sessions"]) == (5, 1)
    assert whole["rate"] == pytest.approx(4 / 0.06, rel=0.01)
    assert whole["ping_ms"]["count"] == 1
    assert whole["ping_ms"]["max"] == 15.0
    assert whole["gap_ms"]["count"] == 3
    assert found[1]["session"] == 1
    assert (found[2]["dir"], found[2]["type"], found[2]["messages"]) == ("c2s", "text", 3)


def test_messages_are_chosen(capture: Path) -> None:
    whole = records("stats", capture, "dir == s2c")[0]
    assert whole["messages"] == 2
    assert "ping_ms" not in whole


def test_a_filter_that_nothing_matches(capture: Path) -> None:
    assert records("stats", capture, "nothing-like-it") == [
        {"of": "capture", "sessions": 0, "messages": 0, "bytes": 0, "wire_bytes": 0}
    ]
    assert lines("stats", capture, "nothing-like-it")[0] == "0 messages of 0 sessions, 0 bytes"


def test_what_could_not_be_recorded_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gap.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_gap(Gap(NOW, NOW + MS, frames=12, messages=10, bytes=20_000, why="no space left"))
    assert lines("stats", path)[-1].endswith("10 messages, 12 frames, 20.0k bytes are not on record: no space left")
    assert records("stats", path)[-1] == {
        "of": "gap", "time": 1700000000.0, "end": 1700000000.001, "frames": 12, "messages": 10, "bytes": 20_000,
        "why": "no space left",
    }  # fmt: skip
    for command in ("sessions", "messages", "frames"):
        assert "10 messages, 12 frames, 20.0k bytes are not on record" in run(command, path).stderr


def test_only_the_busiest_sessions_are_in_the_table(tmp_path: Path) -> None:
    path = tmp_path / "many.wsi"
    with CaptureWriter(path) as writer:
        for number in range(1, 41):
            writer.insert_session(replace(CHAT, id=SessionId(number)))
            writer.put_message(hot_row(number, 1, 1, b"x", session=number), 100)
    assert lines("stats", path)[-1] == "\u2026 and 10 less busy ones; --json has them all"
    assert sum(record["of"] == "session" for record in records("stats", path)) == 40


@pytest.mark.parametrize(("width", "has_spared"), [(None, True), (200, True), (80, False)])
def test_a_narrow_terminal_gets_fewer_figures(width: int | None, has_spared: bool) -> None:
    columns = fitting_columns(width)
    assert any(column.title == "gap99" for column in columns) == has_spared
