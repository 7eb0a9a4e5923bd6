"""The mutators by name, where each is of use, and how many variations there are."""

from __future__ import annotations

import random

import pytest

from wsinspect.replay.fuzz.mutators import MUTATORS, Plan, spread, variations, varied
from wsinspect.replay.fuzz.positions import Range, fields, ranges
from wsinspect.replay.fuzz.values import Octets, Place, Typed, Value, text
from wsinspect.replay.fuzz.variation import Carried, Expected, Variation
from wsinspect.replay.performing import SendMessage

MESSAGE = Carried(1, b'{"id": 7, "name": "ann", "on": true}')


def plan(**more: object) -> Plan:
    return Plan(MESSAGE, fields(MESSAGE, ()), **more)  # type: ignore[arg-type]  # as in the class


def positions_of(name: str, wanted: Plan) -> set[str]:
    return {variation.position for variation in variations(wanted, [name], random.Random(0))}


@pytest.mark.parametrize("name", [name for name in MUTATORS if name != "recorded"])
def test_every_mutator_makes_the_same_each_time(name: str) -> None:
    first, second = (
        [(str(one), one.make(MESSAGE)) for one in variations(plan(), [name], random.Random(3))] for _ in range(2)
    )
    assert first
    assert repr(first) == repr(second)  # NaN is not itself


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("numbers", {"$.id"}),
        ("strings", {"$.name"}),
        ("utf8", {"$.name"}),
        ("types", {"$.id", "$.name", "$.on"}),
        ("injections", {"$.id", "$.name", "$.on"}),
        ("bytes", {""}),
        ("frames", {""}),
        ("recorded", set()),
    ],
)
def test_a_mutator_goes_where_it_is_of_use(name: str, expected: set[str]) -> None:
    assert positions_of(name, plan()) == expected


def test_fields_that_were_asked_for_get_everything() -> None:
    chosen = Plan(MESSAGE, fields(MESSAGE, ("$.on",)), ("$.on",), chosen=True)
    for name in ("numbers", "strings", "utf8", "structure"):
        assert positions_of(name, chosen) == {"$.on"}
    assert positions_of("bytes", chosen) == set()


def test_ranges_of_bytes_get_edges_and_what_fits() -> None:
    carried = Carried(2, b"\x00\x07ann")
    wanted = Plan(carried, ranges(carried, [Range(0, 2)]), chosen=True)
    sent = [one.make(carried)[0] for one in variations(wanted, ["bytes", "numbers"], random.Random(0))]
    payloads = [act.payload for act in sent if isinstance(act, SendMessage)]
    assert b"\xff\xffann" in payloads
    assert b"\x7f\xffann" in payloads
    assert positions_of("structure", wanted) == set()


def test_a_binary_message_of_unknown_format_gets_edges() -> None:
    carried = Carried(2, b"\x00\x07ann")
    wanted = Plan(carried, ranges(carried, [Range(0, None)]))
    assert positions_of("bytes", wanted) == {"@0:", ""}
    assert wanted.positions[0].form is Place.BYTES


def test_recorded_values_are_asked_for() -> None:
    wanted = plan(recorded=lambda position: [Value("as in message 1", Typed(8))] if position.path == "$.id" else [])
    assert [str(one) for one in variations(wanted, ["recorded"], random.Random(0))] == [
        "recorded $.id: as in message 1"
    ]


def test_several_changes_are_one_variation() -> None:
    first, second, _ = fields(MESSAGE, ())
    both = varied("payloads", [(first, text("a")), (second, Value("b", Octets(b"\xff"), b"proof"))])
    assert (both.position, both.label, both.expected, both.proof) == (
        "$.id, $.name", "a, b", Expected.REFUSAL, b"proof",
    )  # fmt: skip
    assert varied("payloads", [(first, text("a")), (second, text("a"))]).label == "a"
    assert varied("utf8", [(first, Value("b", Octets(b"\xff")))], of_text=False).expected is Expected.ANSWER


def test_what_is_percent_encoded_is_no_broken_text() -> None:
    carried = Carried(1, b"id=7&name=ann")
    name = fields(carried, ("name",))[0]
    assert varied("utf8", [(name, Value("b", Octets(b"\xff")))]).expected is Expected.ANSWER


@pytest.mark.parametrize(("most", "expected"), [(None, 10), (20, 10), (10, 10), (3, 3), (1, 1)])
def test_some_are_taken_from_all(most: int | None, expected: int) -> None:
    every = [Variation("m", "", str(number), lambda _: ()) for number in range(10)]
    taken = [int(one.label) for one in spread(every, 10, most)]
    assert len(taken) == expected
    if most == 3:
        assert taken == [3, 6, 9]
