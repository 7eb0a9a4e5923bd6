"""What a dry run found is counted for each rule, and no more is kept of it than was asked for."""

from __future__ import annotations

import pytest

from wsinspect.model import Direction, SessionId
from wsinspect.rules.findings import Findings, Spot
from wsinspect.rules.load import load
from wsinspect.rules.ruling import AddTag, Effect, Failed, Hit
from wsinspect.rules.state import RuleState

RULES = """
version: 1
rules:
  - {id: one, do: [{replace: {text: a, with: b}}, drop]}
  - {id: two, on: {timer: 1s}, enabled: false, do: [expect: {that: size > 1}]}
"""
SPOT = Spot("message", SessionId(3), 5, 17, direction=Direction.C2S)


def findings(most: int = 2) -> Findings:
    return Findings(load("r.yaml", lambda _: RULES), most)


@pytest.mark.parametrize(
    ("spot", "text"),
    [(SPOT, "3.17"), (Spot("ping", SessionId(3), 5, frame=4), "3.f4"), (Spot("open", SessionId(3), 5), "3")],
)
def test_a_spot_is_named_as_records_are(spot: Spot, text: str) -> None:
    assert str(spot) == text


def test_rules_are_told_as_they_are_in_the_files() -> None:
    one, two = findings().tallies.values()
    assert (one.id, one.place, one.event, one.enabled, one.expects) == ("one", "r.yaml:4:5", "message", True, False)
    assert (two.id, two.event, two.enabled, two.expects) == ("two", "timer", False, True)


@pytest.mark.parametrize(
    ("action", "column"),
    [
        ("drop", "dropped"), ("hold", "held"), ("delay", "delayed"), ("throttle", "delayed"), ("reorder", "delayed"),
        ("send", "sent"), ("reply", "sent"), ("ping", "sent"), ("pong", "sent"), ("broadcast", "sent"),
        ("raw_frame", "sent"), ("duplicate", "sent"), ("close", "ended"), ("abort", "ended"), ("blackhole", "ended"),
        ("half_close", "ended"), ("reject", "ended"),
    ],
)  # fmt: skip
def test_an_action_is_counted_once_an_event(action: str, column: str) -> None:
    found = findings()
    found.add(SPOT, [Hit("one", action), Hit("one", action)], [], [])
    assert getattr(found.tallies["one"], column) == 1
    found.add(SPOT, [Hit("one", "tag")], [], [])
    assert getattr(found.tallies["one"], column) == 1


def test_what_the_rules_counted_themselves_is_taken_over() -> None:
    found = findings()
    found.ask(["one"])
    found.ask(["one"])
    for actions in (["drop"], ["replace", "close"]):
        found.add(SPOT, [Hit("one", action) for action in actions], [], [])
    found.finish(
        [
            RuleState("two", "", enabled=True, event="timer", hits=9),
            RuleState("one", "", enabled=True, event="message", hits=7, changed=5, errors=2),
        ]
    )
    one, two = found.tallies.values()
    assert (one.asked, one.matched, one.changed, one.dropped, one.errors) == (2, 7, 3, 1, 2)
    assert (two.asked, two.matched, two.changed) == (9, 9, 0)


def test_examples_are_kept_as_long_as_a_rule_has_too_few() -> None:
    found = findings()
    found.add(SPOT, [], [], [], before=b"a", after=b"a")
    found.add(SPOT, [Hit("two", "expect", "holds")], [], [])
    for _ in range(3):
        found.add(SPOT, [Hit("one", "replace")], [], [], before=b"a", after=b"b")
    found.add(SPOT, [Hit("one", "replace"), Hit("two", "tag")], [], [], of_text=False, before=b"a", after=b"a")
    assert [example.after for example in found.examples] == [b"b", b"b", None]
    assert [example.before for example in found.examples] == [b"a", b"a", None]
    assert [example.of_text for example in found.examples] == [True, True, False]
    assert found.examples[-1].hits == (Hit("one", "replace"), Hit("two", "tag"))


def test_of_a_large_payload_the_beginning_is_kept() -> None:
    found = findings()
    found.add(SPOT, [Hit("one", "replace")], [], [], before=b"a" * (1 << 20), after=b"b")
    assert found.examples[0].before == b"a" * (256 << 10)


def test_failures_are_counted_and_so_many_kept() -> None:
    found = findings()
    for number in range(5):
        effects: list[Effect] = [AddTag("two", "x"), Failed("two", f"failure {number}")]
        found.add(SPOT, [], [Hit("one", "json_set", "no JSON"), Hit("one", "match")], effects)
    assert found.tallies["two"].failures == 5
    assert [complaint.text for complaint in found.failures] == ["failure 0", "failure 1"]
    assert [(complaint.rule, complaint.text) for complaint in found.errors] == [("one", "no JSON"), ("one", "match")]
