"""Positions are found by path, by bytes and by marks, and values are put there and nowhere else."""

from __future__ import annotations

import json

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.fuzz.positions import (
    Position,
    Range,
    fields,
    parse_range,
    ranges,
    replaced,
    template,
)
from wsinspect.replay.fuzz.values import Place, Spelled, Typed, Value
from wsinspect.replay.fuzz.variation import Carried
from wsinspect.replay.leaves import Form

MESSAGE = Carried(1, b'{"user": {"id": 7, "name": "ann"}, "tags": ["a", "b"]}')


def value(content: object) -> Value:
    return Value("x", Typed(content))  # type: ignore[arg-type]  # any of the scalars


def test_all_leaves_are_fields() -> None:
    paths = [position.path for position in fields(MESSAGE, ())]
    assert paths == ["$.user.id", "$.user.name", "$.tags[0]", "$.tags[1]"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("$.user.id", ["$.user.id"]), ("name", ["$.user.name"]), ("$.tags[*]", ["$.tags[0]", "$.tags[1]"]), ("none", [])],
)
def test_fields_are_chosen_by_path_or_name(pattern: str, expected: list[str]) -> None:
    assert [position.path for position in fields(MESSAGE, (pattern,))] == expected


def test_what_can_only_be_read_is_no_field() -> None:
    protobuf = Carried(2, bytes.fromhex("0a03616263100718ff01"))
    assert fields(protobuf, ()) == []


def test_only_the_field_changes() -> None:
    position = fields(MESSAGE, ("$.user.id",))[0]
    assert position.takes(value(2**63))
    assert replaced(MESSAGE, [(position, value(2**63))]) == MESSAGE.payload.replace(b"7", b"9223372036854775808")
    assert replaced(MESSAGE, [(position, Value("x", Spelled("NaN")))]) == MESSAGE.payload.replace(b"7", b"NaN")


def test_several_fields_change_in_any_order() -> None:
    first, last = fields(MESSAGE, ("$.user.id", "$.tags[1]"))
    changed = json.loads(replaced(MESSAGE, [(last, value(None)), (first, value(1))]))
    assert changed == {"user": {"id": 1, "name": "ann"}, "tags": ["a", None]}


def test_the_field_is_looked_for_in_the_message_that_goes() -> None:
    position = fields(MESSAGE, ("$.user.name",))[0]
    longer = Carried(1, b'{"token": "0123456789", "user": {"name": "ann"}}')
    assert replaced(longer, [(position, value("bo"))]) == b'{"token": "0123456789", "user": {"name": "bo"}}'
    with pytest.raises(ValueError, match=r"no \$\.user\.name"):
        replaced(Carried(1, b"[]"), [(position, value("bo"))])


def test_binary_fields_keep_their_format() -> None:
    carried = Carried(2, msgpack.packb({"id": 7, "name": "ann"}))
    position = fields(carried, ("$.id",))[0]
    assert position.form is Form.MESSAGEPACK
    assert msgpack.unpackb(replaced(carried, [(position, value("x" * 300))])) == {"id": "x" * 300, "name": "ann"}
    assert not position.takes(value(2**64))


@pytest.mark.parametrize(
    ("text", "start", "end", "shown"),
    [("4:8", 4, 8, "@4:8"), ("4:", 4, None, "@4:"), (":8", 0, 8, "@0:8"), ("4", 4, 5, "@4:5"), (":", 0, None, "@0:")],
)
def test_ranges_are_read(text: str, start: int, end: int | None, shown: str) -> None:
    assert parse_range(text) == Range(start, end)
    assert str(parse_range(text)) == shown


@pytest.mark.parametrize("text", ["", "a", "8:4", "-1:2", "1:2:3"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write 4:8|before it begins"):
        parse_range(text)


def test_a_range_of_text_takes_everything_as_it_is() -> None:
    (position,) = ranges(MESSAGE, [Range(17, 18)])
    assert (position.original, position.form, position.width) == (",", Place.TEXT, 0)
    (position,) = ranges(Carried(1, b"id=7"), [Range(3, None)])
    assert replaced(Carried(1, b"id=7"), [(position, value("' OR 1"))]) == b"id=' OR 1"


def test_a_range_of_bytes_keeps_its_width_for_numbers() -> None:
    carried = Carried(2, b"\x01\x02\x03\x04")
    (position,) = ranges(carried, [Range(1, 3)])
    assert (position.original, position.width) == (b"\x02\x03", 2)
    assert replaced(carried, [(position, value(255))]) == b"\x01\x00\xff\x04"


def test_a_template_has_its_positions_marked() -> None:
    payload, (first, last) = template('{"a": §1§, "ä": "§x§"}', of_text=True)
    assert payload == '{"a": 1, "ä": "x"}'.encode()
    carried = Carried(1, payload)
    assert replaced(carried, [(first, value("[")), (last, value("'"))]) == '{"a": [, "ä": "\'"}'.encode()


@pytest.mark.parametrize(("text", "why"), [("a", "nothing in it is marked"), ("a§b", "no partner")])
def test_a_template_without_marks_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        template(text, of_text=True)


@given(st.binary(max_size=40), st.integers(0, 50), st.integers(0, 50), st.binary(max_size=5))
def test_what_is_outside_a_range_stays(payload: bytes, one: int, other: int, data: bytes) -> None:
    start, end = sorted((one, other))
    position = Position("@", Place.BYTES, b"", Range(start, end))
    assert replaced(Carried(2, payload), [(position, value(data))]) == payload[:start] + data + payload[end:]
