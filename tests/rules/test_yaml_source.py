"""YAML becomes plain data with places; what rule files do not have is refused, and nothing grows without bound."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.rules import yaml_source
from wsinspect.rules.problems import Place
from wsinspect.rules.yaml_source import MAX_BYTES, MAX_DEPTH, MAX_PARTS, Node, parse


def read(text: str) -> Node:
    problems: list[str] = []
    root = parse(text, lambda _, message: problems.append(message))
    assert problems == []
    assert root is not None
    return root


def problems_of(text: str) -> list[tuple[tuple[int, int] | None, str]]:
    found: list[tuple[Place | None, str]] = []
    parse(text, lambda place, message: found.append((place, message)))
    return [(None if place is None else (place.line, place.column), message) for place, message in found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("0123", 123),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2026-11-21", "2026-11-21"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("0b11", "0b11"),
        ("=", "="),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("|\n  a\n  b\n", "a\nb\n"),
        ('"\\0\\u00e4"', "\0ä"),
    ],
)
def test_words_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    root = read(f"on: {text}")
    assert root.value == {"on": value}
    assert isinstance(root.value, dict)
    assert type(root.value["on"]) is type(value)


def test_keys_are_texts_as_they_are_written() -> None:
    assert read("on: 1\ntrue: 2\n404: 3\nnull: 4\n'<<': 5\n!!str x: 6\n&a b: 7").value == {
        "on": 1, "true": 2, "404": 3, "null": 4, "<<": 5, "x": 6, "b": 7
    }  # fmt: skip


def test_every_part_knows_its_place() -> None:
    root = read("rules:\n  - id: a\n    do: [drop, {x: 0x10}]\n")
    assert root.keys["rules"] == Place(1, 1)
    rule = root.parts["rules"].parts[0]
    assert rule.place == Place(2, 5)
    assert rule.keys == {"id": Place(2, 5), "do": Place(3, 5)}
    items = rule.parts["do"].parts
    assert items[0].place == Place(3, 10)
    assert (items[1].parts["x"].place, items[1].parts["x"].written) == (Place(3, 20), "0x10")


def test_columns_are_characters_and_a_byte_order_mark_is_none() -> None:
    assert read("\ufeffé: {ü: x}").parts["é"].parts["ü"].place == Place(1, 8)


def test_an_alias_stands_for_its_anchor() -> None:
    root = read("a: &a {x: [1]}\nb: *a\nc: &c x\n*c : d")
    assert root.value == {"a": {"x": [1]}, "b": {"x": [1]}, "c": "x", "x": "d"}
    assert root.parts["b"].parts["x"].place == Place(1, 11)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", None, "the file is empty"),
        ("# nothing\n", None, "the file is empty"),
        ("a: 1\nb: 2\na: 3", (3, 1), "'a' is here twice: the first is in line 1"),
        ("a: &x {b: 1}\nc:\n  <<: *x", (3, 3), "no merge keys"),
        ("a: !!python/object:os.system x", (1, 4), "no tags such as !!python/object:os.system"),
        ("a: !!binary aGk=", (1, 4), "no tags such as !!binary"),
        ("? !x y\n: 1", (1, 3), "no tags such as !x"),
        ("? [a]\n: 1", (1, 3), "a key is a text"),
        ("? &a 5\n: 1", (1, 3), "a key is a text"),
        ("a: *b", (1, 4), "no anchor &b above"),
        ("a: &a [*a]", (1, 8), "*a stands within what it stands for"),
        ("---\na: 1\n---\nb: 2", (3, 1), "a rule file is one document"),
        ("a: 1\nb: x\x07", (2, 5), "cannot hold the character U+0007"),
        ("a: \x00", (1, 4), "cannot hold the character U+0000"),
        ("a\r\nb\x85\ud800", (3, 1), "cannot hold the character U+D800"),
        ("a: [1,", (1, 7), "this is no YAML: while parsing a flow"),
        ("a: 'x", (1, 6), "this is no YAML: while scanning a quoted scalar"),
        ("a: @", (1, 4), "this is no YAML"),
        ("a: 123456789012345678901234567890", (1, 4), "this number is too large"),
        ("a: -1" + "0" * 5000, (1, 4), "this number is too large"),
        ("a: 0x" + "f" * 50, (1, 4), "this number is too large"),
        ("a: 1e999", (1, 4), "this number is too large"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, place: tuple[int, int] | None, message: str) -> None:
    [(found_place, found)] = problems_of(text)
    assert message in found
    assert found_place == place


def test_half_a_character_is_refused_by_either_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems_of('a: "\\ud800"') != []
    monkeypatch.setattr(yaml_source, "_PARSER", yaml.SafeLoader)
    assert problems_of('a: "\\ud800"') == [((1, 4), "an escape in this text is half of a character (a surrogate)")]
    assert problems_of("a: 'x") == [
        ((1, 6), "this is no YAML: while scanning a quoted scalar, found unexpected end of stream")
    ]


def test_all_problems_are_collected() -> None:
    assert len(problems_of("a: !!x 1\na: 2\n<<: 3\nb: 1e999\n")) == 4


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert problems_of("#" * (MAX_BYTES + 1)) == [(None, "the file is larger than 4 MiB")]
    assert problems_of("#" + "é" * (MAX_BYTES // 2)) == [(None, "the file is larger than 4 MiB")]


def test_aliases_cannot_blow_a_file_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    [(place, message)] = problems_of("\n".join(lines))
    assert f"more than {MAX_PARTS:,} parts" in message
    assert place is not None
    assert place[0] <= 6


def test_parts_are_counted() -> None:
    assert problems_of("- x\n" * MAX_PARTS)[0][0] == (MAX_PARTS, 3)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_nesting_has_an_end(opening: str) -> None:
    assert problems_of(opening * 1_000_000)[0][1] == f"lists and mappings are nested deeper than {MAX_DEPTH} levels"


def test_nesting_through_aliases_has_an_end() -> None:
    half = "[" * 60 + "]" * 60
    assert "nested deeper" in problems_of(f"a: &a {half}\nb: " + "[" * 60 + "*a" + "]" * 60)[0][1]


@given(st.text(alphabet=st.sampled_from("ab:{}[]-?&*!|>'\"#%@,~< \n\t0.\\\x00é\ud800\ufeff"), max_size=60) | st.text())
def test_nothing_raises_and_places_are_in_the_file(text: str) -> None:
    lines = text.splitlines() or [""]
    for place, _ in problems_of(text):
        if place is not None:
            assert 1 <= place[0] <= len(lines)
            assert 1 <= place[1] <= len(lines[place[0] - 1]) + 1
