"""What the scanner finds in JSON texts, whatever they are like."""

from __future__ import annotations

import time

import pytest

from wsinspect.rules.json_edit import deleter, problem, setter
from wsinspect.rules.turn import ActionError


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        # what is there
        ("$.a", b'{"a":1}', b'{"a":9}'),
        ("$.b", b'{ "a" : 1.0,\r\n\t"b":1e5 ,"c":[ ] }', b'{ "a" : 1.0,\r\n\t"b":9 ,"c":[ ] }'),
        ("$.b", b'{"a":{"b":"}\\"]"},"b":"x"}', b'{"a":{"b":"}\\"]"},"b":9}'),
        ("$.a.b[1]", b'{"a":{"b":[1, [2,3] ,4]}}', b'{"a":{"b":[1, 9 ,4]}}'),
        ("$['a b']", b'{"a b":null}', b'{"a b":9}'),
        ("$[2]", b"[1,{},true]", b"[1,{},9]"),
        ("$", b' {"a":1}\n', b" 9\n"),
        ("$", b"1", b"9"),
        # keys are compared as they are meant, not as they are spelled
        ("$.user", b'{"\\u0075ser":1,"us":2}', b'{"\\u0075ser":9,"us":2}'),
        ("$['a/b']", b'{"a\\/b":1}', b'{"a\\/b":9}'),
        ("$['\xe9']", '{"é":1}'.encode(), '{"é":9}'.encode()),
        # all that have the same key, as readers differ in which they take
        ("$.a", b'{"a":1,"b":2,"a":3}', b'{"a":9,"b":2,"a":9}'),
        ("$.a.b", b'{"a":{"b":1},"a":{"b":2}}', b'{"a":{"b":9},"a":{"b":9}}'),
        # what is missing
        ("$.b", b"{}", b'{"b":9}'),
        ("$.b", b"{ }", b'{"b":9 }'),
        ("$.b", b'{"a":1 }', b'{"a":1,"b":9 }'),
        ("$.b", b'{"a":[[]]}', b'{"a":[[]],"b":9}'),
        ("$.a.b.c", b'{"x":1}', b'{"x":1,"a":{"b":{"c":9}}}'),
        ("$.a.b", b'{"a":{}}', b'{"a":{"b":9}}'),
        ("$['\"']", b"{}", b'{"\\"":9}'),
        ('$["x y"]["\\""]', b"{}", b'{"x y":{"\\"":9}}'),
        ("$[0]", b"[]", b"[9]"),
        ("$[0]", b"[ ]", b"[9 ]"),
        ("$[2]", b"[1,2]", b"[1,2,9]"),
        ("$[1].b", b"[{}]", b'[{},{"b":9}]'),
        # only the last of the same key counts
        ("$.a.b", b'{"a":1,"a":{}}', b'{"a":1,"a":{"b":9}}'),
        ("$.a.b", b'{"a":{},"a":{"c":1}}', b'{"a":{},"a":{"c":1,"b":9}}'),
        ("$.a[0]", b'{"a":{},"a":[]}', b'{"a":{},"a":[9]}'),
        ("$.a[0][0]", b'{"a":[],"a":[[1]]}', b'{"a":[],"a":[[9]]}'),
        ("$.a.b[0]", b'{"a":{},"a":{"b":[1]}}', b'{"a":{},"a":{"b":[9]}}'),
        # several
        ("$[*]", b"[1, [2],{}]", b"[9, 9,9]"),
        ("$.*", b'{"a":1, "b":{}}', b'{"a":9, "b":9}'),
        ("$[-1]", b"[1,2,3]", b"[1,2,9]"),
        ("$['a','b']", b'{"a":1,"b":2}', b'{"a":9,"b":9}'),
        ("$[0:2]", b"[1,2,3]", b"[9,9,3]"),
        ("$..x", b'{"x":{"x":1},"y":[{"x":2},{"z":{"x":3}}]}', b'{"x":9,"y":[{"x":9},{"z":{"x":9}}]}'),
        ("$.list[?@.id == 2].name", b'{"list":[{"id":1,"name":1},{"id":2,"name":2}]}', None),
        ("$..x", b'{"y":1}', b'{"y":1}'),
        ("$..x", b'"{\\"x\\":1}"', b'"{\\"x\\":1}"'),
        ("$[?@.a].b", b'[{"a":1}]', b'[{"a":1}]'),
    ],
)
def test_setting_leaves_every_other_byte(path: str, before: bytes, after: bytes | None) -> None:
    assert problem(path) is None
    if after is None:
        after = before[:-3].rstrip(b"2") + b"9}]}"
    assert setter(path)(before, b"9") == after


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("$.a", b"1", "$ is no object"),
        ("$.a", b"[1]", "$ is no object"),
        ("$[0]", b"{}", "$ is no array"),
        ("$.a.b", b'{"a":null}', "$.a is no object"),
        ("$.a.b.c", b'{"a":{"b":"x"}}', "$.a.b is no object"),
        ("$.a[0]", b'{"a":{}}', "$.a is no array"),
        ("$[3]", b"[1,2]", "$[3] is behind the end: there are 2 items"),
        ("$[1].a", b"[1, 2]", "$[1] is no object"),
        ("$.a[0]", b"{}", "$.a[0] is missing: only objects are added"),
        ("$[0][0]", b"[]", "$[0][0] is missing: only objects are added"),
    ],
)
def test_what_cannot_be_set_says_where(path: str, text: bytes, reason: str) -> None:
    with pytest.raises(ActionError) as caught:
        setter(path)(text, b"9")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("paths", "before", "after"),
    [
        (["$.a"], b'{"a":1}', b"{}"),
        (["$.a"], b'{ "a" : 1 }', b"{  }"),
        (["$.a"], b'{ "a" : 1 , "b":2}', b'{ "b":2}'),
        (["$.b"], b'{ "a" : 1 , "b":2 }', b'{ "a" : 1 }'),
        (["$.b"], b'{"a":1,"b":[{}],"c":3}', b'{"a":1,"c":3}'),
        (["$.a", "$.b"], b'{"a":1,"b":2,"c":3}', b'{"c":3}'),
        (["$.a", "$.b"], b'{"a":1,"b":2}', b"{}"),
        (["$.a", "$.c"], b'{"a":1,"b":2,"c":3}', b'{"b":2}'),
        (["$.a"], b'{"a":1,"b":0,"a":2}', b'{"b":0}'),
        (["$.a"], b'{"\\u0061":1,"b":0}', b'{"b":0}'),
        (["$.a.b", "$.a.c"], b'{"a":{"b":1,"c":2,"d":3}}', b'{"a":{"d":3}}'),
        (["$.a", "$.a.b"], b'{"a":{"b":1},"c":1}', b'{"c":1}'),
        (["$[0]", "$[1]"], b"[1, 2, 3]", b"[3]"),
        (["$[1]"], b"[1, 2, 3]", b"[1, 3]"),
        (["$[1]", "$[2]"], b"[1,2,3]", b"[1]"),
        (["$[0]", "$[2]"], b"[1,2,3]", b"[2]"),
        (["$[0].a", "$[1]"], b'[{"a":1},2]', b"[{}]"),
        (["$..x"], b'{"x":1,"y":[{"x":2,"z":3}]}', b'{"y":[{"z":3}]}'),
        (["$..x", "$.y[0].z"], b'{"x":1,"y":[{"x":2,"z":3}]}', b'{"y":[{}]}'),
        (["$[*]"], b"[1,2]", b"[]"),
        # nothing to delete
        (["$.z", "$.a.z", "$.a[0]", "$.b.z", "$[0]"], b'{"a":{},"b":[{"z":1}]}', b'{"a":{},"b":[{"z":1}]}'),
        (["$[5]", "$[1].a"], b"[1, 2]", b"[1, 2]"),
        (["$"], b"[1]", b"[1]"),
        (["$.a"], b"3", b"3"),
    ],
)
def test_deleting_takes_a_comma_along(paths: list[str], before: bytes, after: bytes) -> None:
    assert deleter(paths)(before) == after


