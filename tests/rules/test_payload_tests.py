"""Tests of a payload and of its place: what matches and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.running import OPEN, SECOND, START_NS, turn_of
from wsinspect.rules import payload_tests
from wsinspect.rules.json_match import PayloadTest
from wsinspect.rules.schema import Match

HELLO = b"Hello \xc3\xa9\x00\xff end"

type Maker = Callable[[Any], PayloadTest]

CASES: dict[str, tuple[Maker, list[object], list[object]]] = {
    "text": (
        payload_tests.text_test,
        ["ello", "é", "", {"contains": " "}, {"icontains": "HELLO É"}, {"starts": "Hell"}, {"ends": " end"},
         {"starts": "H", "ends": "d", "contains": "é"}],
        ["hello", {"equals": "Hello"}, {"starts": "ello"}, {"ends": "en"}, {"icontains": "é é"}, {"contains": "x"},
         {"starts": "H", "ends": "x"}],
    ),
    "regex": (payload_tests.regex_test, ["^H", "l{2}o .", "(?i)HELLO", "end$"], ["^e", "hello", "a+$"]),
    "hex": (
        payload_tests.hex_test,
        ["00ff", "00 FF 20", "c3 ??", "?? ff", "48??6c", "??"],
        ["ff00", "00 ?? 00", "0a", "c3 ?? ?? ?? ?? ?? ?? ?? ??"],
    ),
    "bytes": (
        payload_tests.bytes_test,
        [{"equals": "4865"}, {"at": 1, "equals": "65 6c"}, {"at": -3, "equals": "656e64"}, {"at": 3, "equals": ""},
         [{"equals": "48"}, {"at": -1, "equals": "64"}]],
        [{"at": 1, "equals": "48"}, {"at": -2, "equals": "656e64"}, {"at": -99, "equals": "48"},
         {"at": 99, "equals": "48"}, [{"equals": "48"}, {"at": -1, "equals": "00"}]],
    ),
    "size": (
        payload_tests.size_test,
        [14, {"gt": 13}, {"ge": 14, "le": 14}, {"lt": "1k"}],
        [13, {"gt": 14}, {"lt": 14}, {"ge": "1k"}],
    ),
    "index": (
        payload_tests.index_test,
        [7, {"every": 7, "from": 7}, {"every": 2}, {"every": 3, "from": 4}],
        [6, {"every": 7}, {"every": 2, "from": 2}, {"every": 1, "from": 8}],
    ),
    "since_open": (payload_tests.since_open_test, [{"ge": "5s"}, {"lt": 6}], [{"gt": 5}, {"le": "4s"}]),
    "gap": (payload_tests.gap_test, [{"lt": 1, "ge": "200ms"}], [{"gt": "200ms"}]),
    "close_code": (
        payload_tests.close_code_test,
        [1001, [1000, 1001], {"ge": 1001, "lt": 2000}, {"equals": 1001}],
        [1000, [1000], {"gt": 1001}, {"equals": 1000}],
    ),
    "tag": (payload_tests.tag_test, ["live", "new*", ["x", "~^l"]], ["liv", ["x", "y"]]),
    "protocol": (payload_tests.protocol_test, ["socket*", ["x", "socket.io"]], ["x"]),
}  # fmt: skip
SUBJECT = turn_of(
    HELLO, replace(OPEN, tags=("live",), protocol="socket.io"), index=7, gap_ns=SECOND // 5, close_code=1001,
    now=START_NS + 5 * SECOND, tags=["news"],
)  # fmt: skip


def _asked(name: str, value: object) -> bool:
    return CASES[name][0](getattr(Match.model_validate({name: value}), name))(SUBJECT)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in CASES for value in CASES[name][1]])
def test_matches(name: str, value: object) -> None:
    assert _asked(name, value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in CASES for value in CASES[name][2]])
def test_does_not_match(name: str, value: object) -> None:
    assert not _asked(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("gap", {"ge": 0}), ("close_code", 1000), ("close_code", {"gt": 0}), ("protocol", "*"), ("tag", "*")],
)
def test_what_is_not_there_does_not_match(name: str, value: object) -> None:
    test = CASES[name][0](getattr(Match.model_validate({name: value}), name))
    assert not test(turn_of())


@given(st.binary(max_size=12), st.binary(min_size=1, max_size=3))
def test_bytes_with_and_without_gaps_are_found_alike(payload: bytes, part: bytes) -> None:
    there = part in payload
    assert payload_tests.hex_test(part.hex())(turn_of(payload)) is there
    assert payload_tests.hex_test(f"{part.hex()}??")(turn_of(payload + b"\n")) is there


@given(st.binary())
def test_no_payload_raises(payload: bytes) -> None:
    for name, (make, hold, fail) in CASES.items():
        for value in (*hold, *fail):
            test = make(getattr(Match.model_validate({name: value}), name))
            assert isinstance(test(turn_of(payload)), bool)
