"""The report is valid XML that says of each `expect` rule whether it held, whatever text is in it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from wsinspect.cli.junit import junit_xml, suite_xml
from wsinspect.model import SessionId
from wsinspect.rules.findings import Complaint, Findings, Spot
from wsinspect.rules.load import load

RULES = """
version: 1
rules:
  - {id: holds, do: [expect: {that: size < 10}]}
  - {id: fails, do: [expect: {that: size < 10}]}
  - {id: breaks, do: [expect: {that: size < 10}]}
  - {id: unasked, do: [expect: {that: size < 10}]}
  - {id: forbids, do: [expect: {message: never}]}
  - {id: forbids-in-none, do: [expect]}
  - {id: "off", enabled: false, do: [expect: {that: size < 10}]}
  - {id: no-expectation, do: [drop]}
"""
HOSTILE = "<&>\"'\x00\x1b[2J\ud800\ufffe]]>\u202e"


def findings() -> Findings:
    found = Findings(load("folder/rules.yaml", lambda _: RULES), 2)
    for tally in found.tallies.values():
        tally.asked = 0 if tally.id == "forbids-in-none" else 9
        tally.matched = 0 if tally.id in ("unasked", "forbids", "forbids-in-none", "off") else 7
    found.tallies["fails"].failures = 3
    found.tallies["breaks"].errors = 1
    spot = Spot("message", SessionId(3), 0, 17)
    found.failures += [Complaint(spot, "fails", HOSTILE), Complaint(spot, "fails", "second")]
    found.errors.append(Complaint(spot, "breaks", "no JSON"))
    return found


def parsed(report: bytes) -> ET.Element:
    return ET.fromstring(report)  # noqa: S314 - our own


def test_each_expect_rule_is_a_case() -> None:
    root = parsed(junit_xml(findings(), suite="run.wsi"))
    [suite] = root
    assert (root.tag, suite.tag, suite.get("name")) == ("testsuites", "testsuite", "run.wsi")
    counts = {"tests": "7", "failures": "1", "errors": "1", "skipped": "3"}
    assert {name: suite.get(name) for name in counts} == counts
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert [name for name, children in cases.items() if not children] == ["holds", "forbids"]
    assert (cases["fails"], cases["breaks"]) == (["failure"], ["error"])
    assert {case.get("classname") for case in suite} == {"folder/rules.yaml"}
    assert [case[0].get("message") for case in suite if case.find("skipped") is not None] == [
        "nothing matched",
        "nothing matched",
        "disabled",
    ]


def test_hostile_text_stays_xml() -> None:
    failure = parsed(junit_xml(findings(), suite=HOSTILE)).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "<&>\"'\ufffd\ufffd[2J\ufffd\ufffd]]>\u202e"
    assert failure.text == "3.17: <&>\"'\ufffd\ufffd[2J\ufffd\ufffd]]>\u202e\n3.17: second\nand 1 more"


def test_failures_of_which_none_was_kept_are_failures() -> None:
    found = findings()
    found.failures.clear()
    failure = parsed(junit_xml(found, suite="run.wsi")).find(".//failure")
    assert failure is not None
    assert failure.text == "and 3 more"


def test_a_suite_of_cases_says_what_is_wrong_with_each() -> None:
    root = ET.fromstring(suite_xml("wsinspect replay", [("run 1", None), ("run 2", "no\x00 end\nsecond line")]))  # noqa: S314 - ours
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    first, second = root.iter("testcase")
    assert (first.get("name"), list(first)) == ("run 1", [])
    failure = second.find("failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("no\ufffd end", "no\ufffd end\nsecond line")
