"""The script that makes a large capture: what it says is in there is in there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.big_capture import NEEDLE, SLOWEST_NS, Contents, write_big_capture
from wsinspect.errors import StoreError
from wsinspect.model import Frame, Message, SessionState
from wsinspect.store.reader import CaptureReader

MESSAGES = 8000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Contents]:
    """A capture, and what is said to be in it."""
    path = tmp_path_factory.mktemp("big") / "big.wsi"
    return path, write_big_capture(path, MESSAGES)


@pytest.fixture(scope="module")
def messages(made: tuple[Path, Contents]) -> list[Message]:
    """All its messages."""
    with CaptureReader(made[0]) as reader:
        return list(reader.messages())


@pytest.fixture(scope="module")
def frames(made: tuple[Path, Contents]) -> list[Frame]:
    """All its frames."""
    with CaptureReader(made[0]) as reader:
        return list(reader.frames())


def test_it_holds_what_it_is_said_to_hold(made: tuple[Path, Contents], messages: list[Message]) -> None:
    contents = made[1]
    assert contents.messages == len(messages) == MESSAGES
    assert contents.largest == sum(message.session == 1 for message in messages) > 0.8 * MESSAGES
    assert contents.needles == sum(NEEDLE.encode() in message.payload for message in messages) > 200


def test_the_slowest_reply_is_the_slowest_by_far(made: tuple[Path, Contents], messages: list[Message]) -> None:
    asked: dict[int, int] = {}
    took: dict[int, int] = {}
    for message in messages:
        if message.session != 1:
            continue
        request = json.loads(message.payload).get("id")
        if message.direction.label == "c2s":
            asked[request] = message.time
        elif request is not None:
            took[message.number] = message.time - asked[request]
    slowest, *others = sorted(took, key=took.__getitem__, reverse=True)
    assert slowest == made[1].slowest
    assert took[slowest] == pytest.approx(SLOWEST_NS, rel=0.01)
    assert took[others[0]] < SLOWEST_NS / 3
    assert len(asked) > len(took) > 0.2 * MESSAGES


def test_there_is_one_of_everything(frames: list[Frame], messages: list[Message], made: tuple[Path, Contents]) -> None:
    assert {frame.opcode for frame in frames} == {0, 1, 2, 8, 9, 10}
    assert {message.opcode for message in messages} == {1, 2}
    assert any(message.compressed and len(message.frames) > 1 for message in messages)
    assert any(not message.compressed and len(message.frames) > 1 for message in messages)
    with CaptureReader(made[0]) as reader:
        states = {session.state for session in reader.sessions()}
    assert states == {SessionState.CLOSED, SessionState.REFUSED, SessionState.FAILED}


def test_records_agree_with_each_other(
    frames: list[Frame], messages: list[Message], made: tuple[Path, Contents]
) -> None:
    assert [message.time for message in messages] == sorted(message.time for message in messages)
    assert all(json.loads(message.payload) for message in messages if message.opcode == 1)
    with CaptureReader(made[0]) as reader:
        for session in reader.sessions():
            mine = [frame for frame in frames if frame.session == session.id]
            assert [frame.seq for frame in mine] == list(range(1, len(mine) + 1))
            assert (session.frames.c2s, session.frames.s2c) == tuple(
                sum(frame.direction == side for frame in mine) for side in (0, 1)
            )
            assert sum(frame.wire_size for frame in mine) == session.bytes.c2s + session.bytes.s2c
            assert sum(one.session == session.id for one in messages) == session.messages.c2s + session.messages.s2c


def test_a_seed_makes_the_same_records_again(tmp_path: Path) -> None:
    def written(name: str, seed: int) -> list[Message]:
        write_big_capture(tmp_path / name, 500, seed)
        with CaptureReader(tmp_path / name) as reader:
            return list(reader.messages())

    first = written("a.wsi", 7)
    assert written("b.wsi", 7) == first
    assert written("c.wsi", 8) != first


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept.wsi").write_text("mine")
    with pytest.raises(StoreError):
        write_big_capture(tmp_path / "kept.wsi", 100)
    assert (tmp_path / "kept.wsi").read_text() == "mine"
