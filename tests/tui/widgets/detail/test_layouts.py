"""Each tab is laid out of what the capture holds, and says what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.recording import CHAT, MS, NOW, frame, write_capture
from tests.tui.widgets.detail.showing import write_messages
from wsinspect.model import Direction, Message
from wsinspect.present.hex_document import HexDocument
from wsinspect.store.reader import CaptureReader
from wsinspect.store.rows import frame_row, message_row
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.selection import Chosen, ChosenFrames, ChosenMessage
from wsinspect.tui.widgets.detail.layouts import Layout, read_layout
from wsinspect.tui.widgets.detail.subject import AMOUNTS, Amount, Wish, read_subject
from wsinspect.tui.widgets.detail.tabs import Tab


def _layout(path: Path, chosen: Chosen, tab: Tab, amount: Amount = AMOUNTS[0], *, went: bool | None = None) -> Layout:
    with CaptureReader(path) as reader:
        subject = read_subject(reader, Wish(chosen, amount, went=went))
        assert subject is not None
        return read_layout(reader, subject, tab)


def _texts(layout: Layout, width: int = 80) -> list[str]:
    document = layout.make(width)
    while not document.complete:
        document.grow(100)
    return ["".join(text for text, _ in line) for line in document.lines(0, document.line_count)]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "x.wsi")


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        (Tab.DECODED, '"op": "login"  string'),
        (Tab.FORMAT, '  "user": "ann"'),
        (Tab.TEXT, '{"op":"login","user":"ann"}'),
        (Tab.HEX, "00000010  73 65 72 22"),
        (Tab.FRAMES, "masked, as a client must"),
        (Tab.CHANGE, "It went on as it came."),
        (Tab.SESSION, "normal closure"),
    ],
)
def test_each_tab_shows_its_view(capture: Path, tab: Tab, words: str) -> None:
    layout = _layout(capture, ChosenMessage(1, 1), tab)

    assert any(words in text for text in _texts(layout))
    assert layout.notice == ""


def test_a_width_has_its_document_and_keeps_it(capture: Path) -> None:
    dump = _layout(capture, ChosenMessage(1, 1), Tab.HEX)
    assert isinstance(wide := dump.make(80), HexDocument)
    assert (wide.per_row, dump.make(90) is wide, dump.make(60) is not wide) == (16, True, True)
    change = _layout(capture, ChosenMessage(1, 5), Tab.CHANGE)
    assert change.make(80) is change.make(80)
    assert not any("│" in text for text in _texts(change, 80))
    assert any("│" in text for text in _texts(change, 120))


def test_what_is_empty_is_told(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(1, b"")])

    for tab in (Tab.TEXT, Tab.HEX):
        assert _texts(_layout(path, ChosenMessage(1, 1), tab)) == ["empty"]


def test_bytes_that_are_no_text_are_escaped(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(2, b"a\xffb")])

    assert _texts(_layout(path, ChosenMessage(1, 1), Tab.TEXT)) == ["a\\xffb"]


def test_what_is_not_on_record_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        for number, payload in ((1, b"ab"), (2, b"")):
            message = Message(
                number,
                CHAT.id,
                number,
                NOW,
                NOW + MS,
                Direction.C2S,
                1,
                (number,),
                9,
                15,
                b"",
                truncated=9 - len(payload),
            )
            writer.insert_message(message_row(message, number, header=b"\x81\x09", payload=payload), 100)

    assert _layout(path, ChosenMessage(1, 1), Tab.TEXT).notice == "7 of 9 bytes are not on record"
    assert _layout(path, ChosenMessage(1, 1), Tab.HEX).notice == "7 of 9 bytes are not on record"
    assert _texts(_layout(path, ChosenMessage(1, 2), Tab.TEXT)) == ["not on record"]


def test_what_is_left_out_is_told_with_the_way_to_it(tmp_path: Path) -> None:
    document = b"[" + b"[1]," * 10_000 + b"1]"
    path = write_messages(tmp_path / "x.wsi", [(1, b"x" * 2_000_000), (1, document), (1, document * 40)])

    text = _layout(path, ChosenMessage(1, 1), Tab.TEXT)
    assert text.notice == "… 951.4k more: m loads more, Hex shows all, w saves all"
    assert _layout(path, ChosenMessage(1, 1), Tab.TEXT, AMOUNTS[1]).notice == ""
    assert _layout(path, ChosenMessage(1, 1), Tab.HEX).notice == ""
    small = _layout(path, ChosenMessage(1, 2), Tab.FORMAT)
    assert small.notice.startswith("Shown are the first 20,000 values")
    assert small.notice.endswith(" m loads more.")
    large = _layout(path, ChosenMessage(1, 3), Tab.DECODED)
    assert large.notice.endswith("m loads more, Hex shows all, w saves all.")
    most = Amount(payload_bytes=1000, nodes=10)
    assert "m loads more" not in _layout(path, ChosenMessage(1, 3), Tab.TEXT, AMOUNTS[-1]).notice
    assert "m loads more" not in _layout(path, ChosenMessage(1, 3), Tab.FORMAT, most).notice


def test_the_decoded_view_of_a_decoder_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        message = Message(1, CHAT.id, 1, NOW, NOW, Direction.C2S, 2, (1,), 1, 7, b"\x01")
        writer.insert_message(message_row(message, 1, header=b"\x82\x01", payload=b"\x01"), 100)
        writer.insert("view", (1, "p", "tick", None, "sum", '{"price":1}'))
        writer.insert("message_sent", (1, b"\x02"))

    texts = _texts(_layout(path, ChosenMessage(1, 1), Tab.DECODED))
    assert any('"event": "tick"' in text for text in texts)
    assert any('"price": 1' in text for text in texts)
    went = _texts(_layout(path, ChosenMessage(1, 1), Tab.DECODED, went=True))
    assert went == ["What was decoded is of what came, not of what went."]


def test_frames_are_shown_as_far_as_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        message = Message(1, CHAT.id, 1, NOW, NOW, Direction.C2S, 1, tuple(range(1, 6)), 5, 15, b"")
        writer.insert_message(message_row(message, 1, header=None, payload=None), 100)
        for seq in range(1, 6):
            writer.insert_frame(
                frame_row(frame(seq, seq, Direction.C2S, 0x01 if seq == 1 else 0, b"x", message=1), seq), 9
            )
    layout = _layout(path, ChosenMessage(1, 1), Tab.FRAMES, Amount(frames=2))

    assert layout.notice == "3 more frames: m loads more"
    texts = _texts(layout)
    assert sum(text.startswith("Frame 1.f") for text in texts) == 2
    assert texts[-1] == "… 3 more frames"
    assert _layout(path, ChosenMessage(1, 1), Tab.FRAMES).notice == ""


def test_a_run_of_control_frames_is_listed(capture: Path) -> None:
    assert len(_texts(_layout(capture, ChosenFrames(1, 4, 6, 2), Tab.FRAMES))) == 3
    alone = _texts(_layout(capture, ChosenFrames(1, 10, 10, 1), Tab.FRAMES))
    assert "  violation    RFC 6455 5.1: a violation of this test" in alone
