"""What `fuzz` is to send follows from its options."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest

from tests.replay.recordings import recorded
from wsinspect.cli.fuzz_plan import Planned, Wanted, message_of, planned
from wsinspect.errors import StoreError, WsinspectError
from wsinspect.replay.fuzz.payload_lists import Mode
from wsinspect.replay.performing import SendMessage

TALK = recorded(
    '> {"type":"login"}',
    '< {"type":"welcome"}',
    '> {"id": 7, "name": "ann"}',
    "> hello",
    ("> ", b"\x00\x01\x02\x03"),
)


def plan(wanted: Wanted, number: int = 3) -> Planned:
    return planned(TALK, message_of(TALK, number), wanted)


def payloads(found: Planned) -> list[bytes]:
    acts = [variation.make(found.carried)[0] for variation in found.make()]
    return [act.payload for act in acts if isinstance(act, SendMessage)]


def lists(folder: Path, *texts: str) -> tuple[str, ...]:
    for number, text in enumerate(texts):
        (folder / f"{number}").write_text(text)
    return tuple(str(folder / f"{number}") for number in range(len(texts)))


def test_by_default_there_is_everything_and_it_is_counted() -> None:
    found = plan(Wanted())
    names = {variation.mutator for variation in found.make()}
    assert names == {"numbers", "strings", "types", "injections", "utf8", "structure", "bytes", "frames"}
    assert found.total == len(list(found.make()))
    assert not found.by_bytes


def test_the_same_is_planned_each_time() -> None:
    found = plan(Wanted(mutators=("bytes",), seed=5))
    assert payloads(found) == payloads(found) == payloads(plan(Wanted(mutators=("bytes",), seed=5)))
    assert payloads(found) != payloads(plan(Wanted(mutators=("bytes",), seed=6)))


def test_no_more_than_wanted_from_all() -> None:
    found = plan(Wanted(most=30))
    assert found.total == len(list(found.make())) == 30
    assert len({variation.mutator for variation in found.make()}) > 5
    assert plan(Wanted(mutators=("frames",), most=10_000)).total < 10_000


def test_with_a_field_the_frames_stay_as_they_are() -> None:
    assert {variation.position for variation in plan(Wanted(fields=("$.id",))).make()} == {"$.id"}


def test_fields_and_ranges_keep_their_order(tmp_path: Path) -> None:
    wanted = Wanted(fields=("name", "id"), lists=lists(tmp_path, "x\n", "1\n"), mode=Mode.PITCHFORK)
    assert payloads(plan(wanted)) == [b'{"id": 1, "name": "x"}']
    found = plan(Wanted(ranges=("7:8",), lists=lists(tmp_path, "9\n")))
    assert payloads(found) == [b'{"id": 9, "name": "ann"}']
    assert found.by_bytes


def test_a_template_takes_the_place_of_the_message(tmp_path: Path) -> None:
    found = plan(Wanted(template='{"id": §1§}', lists=lists(tmp_path, "2\n")))
    assert payloads(found) == [b'{"id": 2}']
    assert found.by_bytes


def test_a_message_without_fields_is_one_value(tmp_path: Path) -> None:
    assert payloads(plan(Wanted(lists=lists(tmp_path, "bye\n")), 4)) == [b"bye"]
    assert b"\xff\xff\xff\xff" in payloads(plan(Wanted(mutators=("bytes",)), 5))


def test_a_list_can_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"bo\n")))
    assert payloads(plan(Wanted(fields=("name",), lists=("-",)))) == [b'{"id": 7, "name": "bo"}']


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(fields=("nobody",)), r"no field .* 'nobody'; it has \$\.id, \$\.name"),
        (Wanted(ranges=("x",)), "--range: write 4:8"),
        (Wanted(ranges=("0:2", "0:9999")), "--range 0:9999: the message has "),
        (Wanted(ranges=("9999:",)), "--range 9999:: the message has "),
        (Wanted(template="a"), "--template: nothing in it is marked"),
        (Wanted(template="§a§", fields=("id",)), "choose it, or --field"),
        (Wanted(lists=("/dev/null",)), "no payload in the lists"),
        (Wanted(lists=("/dev/null",), mode=Mode.PITCHFORK), "a list for each position"),
        (Wanted(mutators=("recorded",)), r"recorded have nothing for this text message, whose fields are \$\.id"),
    ],
)
def test_what_leaves_nothing_to_send_is_wrong_usage(wanted: Wanted, why: str) -> None:
    with pytest.raises(click.UsageError, match=why):
        plan(wanted)


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WsinspectError, match="cannot read the payloads"):
        plan(Wanted(lists=(str(tmp_path / "none"),)))


def test_a_message_that_is_not_wholly_on_record_cannot_be_varied() -> None:
    events = [replace(event, complete=event.number != 3) for event in TALK.events]
    with pytest.raises(StoreError, match="message 3 is not wholly on record"):
        message_of(replace(TALK, events=tuple(events)), 3)
