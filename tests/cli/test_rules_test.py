"""`rules test` runs rules on a capture and reports; its exit status and JUnit report are for CI."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.reading import assert_harmless, lines, records, run

RULES = """version: 1
vars: {wanted: none}
rules:
  - id: hello
    match: {dir: s2c, text: Hello}
    do:
      - set_text: "{{ vars.wanted }}"
  - id: ping
    on: ping
    do:
      - tag: pinged
  - id: close
    on: close
    do:
      - tag: "{{ message.size }}"
  - id: response
    on: handshake_response
    do:
      - header_add: {X-Seen: "yes"}
"""
EXPECT = """version: 1
rules:
  - id: small
    do:
      - expect: {that: size < 20, message: too large}
  - id: any
    do:
      - expect: {that: size >= 0}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yaml"
    file.write_text(RULES)
    return file


def test_it_reports_what_rules_would_have_done(rules: Path, capture: Path) -> None:
    printed = lines("rules", "test", rules, "--capture", capture, "--var", "wanted=bye")
    assert printed[0] == "5 messages of 2 sessions"
    table = {row.split()[0]: row.split()[2:] for row in printed[3:7]}
    assert table["hello"] == ["2", "1", "1"]
    assert table["ping"] == ["1", "1", "0"]
    assert table["close"] == ["1", "1", "0"]
    assert table["response"] == ["2", "2", "2"]
    shown = "\n".join(printed)
    assert "1.2  s2c message\n  hello  set_text" in shown
    assert "    [-Hello-]{+bye+}" in shown
    assert "    + X-Seen: yes" in shown
    assert_harmless(printed)


def test_less_of_the_capture_may_be_asked(rules: Path, capture: Path) -> None:
    test = ("rules", "test", rules, "--capture", capture)
    one = [record for record in records(*test, "--session", "2") if record["kind"] == "run"]
    assert (one[0]["sessions"], one[0]["messages"]) == (1, 0)
    filtered = [record for record in records(*test, "--filter", "dir == c2s") if record["kind"] == "run"]
    assert (filtered[0]["sessions"], filtered[0]["messages"]) == (2, 3)
    kinds = [record["kind"] for record in records(*test, "--examples", "0")]
    assert set(kinds) == {"run", "rule"}


def test_a_failed_expectation_is_status_1_and_in_the_report(tmp_path: Path, capture: Path) -> None:
    file, report = tmp_path / "expect.yaml", tmp_path / "report.xml"
    file.write_text(EXPECT)
    ended = run("rules", "test", file, "--capture", capture, "--junit", report)
    assert ended.exit_code == 1
    assert "Expected, and not so: 2" in ended.stdout
    root = ET.fromstring(report.read_bytes())  # noqa: S314 - our own
    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert cases == {"small": ["failure"], "any": []}
    assert {case.get("classname") for case in root.iter("testcase")} == {file.as_posix()}


def test_several_files_are_one_set_of_rules(rules: Path, tmp_path: Path, capture: Path) -> None:
    file = tmp_path / "expect.yaml"
    file.write_text(EXPECT.replace("20", "1000"))
    ids = [one["rule"] for one in records("rules", "test", rules, file, "--capture", capture) if one["kind"] == "rule"]
    assert ids == ["hello", "ping", "close", "response", "small", "any"]


def test_scripts_run_where_they_are_allowed(tmp_path: Path, capture: Path) -> None:
    (tmp_path / "shout.py").write_text("def act(message):\n    print('called')\n    return message.payload.upper()\n")
    file = tmp_path / "script.yaml"
    file.write_text("version: 1\nrules:\n  - {id: s, match: {text: Hello}, do: [{script: shout.py}]}\n")
    refused = run("rules", "test", file, "--capture", capture)
    assert refused.exit_code == 3
    assert "--allow-scripts" in refused.stderr
    allowed = run("rules", "test", file, "--capture", capture, "--allow-scripts")
    assert allowed.exit_code == 0, allowed.output
    assert "[-Hello-]{+HELLO+}" in allowed.stdout
    assert "called" in allowed.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["{rules}", "--capture", "{folder}/none.wsi"], 3, "none.wsi"),
        (["{folder}/none.yaml", "--capture", "{capture}"], 3, "none.yaml"),
        (["{rules}", "--capture", "{capture}", "--session", "7"], 3, "there is no session 7"),
        (["{rules}", "--capture", "{capture}", "--filter", "size >"], 2, "filter:"),
        (["{rules}", "--capture", "{capture}", "--var", "x"], 2, "NAME=VALUE"),
        (["{rules}", "--capture", "{capture}", "--junit", "{folder}/no/report.xml"], 3, "cannot write the report"),
        (["{rules}"], 2, "--capture"),
        (["--capture", "{capture}"], 2, "FILE"),
    ],
)
def test_what_cannot_be_used_is_said(
    rules: Path, capture: Path, tmp_path: Path, arguments: list[str], status: int, words: str
) -> None:
    given = [each.format(rules=rules, capture=capture, folder=tmp_path) for each in arguments]
    ended = run("rules", "test", *given)
    assert (ended.exit_code, words in ended.stderr) == (status, True), ended.output


def test_all_that_is_wrong_with_rules_is_said(tmp_path: Path, capture: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("version: 1\nrules:\n  - {id: a, do: [relpace: {}]}\n  - {id: b, on: never, do: [drop]}\n")
    ended = run("rules", "test", file, "--capture", capture)
    assert ended.exit_code == 3
    assert "bad.yaml:3:" in ended.stderr
    assert "bad.yaml:4:" in ended.stderr
