"""Actions that leave the event alone."""

from __future__ import annotations

import random

import pytest

from tests.rules.turns import act, message
from wsinspect.errors import FilterError
from wsinspect.rules.actions_observe import MOST_TAG, MOST_TEXT
from wsinspect.rules.ruling import AddNote, AddTag, Failed, Report, SaveFile, ScriptCall
from wsinspect.rules.turn import ActionError, Surroundings


@pytest.mark.parametrize(
    ("action", "effects", "detail"),
    [
        ({"tag": "vip"}, [AddTag("r1", "vip")], "vip"),
        ({"tag": ["a", "{{ message.text }}"]}, [AddTag("r1", "a"), AddTag("r1", "hi\\n")], "a, hi\\n"),
        ({"note": "saw {{ message.size }}"}, [AddNote("r1", "saw 3")], "saw 3"),
        ({"log": "x"}, [Report("r1", "info", "x")], "x"),
        ({"log": {"text": "{{ message.text }}", "level": "error"}}, [Report("r1", "error", "hi\\n")], "hi\\n"),
        ({"alert": "look"}, [Report("r1", "alert", "look")], "look"),
        ("expect", [Failed("r1", "this was not to happen")], "failed: this was not to happen"),
        ({"expect": {"message": "{{ rule }}!"}}, [Failed("r1", "r1!")], "failed: r1!"),
        ({"expect": "size == 3"}, [], "holds"),
        ({"expect": "size == 4"}, [Failed("r1", "expected size == 4")], "failed: expected size == 4"),
        ({"expect": {"match": {"text": "hi"}}}, [], "holds"),
        (
            {"expect": {"match": {"text": "ho"}}},
            [Failed("r1", "expected another message")],
            "failed: expected another message",
        ),
        ({"expect": {"that": "size == 3", "match": {"dir": "s2c"}, "message": "m"}}, [Failed("r1", "m")], "failed: m"),
        ({"save": "out/{{ message.number }}.bin"}, [SaveFile("r1", "rules", "out/4.bin", b"hi\n", False)], "out/4.bin"),
        ({"save": {"file": "all", "append": True}}, [SaveFile("r1", "rules", "all", b"hi\n", True)], "all"),
    ],
)
def test_what_is_told(action: object, effects: list[object], detail: str) -> None:
    turn = message("hi\n")
    assert act(action, turn) == detail
    assert turn.effects == effects
    assert not turn.changed


def test_tags_are_known_to_later_rules() -> None:
    turn = message("x")
    act({"tag": ["a", "b"]}, turn)
    assert turn.tags == ["a", "b"]


def test_texts_of_peers_are_bounded() -> None:
    turn = message("\x1b" * 100_000)
    for action in ({"tag": "{{ message.text }}"}, {"note": "{{ message.text }}"}, {"alert": "{{ message.text }}"}):
        assert len(str(act(action, turn))) <= 201
    tag, note, report = turn.effects
    assert isinstance(tag, AddTag)
    assert isinstance(note, AddNote)
    assert isinstance(report, Report)
    assert len(tag.tag) == MOST_TAG + 1
    assert len(note.text) == len(report.text) == MOST_TEXT + 1
    assert (tag.tag + note.text + report.text).isprintable()


def test_a_file_of_a_peers_choosing_stays_in_the_folder() -> None:
    with pytest.raises(ActionError, match="is no name of a file"):
        act({"save": "{{ message.text }}"}, message("../x"))


def test_a_condition_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(FilterError):
        act({"expect": "size =="}, message("x"))


def test_a_script_is_called_with_plain_data() -> None:
    turn = message("x", variables={"n": 1})
    turn.groups = {"g": "y"}
    assert act({"script": {"file": "a.py", "args": {"k": "{{ vars.n }}"}, "timeout": "2s"}}, turn) == "a.py act"
    assert turn.script == ScriptCall(
        "r1",
        "rules",
        "a.py",
        "act",
        {
            "payload": b"x",
            "type": "text",
            "dir": "c2s",
            "number": 4,
            "index": 2,
            "rule": "r1",
            "match": {"g": "y"},
            "session": {
                "id": 3,
                "url": "ws://chat.example.test/chat?room=1",
                "scheme": "ws",
                "host": "chat.example.test",
                "port": 80,
                "path": "/chat?room=1",
                "client": "127.0.0.1:50000",
                "server": None,
                "subprotocol": None,
                "protocol": None,
            },
            "vars": {"n": 1},
            "args": {"k": 1},
        },
        2_000_000_000,
    )


def test_scripts_need_leave() -> None:
    with pytest.raises(ActionError, match="only with --allow-scripts"):
        act({"script": "a.py"}, message("x"), Surroundings(random.Random))


@pytest.mark.parametrize(
    "name", ["x.py", "a/x.PYC", "x.yaml", "x.sh.", ".bashrc", ".ssh/keys", "a/.b/c", "a\\.b", "x.dll "]
)
def test_no_peer_chooses_a_name_by_which_what_it_sends_is_run(name: str) -> None:
    with pytest.raises(ActionError, match="run or read as settings"):
        act({"save": "{{ message.text }}"}, message(name))


@pytest.mark.parametrize("name", ["x.json", "a/py", "yaml", "a.b/c.txt"])
def test_other_names_are_fine(name: str) -> None:
    assert act({"save": "{{ message.text }}"}, message(name)) == name


def test_whoever_writes_the_rule_chooses_any_name() -> None:
    assert act({"save": ".last.py"}, message("x")) == ".last.py"
