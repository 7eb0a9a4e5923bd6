"""The reader finds what was recorded, in order, by number and by filter, live or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.samples import T0, hot_row, record, session, wide_row
from wsinspect.model import Completeness, Direction, Leg, SessionState, Source, Stage
from wsinspect.query import SqlFilter, Target, parse, to_sql
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS
from wsinspect.store.reader import CaptureReader, Hit, Point
from wsinspect.store.writer import CaptureWriter


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sessions that alternate, 400 messages; session 1 also has pings and fragments of one message at the end."""
    path = tmp_path_factory.mktemp("reader") / "a.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(session(1, state=SessionState.CLOSED, note="first", tags=("x", "ü")))
        writer.insert_session(session(2, state=SessionState.FAILED, status=None))
        for row_id in range(1, 401):
            number = (row_id + 1) // 2
            payload = b'{"n": %d}' % row_id
            writer.put_message(hot_row(row_id, 2 - row_id % 2, payload, number), 100)
        ping = {"id": 401, "session": 1, "seq": 201, "dir": 0, "opcode": 9, "header": b"\x89\2", "size": 2}
        writer.insert_frame(wide_row(FRAME_COLUMNS, time=T0 + 401, payload=b"hi", **ping), 100)  # type: ignore[arg-type]
        values = {"id": 402, "session": 1, "dir": 1, "time": T0 + 402}
        row = wide_row(MESSAGE_COLUMNS, number=201, seq=202, opcode=2, size=6, wire_size=12, frames=2, **values)
        writer.insert_message(row, 100)
        part = {"message": 201, "header": b"\2\3", "size": 3}
        writer.insert_frame(wide_row(FRAME_COLUMNS, seq=202, payload=b"abc", **values, **part), 100)  # type: ignore[arg-type]
        values["id"] = 403
        writer.insert_frame(wide_row(FRAME_COLUMNS, seq=203, chunks=1, **values, **part), 100)  # type: ignore[arg-type]
        writer.insert_chunk(403, 0, 0, b"de")
        writer.insert_chunk(403, 0, 2, b"f")
        sent = {**values, "id": 404, "leg": Leg.CLIENT.value, "stage": Stage.SENT.value, "of_seq": 203}
        writer.insert_frame(wide_row(FRAME_COLUMNS, seq=204, payload=b"!!", **sent, **part), 100)  # type: ignore[arg-type]
        writer.insert("message_sent", (402, b"abc!!"))
        writer.insert("tag", (1, 201, "t"))
        writer.insert("note", (402, "look"))
        writer.insert("view", (402, "p", "e", None, "s", '{"a":1}'))
        for rule in ("r1", "r2", "r1"):
            writer.insert("rule_hit", (402, 1, rule, "replace", None))
        writer.insert("rule_hit", (None, 1, "r3", "header_set", "A"))
        writer.insert("rule_hit", (None, 1, "r3", "error", "no b"))
        writer.insert("rule_hit", (None, 1, "r3", "header_set", "A"))
    return path


@pytest.fixture
def reader(capture: Path) -> Iterator[CaptureReader]:
    with CaptureReader(capture) as opened:
        yield opened


def chosen(text: str, target: Target) -> SqlFilter:
    return to_sql(parse(text), target)


def test_lists_begin_behind_an_id_and_end_at_a_limit_or_with_the_last(reader: CaptureReader) -> None:
    def numbers(**which: int) -> list[int]:
        return [message.id for message in reader.messages(**which)]  # type: ignore[arg-type]

    assert numbers() == [*range(1, 401), 402]
    assert numbers(after_id=398) == [399, 400, 402]
    assert numbers(after_id=10, limit=2) == [11, 12]
    assert numbers(last=2) == [400, 402]
    assert numbers(limit=10, last=2) == [9, 10]
    assert numbers(limit=0) == numbers(last=0) == numbers(limit=3, last=0) == []
    assert numbers(session=2, last=2) == [398, 400]
    assert numbers(session=2, limit=2) == [2, 4]
    assert numbers(session=9) == []
    assert [found.id for found in reader.sessions(last=1)] == [2]
    assert [found.id for found in reader.sessions(after_id=1)] == [2]


