"""What `expect` rules found, as the JUnit XML that CI systems read."""

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
    one = ET.SubElement(root, "testsuite", {"name": _xml_text(suite), **figures})
    one.extend(cases)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(tally: RuleTally, failures: list[Complaint], errors: list[Complaint]) -> ET.Element:
    file = tally.place.rsplit(":", 2)[0]
    case = ET.Element("testcase", {"name": _xml_text(tally.id), "classname": _xml_text(file)})
    for tag, count, complaints in (("failure", tally.failures, failures), ("error", tally.errors, errors)):
        if count:
            first = complaints[0].text if complaints else ""
            element = ET.SubElement(case, tag, {"message": _xml_text(first), "type": tag})
            lines = [f"{complaint.spot}: {complaint.text}" for complaint in complaints]
            lines += [f"and {count - len(complaints)} more"] if count > len(complaints) else []
            element.text = _xml_text("\n".join(lines))
            return case
    if not tally.matched and not (tally.forbids and tally.asked and tally.enabled):
        ET.SubElement(case, "skipped", {"message": "disabled" if not tally.enabled else "nothing matched"})
    return case


def _of(complaints: Iterable[Complaint], tally: RuleTally) -> list[Complaint]:
    return [complaint for complaint in complaints if complaint.rule == tally.id]


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
