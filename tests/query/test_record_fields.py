"""What the fields of messages and frames are worth, odd records included."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wsinspect.model import Carriage, Completeness, Direction, Frame, Message, Session, SessionId, SessionState
from wsinspect.query.fields import Access, Derived, FieldValue, Neighbours
from wsinspect.query.record_fields import record_fields

NEAR = Neighbours(5, 6, 7)
ROWS = {row.name: row for row in record_fields()}
ONE = SessionId(1)
SESSION = Session(ONE, Carriage.DIRECT, SessionState.OPEN, "ws://a.test/", 1_000)
MESSAGE = Message(
    7, ONE, 3, 2_500, 3_500, Direction.S2C, 1, (4, 5), 2, 6, b"hi", decoded='{"event": "e", "kind": 4, "fields": [1]}'
)
FRAME = Frame(ONE, 4, 2_500, Direction.C2S, b"\x81\x82abcd", 2, b"hi")


def of_message(name: str, message: Message = MESSAGE, near: Neighbours = NEAR) -> FieldValue:
    access = ROWS[name].message
    if isinstance(access, Derived):
        return access.get(message.time, SESSION, near)
    assert access is not None
    return access.get(message)


def of_frame(name: str, frame: Frame = FRAME) -> FieldValue:
    access = ROWS[name].frame
    if isinstance(access, Derived):
        return access.get(frame.time, SESSION, Neighbours())
    assert access is not None
    return access.get(frame)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("session", 1), ("number", 3), ("time", 3), ("end", 4), ("dir", 1), ("type", 1), ("frames", (4, 5)),
        ("frames.count", 2), ("size", 2), ("wire_size", 6), ("compressed", False), ("source", 0), ("verdict", 0),
        ("held_ms", None), ("delayed_ms", None), ("rules", ()), ("sent", None), ("protocol", None), ("event", "e"),
        ("kind", None), ("summary", None), ("fields.x", b"[1]"), ("tags", ()), ("note", None), ("violations", ()),
        ("truncated", 0), ("completeness", 0), ("text", b"hi"), ("bytes", b"hi"), ("json.$.a.b[0]", b"hi"), ("age",
        1_500),
        ("gap", 5), ("index", 6), ("latency", 7),
    ],
)  # fmt: skip
def test_message(name: str, value: FieldValue) -> None:
    assert of_message(name) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("session", 1), ("seq", 4), ("time", 3), ("dir", 0), ("opcode", 1), ("fin", True), ("rsv", 0), ("masked", True),
        ("mask_key", "61626364"), ("size", 2), ("wire_size", 8), ("message", None), ("source", 0), ("verdict", 0),
        ("held_ms", None), ("sent_time", None), ("leg", 0), ("stage", 0), ("of", None), ("violations", ()),
        ("close.code", None), ("close.reason", None), ("text", b"hi"), ("bytes", b"hi"), ("truncated", 0), ("age",
        1_500),
        ("delayed_ms", None), ("completeness", 0), ("json.$.a.b[0]", b"hi"),
    ],
)  # fmt: skip
def test_frame(name: str, value: FieldValue) -> None:
    assert of_frame(name) == value


def test_every_row_is_shown_above() -> None:
    for tested, having in ((test_message, "message"), (test_frame, "frame")):
        shown = {name for name, _ in tested.pytestmark[0].args[1]}  # type: ignore[attr-defined]  # pytest puts it there
        assert shown == {name for name, row in ROWS.items() if getattr(row, having) is not None}


def test_what_is_arriving_has_no_verdict_and_no_end() -> None:
    arriving = replace(MESSAGE, completeness=Completeness.ARRIVING)
    assert of_message("verdict", arriving) is None
    assert of_message("end", arriving) is None
    assert of_frame("verdict", replace(FRAME, completeness=Completeness.ARRIVING)) is None


def test_text_is_of_text_messages_and_valid() -> None:
    assert of_message("text", replace(MESSAGE, opcode=2)) is None
    assert of_message("text", replace(MESSAGE, payload=b"\xff")) is None
    assert of_frame("text", replace(FRAME, header=b"\xc1\x02")) is None
    assert of_frame("text", replace(FRAME, header=b"\x80\x02")) is None
    assert of_frame("text", replace(FRAME, payload=b"\xff")) is None


@pytest.mark.parametrize("header", [b"", b"\x81", b"\x81\x02"])
def test_a_header_that_was_cut_off_raises_nothing(header: bytes) -> None:
    frame = replace(FRAME, header=header)
    there = [of_frame(name, frame) is not None for name in ("opcode", "fin", "rsv", "masked", "mask_key", "text")]
    assert there == [bool(header)] * 3 + [len(header) > 1, False, bool(header)]


@pytest.mark.parametrize("decoded", [None, "", "{", "4", "{}", '{"event": null}'])
def test_odd_views_raise_nothing(decoded: str | None) -> None:
    message = replace(MESSAGE, decoded=decoded)
    assert of_message("event", message) is None
    assert of_message("fields.x", message) is None


def test_sql_is_there_but_for_lists_of_frames() -> None:
    lacking = [
        row.name
        for row in ROWS.values()
        for access in (row.message, row.frame)
        if isinstance(access, Access | Derived) and access.sql is None
    ]
    assert lacking == ["frames"]
