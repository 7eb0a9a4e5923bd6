"""Changes of JSON texts, against the documents that they hold."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonpath
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.rules.json_edit import MOST_PLACES, MOST_SEARCHED, MOST_STEPS, deleter, problem, setter
from wsinspect.rules.json_scanner import Edit, plain_tree, spliced
from wsinspect.rules.turn import ActionError

type Step = str | int
type Document = Any


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
        ("$..[?@ == $[0]]", orjson.dumps([[0] * 400] * 400), "takes too much work"),
        ("$..x", b'{"x":' * 900 + b"1" + b"}" * 900, "cannot be looked for: recursion limit exceeded"),
    ],
)
def test_what_a_search_may_go_through_is_bounded(path: str, text: bytes, reason: str) -> None:
    with pytest.raises(ActionError, match=reason):
        setter(path)(text, b"9")


def test_expressions_in_a_path_take_linear_time() -> None:
    text = b'["' + b"a" * 1000 + b'"]'
    assert setter("$[?search(@, '(a+)+b')]")(text, b"9") == text
    assert setter("$[?search(@, '(a+)+')]")(text, b"9") == b"[9]"


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
def test_the_short_way_does_what_the_scanner_does(text: bytes, data: st.DataObject) -> None:
    steps = data.draw(st.sampled_from(places(orjson.loads(text))) | st.lists(KEYS, min_size=1, max_size=3).map(tuple))
    outcomes: list[bytes | str] = []
    for way in (
        setter(path_of(steps)),
        lambda text, value: spliced(text, Edit(text, value, adding=True), plain_tree([steps])),
    ):
        try:
            outcomes.append(way(text, b'{"new":9}'))
        except ActionError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("$['a','b']", b'{"a":1,"b":2}', b'{"a":9,"b":9}'),
        ("$..a", b'"{\\"a\\":1}"', b'"{\\"a\\":1}"'),
        ("$..a", b"4", b"4"),
    ],
)
def test_what_no_plain_path_is_changes_what_it_finds(path: str, before: bytes, after: bytes) -> None:
    assert setter(path)(before, b"9") == after


def test_plain_and_other_paths_are_deleted_together() -> None:
    assert deleter(["$..x", "$.list[0]", "$.list[2]"])(b'{"x":1,"list":[1,{"x":2},3]}') == b'{"list":[{}]}'


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
            except (TypeError, LookupError):
                continue  # it went with what it was in
    assert orjson.loads(changed) == document
