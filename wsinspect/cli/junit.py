"""What was checked, as the JUnit XML that CI systems read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from wsinspect.rules.findings import Complaint, Findings, RuleTally

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has in no document, not even escaped (section 2.2)."""


def junit_xml(findings: Findings, *, suite: str) -> bytes:
    """Write a report: a test case for each rule with an `expect`.

    A rule that was never asked to expect anything is a skipped one, so that nobody takes it for passed; one that says
    what must not happen has passed where it was looked for in vain.

    Args:
        findings: Of the run.
        suite: What the test suite is called.

    Returns:
        UTF-8 XML.
    """
    cases = [
        _case(tally, _of(findings.failures, tally), _of(findings.errors, tally))
        for tally in findings.tallies.values()
        if tally.expects
    ]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    figures = {name: str(count) for name, count in counts.items()}
    root = ET.Element("testsuites", {"name": "wsinspect rules test", **figures})
    one = ET.SubElement(root, "testsuite", {"name": xml_text(suite), **figures})
    one.extend(cases)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def suite_xml(suite: str, cases: Iterable[tuple[str, str | None]]) -> bytes:
    """Write a report of test cases.

    Args:
        suite: What the test suite is called.
        cases: Their names, each with what is wrong; None where nothing is. The first line of that is its message.

    Returns:
        UTF-8 XML.
    """
    elements: list[ET.Element] = []
    for name, wrong in cases:
        element = ET.Element("testcase", {"name": xml_text(name), "classname": xml_text(suite)})
        if wrong is not None:
            message = xml_text(wrong.partition("\n")[0])
            ET.SubElement(element, "failure", {"message": message, "type": "failure"}).text = xml_text(wrong)
        elements.append(element)
    failures = sum(element.find("failure") is not None for element in elements)
    figures = {"tests": str(len(elements)), "failures": str(failures), "errors": "0", "skipped": "0"}
    root = ET.Element("testsuites", {"name": xml_text(suite), **figures})
    ET.SubElement(root, "testsuite", {"name": xml_text(suite), **figures}).extend(elements)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(tally: RuleTally, failures: list[Complaint], errors: list[Complaint]) -> ET.Element:
    file = tally.place.rsplit(":", 2)[0]
    case = ET.Element("testcase", {"name": xml_text(tally.id), "classname": xml_text(file)})
    for tag, count, complaints in (("failure", tally.failures, failures), ("error", tally.errors, errors)):
        if count:
            first = complaints[0].text if complaints else ""
            element = ET.SubElement(case, tag, {"message": xml_text(first), "type": tag})
            lines = [f"{complaint.spot}: {complaint.text}" for complaint in complaints]
            lines += [f"and {count - len(complaints)} more"] if count > len(complaints) else []
            element.text = xml_text("\n".join(lines))
            return case
    if not tally.matched and not (tally.forbids and tally.asked and tally.enabled):
        ET.SubElement(case, "skipped", {"message": "disabled" if not tally.enabled else "nothing matched"})
    return case


def _of(complaints: Iterable[Complaint], tally: RuleTally) -> list[Complaint]:
    return [complaint for complaint in complaints if complaint.rule == tally.id]


def xml_text(text: str) -> str:
    """Replace what no XML document may have."""
    return _NOT_XML.sub("\ufffd", text)