def test_frames_of_both_tables_come_in_order_of_arrival(reader: CaptureReader) -> None:
    everything = list(reader.frames(session=1))
    assert [frame.seq for frame in everything] == list(range(1, 205))
    assert len(list(reader.frames())) == 404
    assert [frame.seq for frame in reader.frames(session=2, last=1)] == [200]
    ping, first, second, sent = everything[-4:]
    assert (ping.opcode, ping.message, ping.payload) == (9, None, b"hi")
    assert (first.payload, second.payload, second.leg) == (b"abc", b"def", Leg.SERVER)
    assert (sent.stage, sent.of, sent.leg) == (Stage.SENT, 203, Leg.CLIENT)


def test_single_records_are_found_by_number(reader: CaptureReader) -> None:
    message, frame, found = reader.message(2, 7), reader.frame(2, 7), reader.session(1)
    assert message is not None
    assert frame is not None
    assert found is not None
    assert (message.id, message.payload, message.frames) == (14, b'{"n": 14}', (7,))
    assert (frame.payload, frame.message, frame.direction) == (message.payload, 7, Direction.S2C)
    assert (found.note, found.tags) == ("first", ("x", "ü"))
    assert [frame and frame.seq for frame in (reader.frame(1, 201), reader.frame(1, 204), reader.frame(1, 205))] == [
        201,
        204,
        None,
    ]
    assert reader.message(1, 999) is None
    assert reader.session(9) is None


def test_a_message_has_all_that_belongs_to_it(reader: CaptureReader) -> None:
    message = reader.message(1, 201)
    assert message is not None
    assert (message.payload, message.frames, message.sent) == (b"abcdef", (202, 203), b"abc!!")
    assert (message.rules, message.tags, message.note, message.protocol) == (("r1", "r2"), ("t",), "look", "p")
    assert message.decoded == '{"event": "e", "summary": "s", "fields": {"a": 1}}'
    assert (message.truncated, message.source) == (0, Source.PEER)
    assert [frame.payload for frame in reader.frames_of(1, 201)] == [b"abc", b"def"]
    assert list(reader.frames_of(1, 999)) == []


def test_payloads_are_loaded_as_far_as_wanted(reader: CaptureReader) -> None:
    assert [message.payload for message in reader.messages(last=2, payload_limit=4)] == [b'{"n"', b"abcd"]
    assert [message.payload for message in reader.messages(last=2, payload_limit=0)] == [b"", b""]
    assert [frame.payload for frame in reader.frames(last=3, payload_limit=2)] == [b"ab", b"de", b"!!"]
    assert [frame.payload for frame in reader.frames(last=3, payload_limit=0)] == [b"", b"", b""]
    message = reader.message(1, 201, payload_limit=4)
    assert message is not None
    assert (message.payload, message.size, message.truncated) == (b"abcd", 6, 0)


def test_large_payloads_come_in_pieces(reader: CaptureReader) -> None:
    assert list(reader.payload_chunks(1, 201)) == [b"abc", b"de", b"f"]
    assert list(reader.payload_chunks(1, 999)) == []
    assert list(reader.frame_payload_chunks(1, 203)) == [b"de", b"f"]
    assert list(reader.frame_payload_chunks(1, 1)) == [b'{"n": 1}']
    assert list(reader.frame_payload_chunks(1, 999)) == []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("number > 199 and session == 1", [399, 402]),
        ('"n\\": 37}"', [37]),
        ("cdef", [402]),
        ("json.$.n == 40", [40]),
        ("tags == t or number == 1", [1, 2, 402]),
        ("session.note == first and size == 8", [1, 3, 5, 7, 9]),
        # Not for SQL to tell.
        ("session.request.http_version == x or number == 2", [3, 4]),
        ("(has(session.request.http_version) or gap > 0ms) and number in (1, 2, 3)", [5, 6]),
        ("(has(session.request.http_version) or gap > 1s) and number < 9", []),
        ("has(session.request.http_version)", []),
    ],
)
def test_filters_choose_messages(reader: CaptureReader, text: str, ids: list[int]) -> None:
    found = list(reader.messages(chosen(text, Target.MESSAGE), payload_limit=3))
    assert [message.id for message in found] == ids
    assert all(len(message.payload) <= 3 for message in found)


@pytest.mark.parametrize(
    ("text", "seqs"),
    [
        ("opcode == ping", [201]),
        ("def", [203]),
        ("seq > 203 or (has(session.request.http_version) and seq == 1)", [204]),
        ("stage == sent and leg == client", [204]),
    ],
)
def test_filters_choose_frames(reader: CaptureReader, text: str, seqs: list[int]) -> None:
    assert [frame.seq for frame in reader.frames(chosen(text, Target.FRAME), payload_limit=1)] == seqs


