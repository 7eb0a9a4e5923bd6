"""What is chosen is read with where its payload lies, no more of it than is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from tests.tui.widgets.detail.showing import write_messages
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.selection import ChosenFrames, ChosenMessage, ChosenSession
from wsinspect.tui.widgets.detail.subject import (
    AMOUNTS,
    Amount,
    HeldPayload,
    Payload,
    Subject,
    Wish,
    is_current,
    read_subject,
)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[CaptureReader]:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as opened:
        yield opened


def _read(reader: CaptureReader, wish: Wish) -> Subject:
    found = read_subject(reader, wish)
    assert found is not None
    return found


def test_a_message_is_read_with_its_beginning(reader: CaptureReader) -> None:
    subject = _read(reader, Wish(ChosenMessage(1, 1), Amount(payload_bytes=9)))

    assert subject.session is not None
    assert subject.message is not None
    assert subject.message.payload == b""
    assert subject.beginning == b'{"op":"lo'
    assert subject.missing == 18
    assert subject.of_text
    assert subject.structure is not None
    assert not subject.held


def test_what_went_is_shown_when_asked_for(reader: CaptureReader) -> None:
    came = _read(reader, Wish(ChosenMessage(1, 5)))
    went = _read(reader, Wish(ChosenMessage(1, 5), went=True))

    assert (came.beginning, came.shows_went, came.went is not None) == (b'{"a":1}', False, True)
    assert (went.beginning, went.shows_went) == (b'{"a":2}', True)


def test_of_what_is_held_what_would_go_is_shown_unless_what_came_is_asked_for(reader: CaptureReader) -> None:
    held = HeldPayload(b"other", "breakpoint 1")
    subject = _read(reader, Wish(ChosenMessage(1, 1), held=held))

    assert (subject.beginning, subject.held, subject.held_by) == (b"other", True, "breakpoint 1")
    assert _read(reader, Wish(ChosenMessage(1, 1), held=held, went=False)).beginning.startswith(b'{"op"')
    same = replace(held, data=b'{"op":"login","user":"ann"}')
    unchanged = _read(reader, Wish(ChosenMessage(1, 1), held=same))
    assert (unchanged.went, unchanged.held) == (None, True)


def test_control_frames_are_read_alone_or_as_a_run(reader: CaptureReader) -> None:
    ping = _read(reader, Wish(ChosenFrames(1, 4, 4, 1)))
    assert (ping.beginning, ping.missing, ping.of_text) == (b"p", 0, False)
    run = _read(reader, Wish(ChosenFrames(1, 4, 6, 2)))
    assert [frame.seq for frame in run.frames] == [4, 6]
    assert run.payload is None


def test_what_is_not_there_is_none(reader: CaptureReader) -> None:
    for chosen in (ChosenSession(9), ChosenMessage(1, 9), ChosenFrames(1, 99, 99, 1)):
        assert read_subject(reader, Wish(chosen)) is None


def test_what_is_not_on_record_of_a_payload_is_counted(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(1, b"abc")])
    with CaptureReader(path) as reader:
        subject = _read(reader, Wish(ChosenMessage(1, 1)))
        assert subject.message is not None
        assert subject.message.truncated == 0


def test_records_tell_whether_what_was_read_is_still_so(reader: CaptureReader) -> None:
    for chosen in (ChosenSession(1), ChosenMessage(1, 1), ChosenFrames(1, 4, 4, 1)):
        assert is_current(reader, _read(reader, Wish(chosen)))
    subject = _read(reader, Wish(ChosenMessage(1, 1)))
    assert subject.message is not None
    assert not is_current(reader, replace(subject, message=replace(subject.message, tags=("new",))))
    assert not is_current(reader, replace(subject, chosen=ChosenMessage(1, 99)))


def test_payloads_are_read_in_parts_wherever_they_are(reader: CaptureReader) -> None:
    assert Payload(None, b"abcdef").part(reader, 1, 3) == b"bc"
    assert Payload(None, b"abcdef").size == 6
    stored = Payload(reader.payload_extent(1, 3))
    assert (stored.part(reader, 2, 6), stored.size) == (b"e tw", 8)


def test_each_amount_is_more_than_the_one_before() -> None:
    for less, more in pairwise(AMOUNTS):
        assert less.payload_bytes < more.payload_bytes
        assert less.nodes < more.nodes
