"""The report says of each rule what it did, shows examples, and leaves out no kind of bad news."""

from __future__ import annotations

import pytest

from tests.cli.reading import assert_harmless
from tests.rules.test_trial import S, message, session, trial
from wsinspect.model import SessionId
from wsinspect.present.trial_report import has_failed, report_lines, report_records
from wsinspect.rules.trial import Trial

HOSTILE = "\x1b[2J\u202e"


def printed(run: Trial) -> list[str]:
    run.finish(90 * S)
    return ["".join(text for text, _ in line).rstrip() for line in report_lines(run)]


def vip(*payloads: bytes, rules: str = "", examples: int = 5) -> Trial:
    run = trial(
        "  - {id: vip, match: {text: user}, do: [{json_set: {$.user.vip: true}}]}\n"
        "  - {id: off, enabled: false, do: [drop]}\n" + rules,
        examples=examples,
    )
    run.session(session())
    for number, payload in enumerate(payloads, 1):
        run.message(message(number, payload, at=number))
    return run


def test_a_table_has_what_happened() -> None:
    lines = printed(vip(b'{"user":{}}', b"{}", b"[]"))
    assert lines[0] == "3 messages of 1 session"
    assert [line.split() for line in lines[2:5]] == [
        ["rule", "on", "asked", "matched", "changed"],
        ["vip", "message", "3", "1", "1"],
        ["off", "message", "0", "0", "0", "disabled"],
    ]


def test_columns_that_have_anything_are_there() -> None:
    lines = printed(vip(b"x", rules="  - {id: d, do: [drop]}\n"))
    assert lines[2].split() == ["rule", "on", "asked", "matched", "changed", "dropped"]


def test_examples_have_before_and_after() -> None:
    lines = printed(vip(b'{"user":{"name":"ann"}}'))
    assert lines[5:8] == ["", "1.1  c2s message", "  vip  json_set $.user.vip"]
    assert '    +     "vip": true' in lines


def test_what_rules_said_cannot_reach_a_terminal() -> None:
    rules = (
        '  - {id: e, do: [{tag: "{{ message.text }}"}, {expect: {that: size > 99, message: "{{ message.text }}"}}]}\n'
    )
    lines = printed(vip(HOSTILE.encode() + b" user", rules=rules))
    assert_harmless(lines)
    assert "\\x1b[2J\\u202e user" in "\n".join(lines)


def test_errors_and_failures_are_listed_and_counted() -> None:
    rules = "  - {id: e, do: [{expect: {that: size > 99, message: too small}}]}\n"
    run = vip(b"user 1", b"user 2", rules=rules, examples=1)
    lines = printed(run)
    errors = lines.index("Errors: 2")
    assert lines[errors + 1].startswith("  1.1  vip  ")
    assert lines[errors + 2] == "  … and 1 more"
    failures = lines.index("Expected, and not so: 2")
    assert "too small" in lines[failures + 1]
    assert has_failed(run.findings)
    assert not has_failed(vip(b"user").findings)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"truncated": 1}, "Left out: 1 record whose payload is cut short"),
        (
            {"payload": b"x" * 101, "size": 101},
            "Left out: 1 record too large for an engine to gather",
        ),
        ({"session": SessionId(9)}, "Left out: 1 record whose session is not there, or was never opened"),
    ],
)
def test_what_was_left_out_is_said(changes: dict[str, object], line: str) -> None:
    run = trial("  - {id: it, do: [drop]}")
    run.session(session())
    run.message(message(1, **changes))  # type: ignore[arg-type]  # fields of a message
    assert line in printed(run)


def test_states_and_stopped_timers_are_said() -> None:
    run = vip(b"go", rules="  - {id: g, match: {text: go}, do: [{goto: gone}]}\n")
    run.stopped_timers = 2
    lines = printed(run)
    assert "States reached, by sessions: start 1, gone 1" in lines
    assert "Timers went off too often to go on in 2 sessions" in lines


def test_json_has_an_object_for_each_finding() -> None:
    rules = "  - {id: e, match: {text: user}, do: [{expect: {that: size > 99, message: too small}}]}\n"
    run = vip(b'{"user":{}}', b"user", rules=rules)
    run.finish(90 * S)
    records = list(report_records(run))
    assert [record["kind"] for record in records] == [
        "run", "rule", "rule", "rule", "change", "error", "failure", "failure",
    ]  # fmt: skip
    whole, vip_rule, *_ = records
    assert whole == {
        "kind": "run", "sessions": 1, "messages": 2, "skipped": {}, "stopped_timers": 0, "states": {"start": 1},
    }  # fmt: skip
    assert (vip_rule["rule"], vip_rule["asked"], vip_rule["changed"], vip_rule["errors"]) == ("vip", 2, 1, 1)
    change = next(record for record in records if record["kind"] == "change")
    assert (change["session"], change["number"], change["dir"], change["event"]) == (1, 1, "c2s", "message")
    assert change["before"] == {"text": '{"user":{}}'}
    assert change["after"] == {"text": '{"user":{"vip":true}}'}
    failure = records[-1]
    assert (failure["rule"], failure["number"]) == ("e", 2)
