"""A payload is written in the form that fits it, and what was not changed is sent as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.json_layout import COMPACT
from wsinspect.present.written_bytes import WrittenProblem
from wsinspect.tui.dialogs.payload_text import (
    LARGEST_EDITED,
    LARGEST_HEX,
    LONGEST_LINE,
    MOST_LINES,
    Form,
    Layout,
    Written,
    finding,
    in_form,
    pasted_as_hex,
    payload_of,
    written,
)


@pytest.mark.parametrize(
    ("payload", "of_text", "form", "layout"),
    [
        (b"hello", True, Form.TEXT, Layout.AS_TYPED),
        (b"hello\r\n\x1b", True, Form.TEXT, Layout.AS_TYPED),
        (b'{"a":1}', True, Form.JSON, Layout.COMPACT),
        (b'{"a": 1, "b": 2}', True, Form.JSON, Layout.COMPACT),
        (b'{"a" :1}\n', True, Form.JSON, Layout.AS_TYPED),
        (b"17", True, Form.TEXT, Layout.AS_TYPED),
        (b"\x00\xff", False, Form.HEX, Layout.AS_TYPED),
        (b"\x00\x01", False, Form.HEX, Layout.AS_TYPED),
        (b"\xff", True, Form.HEX, Layout.AS_TYPED),
        (b"plain text", False, Form.TEXT, Layout.AS_TYPED),
        (b'{"a":1}', False, Form.JSON, Layout.COMPACT),
        (b"", True, Form.TEXT, Layout.AS_TYPED),
    ],
)
def test_the_form_fits_and_nothing_is_lost(payload: bytes, of_text: bool, form: Form, layout: Layout) -> None:
    found = written(payload, of_text=of_text)
    assert found is not None
    assert (found.form, found.layout) == (form, layout)
    assert payload_of(found) == payload


@given(st.binary(max_size=60) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace")), st.booleans())
def test_no_payload_is_changed_by_looking_at_it(payload: bytes, of_text: bool) -> None:
    for found in (written(payload, of_text=of_text), *(in_form(payload, form) for form in Form)):
        assert found is None or payload_of(found) == payload


def test_large_payloads_are_not_written() -> None:
    line = b"x" * 1023 + b"\n"
    assert written(line * (LARGEST_EDITED // 1024), of_text=True) is not None
    assert written(line * (LARGEST_EDITED // 1024) + b"x", of_text=True) is None
    assert written(b"x\n" * MOST_LINES, of_text=True) is None
    assert written(b"x" * (LONGEST_LINE + 1), of_text=True) is None
    assert written(b'["' + b"x" * LONGEST_LINE + b'"]', of_text=True) is None
    assert written(b"[" + b"100," * (LONGEST_LINE // 3) + b"1]", of_text=True) is not None, "its lines are short"
    assert written(b"\xff" * (LARGEST_HEX + 1), of_text=False) is None
    assert in_form(b"x" * (LARGEST_HEX + 1), Form.HEX) is None


def test_json_too_deep_to_lay_out_stays_as_it_is() -> None:
    found = written(b"[" * 70 + b"]" * 70, of_text=True)
    assert found is not None
    assert found.layout is Layout.AS_TYPED


def test_bytes_that_are_no_text_cannot_be_written_as_text() -> None:
    assert in_form(b"\xff", Form.TEXT) is None
    assert in_form(b"\xff", Form.JSON) is None


def test_compact_means_as_it_came() -> None:
    found = written(json.dumps({"a": [1, 2]}).encode(), of_text=True)
    assert found is not None
    assert found.text == '{\n  "a": [\n    1,\n    2\n  ]\n}'
    assert payload_of(found) == b'{"a": [1, 2]}'


@pytest.mark.parametrize(
    ("found", "of_text", "said", "good"),
    [
        (Written(Form.TEXT, "hello", Layout.AS_TYPED, COMPACT), True, "5 B", True),
        (Written(Form.TEXT, "hello!", Layout.AS_TYPED, COMPACT), True, "5 B → 6 B", True),
        (Written(Form.JSON, '{ "a": 1 }', Layout.COMPACT, COMPACT), True, "5 B → 7 B  JSON", True),
        (Written(Form.JSON, '{\n"a" }', Layout.COMPACT, COMPACT), True, "sent as typed: line 2 column 5: ", False),
        (Written(Form.HEX, "0a 1", Layout.AS_TYPED, COMPACT), False, "line 1 column 4: ", False),
        (Written(Form.HEX, "ff", Layout.AS_TYPED, COMPACT), True, "5 B → 1 B  not UTF-8", False),
    ],
)
def test_what_there_is_to_say(found: Written, of_text: bool, said: str, good: bool) -> None:
    told = finding(found, 5, of_text=of_text)
    assert said in told.text
    assert told.good is good


def test_what_is_no_json_is_sent_as_typed() -> None:
    assert payload_of(Written(Form.JSON, '{"a": }', Layout.COMPACT, COMPACT)) == b'{"a": }'
    assert isinstance(payload_of(Written(Form.HEX, "x", Layout.AS_TYPED, COMPACT)), WrittenProblem)


def test_base64_is_pasted_as_digits() -> None:
    assert pasted_as_hex("aGVsbG8=") == "68 65 6c 6c 6f"
    assert pasted_as_hex("0a 1b") == "0a 1b"
    assert pasted_as_hex("no?") == "no?"
