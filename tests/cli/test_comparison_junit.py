"""Each kind of message is a test case, the handshake and the close too, and hostile text stays XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.replay.recordings import recorded
from wsinspect.cli.comparison_junit import comparison_junit
from wsinspect.replay.comparing.compare import compare
from wsinspect.replay.comparing.comparison import CompareOptions, Comparison


def parsed(*suites: tuple[str, Comparison]) -> ET.Element:
    return ET.fromstring(comparison_junit(suites))  # noqa: S314 - our own


def cases(found: Comparison) -> dict[tuple[str | None, str | None], str | None]:
    [suite] = parsed(("a:1 b:2", found))
    assert suite.get("name") == "a:1 b:2"
    return {(case.get("classname"), case.get("name")): case.findtext("failure") for case in suite}


def test_kinds_of_messages_are_cases() -> None:
    old = recorded('> {"t":"a"}', '< {"t":"b","x":1}', '> {"t":"c"}')
    new = recorded('> {"t":"a"}', '< {"t":"b","x":2}', response=[("Server", "b")])
    assert cases(compare(old, new)) == {
        ("session", "handshake"): '+ handshake.response.server  "b"',
        ("session", "close"): None,
        ("c2s", "a"): None,
        ("s2c", "b"): " ~ #2              s2c  b\n        x  1 → 2",
        ("c2s", "c"): ' - #3              c2s  c  {"t":"c"}',
    }


def test_suites_are_counted() -> None:
    same, other = recorded('> {"t":"a"}'), recorded('> {"t":"b"}')
    root = parsed(("one", compare(same, same)), ("two", compare(same, other)))
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("one", "3", "0"), ("two", "4", "2"),
    ]  # fmt: skip
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("7", "2", "0")


def test_other_values_throughout_are_a_case() -> None:
    lines = [f'> {{"room":"lobby-one","n":{number}}}' for number in range(3)]
    found = compare(
        recorded(*lines),
        recorded(*(line.replace("lobby-one", "hall-two") for line in lines)),
        CompareOptions(head=False),
    )
    name = "values that are other ones throughout"
    assert cases(found) == {("session", name): '  the document  "lobby-one" → "hall-two"', ("c2s", "{n, room}"): None}


def test_of_many_differences_some_are_told() -> None:
    old = recorded(*[f'> {{"op":"o","n":"x{number}","p":1}}' for number in range(30)])
    new = recorded(*[f'> {{"op":"o","n":"x{number}","p":2}}' for number in range(30)])
    text = cases(compare(old, new))["c2s", "o"]
    assert text is not None
    assert text.count("1 → 2") == 20
    assert text.endswith("and 10 more")


def test_hostile_text_stays_xml() -> None:
    old, new = recorded("> \x1b[2J\x00<&>]]>"), recorded("> \u202e\ufffe")
    [text] = [text for text in cases(compare(old, new)).values() if text]
    assert "\x1b" not in text
