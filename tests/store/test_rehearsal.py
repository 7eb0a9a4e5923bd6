"""What rules play is looked at when they are loaded, and read when it is played."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.recording import REFUSED, write_capture
from wsinspect.errors import RuleError
from wsinspect.model import Direction, Leg
from wsinspect.replay.binding.corrections import Rebind
from wsinspect.rules.ruling import Replay
from wsinspect.store.rehearsal import read_part, rebindings, rehearse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_capture(tmp_path / "x.wsi")
    return tmp_path


def wanted(folder: Path, session: int = 1, file: str = "x.wsi", **more: Any) -> Replay:
    return Replay("r", folder.as_posix(), file, session, **more)


def test_what_there_is_to_play(folder: Path) -> None:
    assert rehearse(wanted(folder)) == "2 messages of session 1"
    assert rehearse(wanted(folder, direction=Direction.C2S)) == "3 messages of session 1"
    assert rehearse(wanted(folder, first=2)) == "messages 2 to the last of session 1"
    assert rehearse(wanted(folder, last=4)) == "messages 1 to 4 of session 1"


@pytest.mark.parametrize(
    ("session", "more", "why"),
    [
        (99, {}, r"x.wsi: there is no session 99 \(it has 1"),
        (REFUSED.id, {}, r"x.wsi: session \d was refused with status \d+: it has no messages"),
        (1, {"first": 77}, "x.wsi: session 1 has no message 77"),
        (1, {"last": 78}, "x.wsi: session 1 has no message 78"),
        (1, {"file": "no.wsi"}, "no.wsi: "),
        (1, {"file": "../x.wsi"}, "outside of the rule file's folder"),
        (1, {"rebind": ("a",)}, "there is no '=' in it"),
        (1, {"rebind": ("a={{ nothing( }}",)}, "rebind a: "),
    ],
)
def test_what_cannot_be_played(folder: Path, session: int, more: dict[str, Any], why: str) -> None:
    with pytest.raises(RuleError, match=why) as caught:
        rehearse(wanted(folder, session, **more))
    if "../" not in str(more):
        assert re.search(r"\n", str(caught.value)) is None, "one line behind the rule's place"


def test_it_is_read_from_the_connection_that_it_went_over(folder: Path) -> None:
    part = read_part(wanted(folder, first=2, last=4))
    assert part.leg is Leg.CLIENT
    assert [event.number for event in part.messages()] == [2, 3, 4]
    assert read_part(wanted(folder, direction=Direction.C2S)).leg is Leg.SERVER


def test_values_to_be_written_anew(folder: Path) -> None:
    assert rebindings(wanted(folder, rebind=("a=b",))) == [Rebind("a", "b")]
