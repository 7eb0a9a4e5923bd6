"""Sessions compared, as the JUnit XML that CI systems read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from xml.etree import ElementTree as ET

from wsinspect.cli.junit import xml_text
from wsinspect.present.changed_values import change_line
from wsinspect.present.comparison import Line, entry_lines
from wsinspect.replay.comparing.comparison import Comparison, Entry, FieldChange, What

_DIFFERENCES = 20
"""Told of a test case."""


def comparison_junit(suites: Iterable[tuple[str, Comparison]]) -> bytes:
    """Write a report: a test case for each kind of message, one for the handshake and one for the close.

    Args:
        suites: Comparisons, each with what its test suite is called.

    Returns:
        UTF-8 XML.
    """
    root = ET.Element("testsuites", {"name": "wsinspect diff"})
    totals = {"tests": 0, "failures": 0}
    for name, found in suites:
        cases = list(_cases(found))
        figures = {"tests": len(cases), "failures": sum(case.find("failure") is not None for case in cases)}
        suite = ET.SubElement(root, "testsuite", _counted(name, figures))
        suite.extend(cases)
        totals = {key: totals[key] + figures[key] for key in totals}
    root.attrib.update(_counted("wsinspect diff", totals))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counted(name: str, figures: dict[str, int]) -> dict[str, str]:
    numbers = {key: str(number) for key, number in figures.items()}
    return {"name": xml_text(name), **numbers, "errors": "0", "skipped": "0"}


def _cases(found: Comparison) -> Iterator[ET.Element]:
    if found.options.head:
        closing = [change for change in found.head if change.path.startswith("$.close")]
        opening = [change for change in found.head if change not in closing]
        for name, changes in (("handshake", opening), ("close", closing)):
            yield _case("session", name, [[change_line(change)] for change in changes])
    if found.renames:
        changes = [FieldChange("$", What.CHANGED, one.old, one.new) for one in found.renames]
        yield _case("session", "values that are other ones throughout", [[change_line(change)] for change in changes])
    kinds: dict[tuple[str, str], list[Entry]] = {}
    for entry in found.entries:
        kinds.setdefault((entry.direction.label, entry.kind), []).append(entry)
    for (direction, kind), entries in kinds.items():
        differing = [entry for entry in entries if found.counts_as_difference(entry)]
        yield _case(
            direction, kind, [list(entry_lines(entry)) for entry in islice(differing, _DIFFERENCES)], len(differing)
        )


def _case(of: str, name: str, differences: Sequence[Sequence[Line]], count: int | None = None) -> ET.Element:
    case = ET.Element("testcase", {"classname": of, "name": xml_text(name)})
    if not differences:
        return case
    texts = ["\n".join("".join(text for text, _ in line).rstrip() for line in lines) for lines in differences]
    more = (len(differences) if count is None else count) - len(texts)
    texts += [f"and {more:,} more"] if more else []
    failure = ET.SubElement(case, "failure", {"message": xml_text(" ".join(texts[0].split())), "type": "difference"})
    failure.text = xml_text("\n".join(texts))
    return case
