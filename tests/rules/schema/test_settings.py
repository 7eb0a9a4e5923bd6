"""What actions need to know."""

from __future__ import annotations

import pytest

from tests.rules.schema.validating import errors_of, fits_json_schema, read
from wsinspect.rules.schema import settings as s

FINE = [
    (s.Replace, {"text": "a", "with": "b", "count": 2}),
    (s.Replace, {"regex": "a", "with": r"\1{{ vars.x }}"}),
    (s.Delay, {"ms": 1, "jitter": 0.5, "distribution": "pareto"}),
    (s.Throttle, {"kbps": 1}),
    (s.Throttle, {"messages_per_s": 0.5}),
    (s.Reorder, {"window": 2, "within": "1s"}),
    (s.Duplicate, {}),
    (s.Fragment, {"sizes": [1, 2]}),
    (s.Fragment, {"sizes": 5}),
    (s.Corrupt, {"bits": 1}),
    (s.Corrupt, {"bytes": 1}),
    (s.Close, {}),
    (s.Close, {"code": None}),
    (s.Close, {"code": 1006, "reason": "x", "side": "client"}),
    (s.HalfClose, {"side": "client"}),
    (s.Blackhole, {"dir": "c2s"}),
    (s.Reject, {"status": 503, "headers": {"A": "b"}, "body": "x"}),
    (s.MapRemote, {"url": "ws://a", "keep_host": True}),
    (s.Mock, {"upstream": False, "subprotocol": "x", "headers": {"A": "b"}}),
    (s.Replay, {"file": "a.wsi", "session": 1}),
    (s.Replay, {"file": "b/a.wsi", "session": 1, "mode": "timed", "speed": "2x", "from": 3, "to": 3, "side": "server"}),
    (s.Replay, {"file": "a.wsi", "session": 1, "rebind": "a=b", "ignore": ["c"], "unmatched": "close", "loop": True}),
    (s.Capture, {"json": {"a": "$.a"}, "regex": "(?P<b>x)", "header": {"c": "Origin"}}),
    (s.Expect, {}),
    (s.Expect, {"that": "size > 1", "match": {"dir": "c2s"}, "message": "x"}),
    (s.Save, {"file": "a/{{ message.number }}.bin", "append": True}),
    (s.Log, {"text": "x", "level": "error"}),
    (s.Script, {"file": "a.py", "function": "f", "args": {"a": [1]}, "timeout": "1s"}),
]
WRONG = [
    (s.Replace, {"with": "b"}),
    (s.Replace, {"text": "a"}),
    (s.Replace, {"text": "a", "regex": "b", "with": "c"}),
    (s.Replace, {"text": "a", "with": "b", "count": 0}),
    (s.Delay, {}),
    (s.Delay, {"ms": -1}),
    (s.Delay, {"ms": 86_400_001}),
    (s.Delay, {"ms": 1, "distribution": "gauss"}),
    (s.Throttle, {}),
    (s.Throttle, {"kbps": 0}),
    (s.Throttle, {"kbps": 1, "messages_per_s": 1}),
    (s.Reorder, {"window": 1}),
    (s.Duplicate, {"times": 1001}),
    (s.Fragment, {"sizes": []}),
    (s.Fragment, {"sizes": [0]}),
    (s.Corrupt, {}),
    (s.Corrupt, {"bits": 1, "bytes": 1}),
    (s.Close, {"code": 65536}),
    (s.Close, {"reason": None}),
    (s.HalfClose, {"side": "both"}),
    (s.Blackhole, {"dir": None}),
    (s.Reject, {"status": 101}),
    (s.Reject, {"headers": {"A": 1}}),
    (s.MapRemote, {"keep_host": True}),
    (s.Mock, {}),
    (s.Mock, {"upstream": True}),
    (s.Replay, {"file": "a.wsi"}),
    (s.Replay, {"file": "a.wsi", "session": 0}),
    (s.Replay, {"file": "a.wsi", "session": 1, "mode": "fast"}),
    (s.Replay, {"file": "a.wsi", "session": 1, "speed": 0}),
    (s.Replay, {"file": "a.wsi", "session": 1, "from": None}),
    (s.Replay, {"file": "a.wsi", "session": 1, "to": "client"}),
    (s.Replay, {"file": "a.wsi", "session": 1, "side": "both"}),
    (s.Capture, {}),
    (s.Capture, {"json": {}}),
    (s.Expect, {"that": None}),
    (s.Save, {"append": True}),
    (s.Log, {"text": "x", "level": "alert"}),
    (s.Script, {"function": "f"}),
    (s.Nothing, {"a": 1}),
]


@pytest.mark.parametrize(("model", "value"), FINE)
def test_settings_that_can_be(model: object, value: dict[str, object]) -> None:
    assert errors_of(model, value) == []
    assert fits_json_schema(model, value)


@pytest.mark.parametrize(("model", "value"), WRONG)
def test_settings_that_cannot_be(model: object, value: dict[str, object]) -> None:
    assert errors_of(model, value) != []
    assert not fits_json_schema(model, value)


@pytest.mark.parametrize(
    ("model", "value", "message"),
    [
        (s.Replace, {"text": "", "with": "x"}, "an empty text is everywhere"),
        (s.Close, {"code": None, "reason": "x"}, "a reason needs a code"),
        (s.Capture, {}, "give json, regex or header"),
        (s.Throttle, {}, "give one of kbps and messages_per_s"),
        (s.Replay, {"file": "a", "session": 1, "from": 3, "to": 2}, "to is before from"),
        (s.Replay, {"file": "a", "session": 1, "to": "server"}, "side: client says who gets them"),
        (s.Replay, {"file": "/a.wsi", "session": 1}, "from the folder of the rule file"),
        (s.Corrupt, {}, "give one of bits and bytes"),
    ],
)
def test_settings_that_do_not_go_together(model: object, value: dict[str, object], message: str) -> None:
    assert message in errors_of(model, value)[0]


def test_one_size_is_a_list_of_one() -> None:
    assert read(s.Fragment, {"sizes": 5}).sizes == [5]
