"""Two recordings are compared as a whole: what matters is found, what does not is told apart, nothing raises."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.replay.recordings import Line, recorded
from wsinspect.model import Close, Direction, Session, SessionState
from wsinspect.replay.comparing.compare import compare
from wsinspect.replay.comparing.comparison import CompareOptions, Fate, FieldChange, Shift, Stream, Tolerance, What
from wsinspect.replay.comparing.judging import IN_STREAM, SPELLING
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.recording import Recording
from wsinspect.replay.shape import Shape

MS = 1_000_000
SHOP = (
    '> {"id":1,"method":"login","params":{"user":"ann"}}',
    '< {"id":1,"result":{"token":"ZwTG_Ds_KAGeoFHokPbL2BlP","seq":2600476}}',
    '> {"id":2,"method":"price","token":"ZwTG_Ds_KAGeoFHokPbL2BlP","seen":2600476}',
    '< {"id":2,"result":{"price":24.5}}',
)
AGAIN = tuple(
    line.replace("ZwTG_Ds_KAGeoFHokPbL2BlP", "hmM3uwh9MaW36eTb4nTZfgec").replace("2600476", "991920") for line in SHOP
)


def changed(path: str, old: Scalar, new: Scalar) -> FieldChange:
    return FieldChange(path, What.CHANGED, old, new)


def fates(
    old: Recording, new: Recording, options: CompareOptions | None = None
) -> list[tuple[str, int | None, int | None]]:
    return [
        (entry.fate.value, entry.old.number if entry.old else None, entry.new.number if entry.new else None)
        for entry in compare(old, new, options).entries
    ]


def test_a_run_with_other_tokens_is_the_same() -> None:
    found = compare(recorded(*SHOP), recorded(*AGAIN))
    assert not found.differs
    assert {one.path for one in found.ignored} == {"$.token", "$.result.token", "$.result.seq", "$.seen"}


def test_without_learning_they_are_differences() -> None:
    found = compare(recorded(*SHOP), recorded(*AGAIN), CompareOptions(learn=False))
    assert [entry.fate.value for entry in found.entries] == ["same", "changed", "changed", "same"]
    assert found.ignored == ()


def test_what_is_known_of_volatile_values_may_be_given() -> None:
    class Everything:
        def is_volatile(self, shape: Shape, path: str, old: Scalar, new: Scalar) -> str | None:
            return "whatever"

    found = compare(recorded('< {"a":1}'), recorded('< {"a":2}'), CompareOptions(volatile=Everything()))
    assert [one.reason for one in found.ignored] == ["whatever"]


def test_a_price_that_changed_is_a_difference() -> None:
    new = recorded(*AGAIN[:3], '< {"id":2,"result":{"price":26.0,"currency":"EUR"}}')
    entry = compare(recorded(*SHOP), new).entries[3]
    assert entry.changes == (
        changed("$.result.price", 24.5, 26.0),
        FieldChange("$.result.currency", What.ADDED, None, "EUR"),
    )


def test_a_reply_without_a_name_is_called_by_what_it_answers() -> None:
    new = recorded(*SHOP[:3], '< {"event":"x"}')
    assert [entry.kind for entry in compare(recorded(*SHOP), new).entries] == [
        "login",
        "reply to login",
        "price",
        "reply to price",
        "x",
    ]


def test_entries_are_in_the_order_of_the_old_recording() -> None:
    old = recorded('> {"t":"a"}', '> {"t":"b"}', '> {"t":"c"}')
    new = recorded('> {"t":"x"}', '> {"t":"a"}', '> {"t":"y"}', '> {"t":"c"}', '> {"t":"z"}')
    assert fates(old, new) == [
        ("extra", None, 1),
        ("same", 1, 2),
        ("missing", 2, None),
        ("extra", None, 3),
        ("same", 3, 4),
        ("extra", None, 5),
    ]


def test_a_moved_message_does_not_draw_what_is_extra_after_it() -> None:
    old = recorded('> {"t":"a"}', '> {"t":"b"}', '> {"t":"c"}', '> {"t":"d"}')
    new = recorded('> {"t":"d"}', '> {"t":"x"}', '> {"t":"a"}', '> {"t":"b"}', '> {"t":"c"}')
    found = compare(old, new)
    assert [entry.kind for entry in found.entries] == ["x", "a", "b", "c", "d"]
    assert found.counts.moved == 1


def test_a_stream_of_another_length_is_one_remark() -> None:
    tick = '< {{"type":"tick","price":{}}}'.format
    old, new = (recorded(*[tick(start + number) for number in range(count)]) for start, count in ((100, 40), (500, 25)))
    found = compare(old, new)
    assert not found.differs
    assert found.streams == (Stream("tick", Direction.S2C, 40, 25),)
    assert [one.reason for one in found.ignored] == [IN_STREAM]
    assert found.counts.streamed == 15
    strict = compare(old, new, CompareOptions(learn=False))
    assert (strict.streams, strict.counts.missing, strict.counts.changed) == ((), 15, 25)
    assert compare(old, old).streams == ()


def test_a_value_with_another_name_everywhere_is_one_remark() -> None:
    lines = ['> {"room":"lobby one","n":1}', '< {"to":"lobby one","x":[1]}', '> {"say":1,"in":{"room":"lobby one"}}']
    found = compare(recorded(*lines), recorded(*(line.replace("lobby one", "hall two") for line in lines)))
    assert [(one.old, one.new, one.count) for one in found.renames] == [("lobby one", "hall two", 3)]
    assert [(entry.fate, entry.renamed) for entry in found.entries] == [(Fate.SAME, 1)] * 3
    assert found.differs
    price = [*lines, '> {"price":1}']
    other = [line.replace("lobby one", "hall two").replace("price", "cost") for line in price]
    assert compare(recorded(*price), recorded(*other)).counts.changed == 1


def test_what_is_written_in_another_way_is_the_same() -> None:
    found = compare(recorded('> {"a":1,"b":2}'), recorded('> {"b":2, "a":1}'))
    assert not found.differs
    assert [one.reason for one in found.ignored] == [SPELLING]


def test_texts_differ_as_a_whole_but_for_what_is_volatile() -> None:
    found = compare(recorded("> order 12 of ann"), recorded("> order 13 of ann"))
    assert [(entry.content, entry.changes) for entry in found.entries] == [(True, ())]
    uuids = "36b8f84d-df4e-4d49-b662-bcde71a8764f", "0f1d3b4c-9d1e-4c58-a14f-4d6a1b8e2f30"
    old, new = (recorded(f"> order {uuid} of ann") for uuid in uuids)
    assert not compare(old, new).differs


def test_late_replies_are_told_of() -> None:
    old, new = (recorded('> {"t":"a"}', f'+{ms}ms < {{"t":"b"}}') for ms in (100, 900))
    found = compare(old, new)
    assert found.entries[1].shift == Shift(100 * MS, 900 * MS)
    assert not found.differs
    assert compare(old, new, CompareOptions(timing=True)).differs
    assert not compare(old, new, CompareOptions(timing=True, tolerance=Tolerance(9.0))).differs


def test_one_direction_is_compared_alone() -> None:
    old, new = recorded("> a", "< b"), recorded("> a", "< c d")
    assert fates(old, new, CompareOptions(direction=Direction.C2S)) == [("same", 1, 1)]


def test_control_frames_are_compared_where_that_is_asked_for() -> None:
    old, new = recorded("> a", ">> ping 1", "<< pong 1", ">> close 1000"), recorded("> a", ">> ping 2", ">> close 1000")
    assert fates(old, new) == [("same", 1, 1)]
    found = compare(old, new, CompareOptions(control=True))
    assert [entry.fate for entry in found.entries] == [Fate.SAME, Fate.CHANGED, Fate.MISSING]


def test_the_handshake_is_compared_unless_it_is_ignored() -> None:
    old, new = recorded("> a", response=[("Server", "a")]), recorded("> a", response=[("Server", "b")])
    assert compare(old, new).head == (changed("$.handshake.response.server", "a", "b"),)
    assert compare(old, new, CompareOptions(head=False)).head == ()
    ignoring = compare(old, new, CompareOptions(ignore=("server",)))
    assert (ignoring.head, [one.path for one in ignoring.ignored]) == ((), ["$.handshake.response.server"])


def test_the_close_is_compared_unless_it_is_ours() -> None:
    def closed(recording: Recording, code: int) -> Recording:
        close = Close("client", code, None, clean=True)
        return replace(recording, session=replace(recording.session, state=SessionState.CLOSED, close=close))

    old, new = closed(recorded("> a", response=[("Server", "a")]), 1000), closed(recorded("> a"), 1001)
    assert [change.path for change in compare(old, new).head] == ["$.handshake.response.server", "$.close.code"]
    ours = compare(old, new, CompareOptions(close=False))
    assert [change.path for change in ours.head] == ["$.handshake.response.server"]


def test_what_is_not_on_record_is_told_of() -> None:
    recording = replace(recorded('> {"a":1}', '> {"b":1}'), problems=("Some is gone.", "All is gone."))
    cut = replace(recording.events[0], payload=b'{"a"', complete=False)
    other = replace(recording, events=(cut, recording.events[1]), problems=("Some is gone.", "More is gone."))
    found = compare(recording, other)
    assert not found.differs
    assert found.entries[0].cut
    assert found.remarks == (
        "Both: Some is gone.",
        "Old: All is gone.",
        "New: More is gone.",
        "Of 1 messages only a part is on record; that part is compared.",
    )


def test_what_is_aligned_roughly_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.comparing.lanes._CELLS", 0)
    monkeypatch.setattr("wsinspect.replay.comparing.lanes._EDITS", 0)
    lines = ['> {"type":"a"}', '> {"type":"b"}'] * 3
    [remark] = compare(recorded(*lines), recorded(*lines[::-1])).remarks
    assert "counting" in remark


def test_too_many_kinds_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.comparing.kinds._MOST_COMPARED", 0)
    [remark] = compare(recorded('> {"c":1}'), recorded('> {"d":1}')).remarks
    assert "too many kinds" in remark


WORDS = ("type", "id", "result", "a", "token")
VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["tick", "x" * 20, 10**30])
DOCUMENTS = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner), max_leaves=6
)
PAYLOADS: st.SearchStrategy[bytes] = DOCUMENTS.map(lambda document: repr(document).replace("'", '"').encode()) | (
    st.binary(max_size=20) | st.sampled_from([b"[" * 3000, b'{"a":' * 400, b"", b"\xff", b"42[", b'{"a":1,"a":2}'])
)
BINARY = st.tuples(st.sampled_from([">", "<"]), PAYLOADS)
TEXT = BINARY.map(lambda line: f"{line[0]} {line[1].decode(errors='surrogateescape')}")
LINES: st.SearchStrategy[list[Line]] = st.lists(BINARY | TEXT, max_size=10)


@given(LINES)
def test_a_recording_does_not_differ_from_itself(lines: list[Line]) -> None:
    recording = recorded(*lines)
    found = compare(recording, recording, CompareOptions(control=True, timing=True))
    assert not found.differs
    assert found.counts.same == len(lines)


@given(LINES, LINES)
def test_what_is_missing_one_way_is_extra_the_other(one: list[Line], other: list[Line]) -> None:
    there, back = compare(recorded(*one), recorded(*other)), compare(recorded(*other), recorded(*one))
    turned = {"missing": "extra", "extra": "missing"}
    counts = Counter(entry.fate.value for entry in there.entries)
    assert counts == Counter(turned.get(entry.fate.value, entry.fate.value) for entry in back.entries)
    assert there.counts.moved == back.counts.moved


def test_sessions_may_be_of_any_kind() -> None:
    session: Session = replace(recorded().session, path="//[", request=None)
    empty = replace(recorded(), session=session)
    assert not compare(empty, empty).differs


BEATS = ("< 2", "> 3", '> {"type":"ping"}', '< {"type":"pong"}')


def test_how_many_heartbeats_there_were_is_no_difference() -> None:
    found = compare(recorded("> hello", *BEATS, "< you"), recorded("> hello", *BEATS * 3, "< you"))
    assert not found.differs
    assert found.streams == (Stream("heartbeat", Direction.C2S, 2, 6), Stream("heartbeat", Direction.S2C, 2, 6))
    assert compare(recorded(*BEATS), recorded(*BEATS)).counts.same == 4
    one_way = compare(recorded(*BEATS), recorded(*BEATS * 2), CompareOptions(direction=Direction.C2S))
    assert one_way.streams == (Stream("heartbeat", Direction.C2S, 2, 4),)


def test_heartbeats_may_be_compared_like_all_else() -> None:
    found = compare(recorded("> hello", *BEATS), recorded("> hello", *BEATS[:2]), CompareOptions(learn=False))
    assert [entry.fate for entry in found.differences()] == [Fate.MISSING, Fate.MISSING]