def hostile(name: str) -> bytes:
    million = 1_000_000
    return {
        "brackets": b'{"q":[' + b",".join([b"[]"] * million) + b"]}",
        "depth": b'{"q":[' + b",".join([b"[" * 900 + b"]" * 900] * 500) + b"]}",
        "quotes": b'{"q":["' + b'\\"' * million + b'"]}',
        "keys": b"{" + b",".join(b'"k%d":1' % number for number in range(200_000)) + b"}",
        "escaped keys": b"{" + b",".join(b'"\\u006b%d":1' % number for number in range(50_000)) + b"}",
        "mixed": b'{"q":[' + b",".join(([b"1"] * 127 + [b"[" * 9 + b"]" * 9]) * 4000) + b"]}",
    }[name]


@pytest.mark.parametrize("name", ["brackets", "depth", "quotes", "keys", "escaped keys", "mixed"])
def test_hostile_texts_cost_no_more_than_their_length(name: str) -> None:
    text = hostile(name)
    started = time.process_time()
    assert setter("$.new")(text, b"9") == text[:-1] + b',"new":9}'
    # Twenty times what it takes.
    assert time.process_time() - started < 20


def test_far_items_are_reached_over_anything() -> None:
    items = ([b"1"] * 200 + [b"[" * 9 + b"]" * 9] + [b'{"a":"]"}'] * 200) * 3
    text = b"[" + b", ".join(items) + b"]"
    for index in (0, 127, 128, 199, 200, 201, 329, 600, len(items) - 1):
        changed = b"[" + b", ".join([*items[:index], b"9", *items[index + 1 :]]) + b"]"
        assert setter(f"$[{index}]")(text, b"9") == changed
        without = b"[" + b", ".join([*items[:index], *items[index + 1 :]]) + b"]"
        assert deleter([f"$[{index}]"])(text) == without
