"""Results are JSON whatever text is in them, and leave out what does not apply."""

from __future__ import annotations

import json

from wsinspect.control.results import Breakpoint, Notice, as_json


def test_a_key_that_does_not_apply_is_absent() -> None:
    assert json.loads(as_json(Breakpoint(breakpoint=1, filter="x", hits=0))) == {
        "breakpoint": 1,
        "filter": "x",
        "hits": 0,
    }


def test_names_that_are_no_text_can_be_told() -> None:
    assert json.loads(as_json(Notice(time=1.5, text="/x/\udcff é"))) == {"time": 1.5, "text": "/x/? é"}
