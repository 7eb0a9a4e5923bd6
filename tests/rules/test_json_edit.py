"""Changes of JSON texts, against the documents that they hold."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import jsonpath
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.rules.json_edit import MOST_PLACES, MOST_SEARCHED, MOST_STEPS, deleter, problem, setter
from wsinspect.rules.turn import ActionError

type Step = str | int
type Document = Any


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


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.", "expected a shorthand selector, at character 3 of the path"),
        ("$..a..b", "only one .. may be in the path"),
        ("$[?@..a].b..c", "only one .. may be in the path"),
        ("$" + ".a" * (MOST_STEPS + 1), "at most 100 steps"),
    ],
)
def test_paths_that_cost_too_much_are_refused(path: str, reason: str) -> None:
    assert reason in str(problem(path))


@pytest.mark.parametrize("path", ["$..a", "$['..']..a", "$[?@.b == '..\\'..'].c..d", "$" + ".a" * MOST_STEPS])
def test_other_paths_are_fine(path: str) -> None:
    assert problem(path) is None


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("$[*]", b"[" + b"1," * MOST_SEARCHED + b"1]", "too large to look for"),
        ("$[*]", b"[" + b"1," * MOST_PLACES + b"1]", "more than 10000 values"),
        ("$[*]" + ".a" * MOST_STEPS, b"[" + b'{"a":' * MOST_STEPS + b"1" + b"}" * MOST_STEPS + b"]", "deeper than 100"),
        ("$..x", b'{"x":' * 900 + b"1" + b"}" * 900, "cannot be looked for: recursion limit exceeded"),
    ],
)
def test_what_a_search_may_go_through_is_bounded(path: str, text: bytes, reason: str) -> None:
    with pytest.raises(ActionError, match=reason):
        setter(path)(text, b"9")


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


# ---- against setting and deleting in the document itself

KEYS = st.sampled_from(["a", "b", "é", 'q"\\', "x y", ""])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([1.0, 1e300, -0.5]) | st.text(max_size=3)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=25
)


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Write a document in one of many ways."""
    document = draw(DOCUMENTS)
    indent = draw(st.sampled_from([None, 0, 2, "\t"]))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\r\n", " : ")]))
    ascii_only = draw(st.booleans())
    written = json.dumps(document, indent=indent, separators=separators, ensure_ascii=ascii_only)
    return draw(st.sampled_from(["", " ", "\n"])).encode() + written.encode() + draw(st.sampled_from([b"", b"\r\n"]))


def places(document: Document, at: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    found = [at]
    children = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, inner in children:
        found += places(inner, (*at, step))
    return found


def path_of(steps: tuple[Step, ...]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else "[" + quoted(step) + "]" for step in steps)


def quoted(name: str) -> str:
    return "'" + json.dumps(name, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


@given(texts(), st.data())
def test_setting_is_setting_in_the_document(text: bytes, data: st.DataObject) -> None:
    document = orjson.loads(text)
    steps = data.draw(st.sampled_from(places(document)))
    value = data.draw(DOCUMENTS)
    written = orjson.dumps(value)
    changed = setter(path_of(steps))(text, written)
    expected = copy.deepcopy(document)
    if steps:
        parent = expected
        for step in steps[:-1]:
            parent = parent[step]
        parent[steps[-1]] = value
    else:
        expected = value
    assert orjson.loads(changed) == expected
    # What is around the value is as it was.
    assert any(
        changed.startswith(text[:start] + written) and text.endswith(changed[start + len(written) :])
        for start in range(len(text) + 1)
    )


@given(texts(), st.data())
def test_adding_is_adding_to_the_document(text: bytes, data: st.DataObject) -> None:
    document = orjson.loads(text)
    containers = [steps for steps in places(document) if isinstance(found_at(document, steps), dict | list)]
    if not containers:
        return
    steps = data.draw(st.sampled_from(containers))
    parent = found_at(document, steps)
    last: Step = "new" if isinstance(parent, dict) else len(parent)
    changed = setter(path_of((*steps, last)))(text, b"9")
    if isinstance(parent, dict):
        parent["new"] = 9
    else:
        parent.append(9)
    assert orjson.loads(changed) == document
    assert len(changed) == len(text) + len(b"9" if isinstance(last, int) else b'"new":9') + (len(parent) > 1)


def found_at(document: Document, steps: tuple[Step, ...]) -> Document:
    for step in steps:
        document = document[step]
    return document


@given(texts(), st.data())
def test_deleting_is_deleting_from_the_document(text: bytes, data: st.DataObject) -> None:
    document = orjson.loads(text)
    inner = places(document)[1:]
    if not inner:
        assert deleter(["$.a"])(text) == text
        return
    chosen = data.draw(st.lists(st.sampled_from(inner), min_size=1, max_size=4, unique=True))
    changed = deleter([path_of(steps) for steps in chosen])(text)
    assert orjson.loads(changed) == without(document, chosen)


def without(document: Document, gone: list[tuple[Step, ...]], at: tuple[Step, ...] = ()) -> Document:
    if isinstance(document, dict):
        return {key: without(value, gone, (*at, key)) for key, value in document.items() if (*at, key) not in gone}
    if isinstance(document, list):
        return [without(value, gone, (*at, n)) for n, value in enumerate(document) if (*at, n) not in gone]
    return document


@given(texts(), st.sampled_from(["$..a", "$[*]", "$.*", "$.a[*]", "$[0:2]", "$[?@.a]"]))
def test_any_path_selects_what_the_library_does(text: bytes, path: str) -> None:
    changed = setter(path)(text, b'"new"')
    document = orjson.loads(text)
    if isinstance(document, dict | list):
        for node in sorted(
            jsonpath.JSONPathEnvironment(strict=True).finditer(path, document), key=lambda one: len(one.parts)
        ):
            try:
                found_at(document, node.parts[:-1])[node.parts[-1]] = "new"
            except TypeError:
                continue  # it went with what it was in
    assert orjson.loads(changed) == document
