"""What tests read before any rule has touched a message."""

from __future__ import annotations

from tests.rules.running import OPEN, turn_of
from wsinspect.rules.subject import Probe, Subject
from wsinspect.rules.turn import NO_JSON


def test_a_document_is_read_once() -> None:
    probe = Probe(OPEN)
    probe.payload = b'{"a": 1}'
    assert probe.document == {"a": 1}
    assert probe.document is probe.document
    probe.forget()
    assert probe.payload == b""
    probe.payload = b"{"
    assert probe.document is NO_JSON


def test_a_turn_and_a_probe_are_subjects() -> None:
    subjects: list[Subject] = [Probe(OPEN), turn_of()]
    assert [subject.close_code for subject in subjects] == [None, None]
    assert [list(subject.tags) for subject in subjects] == [[], []]