@pytest.mark.parametrize(
    ("text", "ids"), [("state == failed", [2]), ("tags == x", [1]), ("has(request.http_version) or id == 2", [2])]
)
def test_filters_choose_sessions(reader: CaptureReader, text: str, ids: list[int]) -> None:
    assert [found.id for found in reader.sessions(chosen(text, Target.SESSION))] == ids


def test_what_changes_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    record(path, 5)
    with CaptureReader(path) as reader:
        first = reader.changes(Point(), limit=3)
        assert ([found.id for found in first.sessions], [message.id for message in first.messages]) == ([1], [1, 2, 3])
        second = reader.changes(first.point, limit=3)
        assert ([found.id for found in second.sessions], [message.id for message in second.messages]) == ([], [4, 5])
        third = reader.changes(second.point)
        assert (third.sessions, third.messages, third.point) == ([], [], second.point)
    with CaptureWriter(path, append=True) as writer:
        writer.update_message(2, truncated=4)
        writer.update_session(1, status=7)
        writer.insert_session(session(2))
        arriving = Completeness.ARRIVING.value
        row = wide_row(
            MESSAGE_COLUMNS, id=6, session=2, number=1, seq=1, dir=0, opcode=1, time=1, size=0, completeness=arriving
        )
        writer.insert_message(row, 100)
        writer.put_message(hot_row(7, session=2), 100)
        writer.update_message(7, truncated=1)
    with CaptureReader(path) as reader:
        changes = reader.changes(third.point)
        assert [found.id for found in changes.sessions] == [1, 2]
        assert [(message.id, message.truncated) for message in changes.messages] == [(2, 4), (6, 0), (7, 1)]
        only = reader.changes(third.point, chosen("truncated == 4", Target.MESSAGE), payload_limit=1)
        assert [(message.id, message.payload) for message in only.messages] == [(2, b"a")]
        assert reader.changes(changes.point).messages == []


def test_following_a_live_capture_sees_messages_become_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        row = wide_row(
            MESSAGE_COLUMNS, id=1, session=1, number=1, seq=1, dir=0, opcode=1, time=1, size=0, completeness=1
        )
        writer.insert_message(row, 100)
        while writer.backlog:
            writer._backlog._wake.put(None)
        with CaptureReader(path) as reader:
            first = reader.changes(Point())
            assert [message.completeness for message in first.messages] == [Completeness.ARRIVING]
            writer.update_message(1, completeness=None, size=3)
            while writer.backlog:
                writer._backlog._wake.put(None)
            second = reader.changes(first.point)
            assert [message.completeness for message in second.messages] == [Completeness.COMPLETE]


def test_what_rules_did_is_told_in_order_the_same_together(reader: CaptureReader) -> None:
    assert reader.hits(1, 201) == [Hit("r1", "replace", None, 2), Hit("r2", "replace", None, 1)]
    assert reader.hits(1) == [Hit("r3", "header_set", "A", 2), Hit("r3", "error", "no b", 1)]
    assert reader.hits(1, limit=1) == [Hit("r3", "header_set", "A", 2)]
    assert reader.hits(1, 1) == reader.hits(1, 999) == reader.hits(9) == []


def test_any_part_of_a_payload_is_read_by_itself(reader: CaptureReader) -> None:
    whole = reader.payload_extent(1, 201)
    sent = reader.sent_extent(1, 201)

    assert whole.size == 6
    assert reader.payload_slice(whole, 2, 5) == b"cde"
    assert sent is not None
    assert reader.payload_slice(sent, 3, 9) == b"!!"
    assert reader.sent_extent(1, 1) is None
    assert reader.sent_extent(1, 999) is None
    assert reader.payload_extent(1, 999).size == 0
    assert reader.payload_slice(reader.frame_payload_extent(1, 203), 0, 9) == b"def"
    assert reader.frame_payload_extent(1, 9999).size == 0


def test_frames_sent_instead_are_found_by_their_message(reader: CaptureReader) -> None:
    assert [frame.seq for frame in reader.sent_frames(1, 201, limit=9)] == [204]
    assert reader.sent_frames(1, 201, limit=0) == []
    assert reader.sent_frames(1, 999, limit=9) == []


def test_control_frames_are_found_alone_or_from_one_to_another(reader: CaptureReader) -> None:
    assert [frame.payload for frame in reader.control_frames(1, 201, 201, limit=9)] == [b"hi"]
    assert [frame.seq for frame in reader.control_frames(1, 1, 204, limit=9)] == [201]
    assert reader.control_frames(1, 202, 202, limit=9) == []
