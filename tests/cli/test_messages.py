"""`wsinspect messages`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.reading import assert_harmless, lines, records
from tests.cli.recording import HOSTILE


def test_messages_are_listed(capture: Path) -> None:
    printed = lines("messages", capture)
    assert printed[0].split() == ["id", "time", "dir", "type", "size", "payload"]
    assert [line.split()[0] for line in printed[1:-1]] == ["1.1", "1.2", "1.3", "1.4", "1.5"]
    assert printed[1].endswith('{"op":"login","user":"ann"}')
    assert printed[2].endswith("[deflate] Hello")
    assert printed[3].endswith("[2 frames] one two!")
    assert "binary" in printed[4]
    assert printed[5].endswith('[modified, rules rewrite] {"a":1}')
    assert printed[6].split() == ["sent", "instead", "c2s", "7", '{"a":2}']
    assert_harmless(printed)


def test_json_has_one_message_a_line(capture: Path) -> None:
    found = records("messages", capture)
    keys = {"session", "number", "time", "end", "dir", "type", "frames", "size", "wire_size", "compressed"}
    keys |= {"source", "verdict"}
    assert [set(record) - keys for record in found] == [
        *({"text"}, {"text"}, {"text"}, {"base64"}, {"text", "sent", "rules"})
    ]
    assert found[0]["time"] == 1700000000.01
    assert found[1]["compressed"] is True
    assert found[2]["frames"] == [3, 5]
    assert (found[2]["end"], found[2]["text"]) == (1700000000.05, "one two!")
    assert found[4]["sent"] == {"text": '{"a":2}'}
    assert found[4]["verdict"] == "modified"


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (["dir == s2c"], [2, 4]),
        (["login"], [1]),
        (["json.$.a == 1"], [5]),
        (["size > 20 and type == text"], [1]),
        (["host == chat.test", "--limit", "2"], [1, 2]),
        (["--last", "2"], [4, 5]),
    ],
)
def test_messages_are_chosen(capture: Path, arguments: list[str], numbers: list[int]) -> None:
    assert [record["number"] for record in records("messages", capture, *arguments)] == numbers


def test_as_much_of_payloads_is_shown_as_asked_for(capture: Path) -> None:
    assert lines("messages", capture, "number == 1", "--payload", "5")[1].endswith('{"op"\u2026 +22')
    assert lines("messages", capture, "number == 4", "--payload", "full")[1].endswith(HOSTILE.encode().hex(" "))


def test_json_has_payloads_whole_whatever_is_asked_for(capture: Path) -> None:
    assert records("messages", capture, "number == 1", "--payload", "5")[0]["text"] == '{"op":"login","user":"ann"}'
