"""A listing shows what was chosen, place by place, while the capture grows, as a plain sorted list of it would."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.growing import Change, Growing, new_frame, new_message, new_session
from tests.store.samples import record
from wsinspect.errors import StoreError
from wsinspect.model import Completeness, SessionId, Verdict
from wsinspect.query import Expr, SqlFilter, Target, parse, to_sql
from wsinspect.store import message_listing, ranked_table, ranks
from wsinspect.store.batch import Insert, Update
from wsinspect.store.message_listing import Choice, Entry, Kind, MessageListing, Order
from wsinspect.store.reader import CaptureReader

MESSAGES = (None, "needle", "size > 4", "dir == c2s", "frames == 2 or size > 6", "session.url ~ chat and frames == 1")
FRAMES = (None, "opcode == ping", "size > 0", "session.listener == x or opcode == pong", "leg == client")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches and blocks of a few rows."""
    shrink(monkeypatch)


def shrink(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_listing, "_FIRST_ROWS", 1)
    monkeypatch.setattr(message_listing, "_MOST_ROWS", 4)
    for module in (ranks, ranked_table):
        monkeypatch.setattr(module, "BLOCK", 3)
    monkeypatch.setattr(ranked_table, "_BLOCKS_AT_ONCE", 2)


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Growing]:
    with closing(Growing(tmp_path / "a.wsi")) as capture:
        capture.commit(*(new_session(number) for number in (1, 2, 3)))
        yield capture


def finish(listing: MessageListing) -> MessageListing:
    for _ in range(10_000):
        if not listing.advance(0):
            assert listing.complete
            return listing
    raise AssertionError("it never ends")


def ids(listing: MessageListing) -> list[int]:
    return [entry.id for entry in listing.entries(0, listing.size)]


# ---- against a model


class Traffic:
    """Random traffic of three sessions, written batch by batch; some of it late."""

    def __init__(self, draws: random.Random, *, late: bool) -> None:
        self._draws = draws
        self._late = late
        self._id = 0
        self._numbers = dict.fromkeys((1, 2, 3), 0)
        self._seqs = dict.fromkeys((1, 2, 3), 0)
        self._held_back: list[Change] = []

    def batch(self, size: int) -> list[Change]:
        changes: list[Change] = self._held_back
        self._held_back = []
        for _ in range(size):
            self._id += self._draws.choice((1, 1, 1, 1, 5))
            session = self._draws.choice((1, 1, 1, 2, 3))
            written = changes
            if self._late and self._draws.random() < 0.15:
                written = self._held_back
            written += self._record(session)
        return changes

    def _record(self, session: int) -> list[Change]:
        self._seqs[session] += 1
        seq = self._seqs[session]
        kind = self._draws.choice(("message",) * 3 + ("parts", "ping", "ping", "pong", "close", "instead"))
        payload = self._draws.choice((b"", b"abc", b"needles", b"hayneedlehay"))
        match kind:
            case "message":
                self._numbers[session] += 1
                return [new_message(self._id, session, self._numbers[session], seq, payload)]
            case "parts":
                self._numbers[session] += 1
                number = self._numbers[session]
                row = new_message(
                    self._id, session, number, seq, payload, header=None, frames=2, wire_size=4 + len(payload)
                )
                parts = [new_frame(self._id, session, seq, 1, payload[:2], message=number)]
                self._id += 1
                self._seqs[session] += 1
                parts.append(new_frame(self._id, session, seq + 1, 0, payload[2:], message=number))
                return [row, *parts]
            case "instead":
                return [new_frame(self._id, session, seq, 9, payload, of_seq=max(seq - 1, 1), stage=1)]
            case _:
                opcode = {"close": 8, "ping": 9, "pong": 10}[kind]
                return [new_frame(self._id, session, seq, opcode, payload, dir=self._draws.randrange(2))]


def expected(capture: Growing, reader: CaptureReader, choice: Choice) -> list[tuple[Kind, int, int, int]]:
    """What a listing holds in the end: kind, id, last_id, count."""
    found: list[tuple[int, Kind, int, int]] = []
    if choice.show_messages:
        messages = reader.messages(split(choice.messages, Target.MESSAGE), session=choice.session)
        found += [(message.id, Kind.MESSAGE, message.session, message.size) for message in messages]
    if choice.show_control:
        chosen = {
            (frame.session, frame.seq): frame
            for frame in reader.frames(split(choice.frames, Target.FRAME), session=choice.session)
        }
        select = "SELECT id, session, seq FROM frame WHERE opcode >= 8 AND of_seq IS NULL"
        for row_id, session, seq in capture.run(select):
            frame = chosen.get((SessionId(session), seq))  # type: ignore[arg-type]
            if frame is not None:
                kind = Kind.CONTROL if frame.opcode == 8 else Kind.BEATS
                found.append((row_id, kind, session, frame.size))  # type: ignore[arg-type]
    found.sort()
    if choice.order is Order.SIZE:
        found.sort(key=lambda row: (row[3], row[0]))
    entries: list[tuple[Kind, int, int, int]] = []
    open_in = None
    for row_id, kind, session, _ in found:
        folds = kind is Kind.BEATS and choice.fold and choice.order is Order.ARRIVAL
        if folds and open_in == session:
            _, first, _, count = entries[-1]
            entries[-1] = (Kind.BEATS, first, row_id, count + 1)
        else:
            entries.append((Kind.MESSAGE if kind is Kind.MESSAGE else Kind.CONTROL, row_id, row_id, 1))
        open_in = session if folds else None
    return entries[::-1] if choice.descending else entries


def split(expr: Expr | None, target: Target) -> SqlFilter | None:
    return None if expr is None else to_sql(expr, target)


def parsed(text: str | None, target: Target) -> Expr | None:
    return None if text is None else parse(text, target)


choices = st.builds(
    Choice,
    session=st.sampled_from([None, 1, 2, 9]),
    messages=st.sampled_from(MESSAGES).map(lambda text: parsed(text, Target.MESSAGE)),
    show_messages=st.sampled_from([True, True, True, False]),
    frames=st.sampled_from(FRAMES).map(lambda text: parsed(text, Target.FRAME)),
    show_control=st.sampled_from([True, True, True, False]),
    fold=st.booleans(),
    order=st.sampled_from([Order.ARRIVAL, Order.ARRIVAL, Order.SIZE]),
    descending=st.booleans(),
)


# Thousands of captures, in the deep profile.
@pytest.mark.timeout(1800)
@given(choices, st.randoms(use_true_random=False), st.lists(st.integers(0, 12), min_size=1, max_size=8), st.booleans())
def test_a_listing_is_what_a_list_would_be(
    choice: Choice, draws: random.Random, batches: list[int], late: bool
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        shrink(monkeypatch)
        traffic = Traffic(draws, late=late and not choice.fold)
        with closing(Growing(Path(folder) / "a.wsi")) as capture:
            capture.commit(*(new_session(number) for number in (1, 2, 3)))
            capture.commit(*traffic.batch(batches[0]))
            with CaptureReader(capture.path) as reader:
                listing = MessageListing(reader, choice)
                for size in batches[1:]:
                    before = listing.entries(0, listing.size)
                    for _ in range(draws.randrange(6)):
                        listing.advance(0)
                    if choice.order is Order.ARRIVAL and not (late or choice.descending):
                        stays = max(len(before) - 1, 0)
                        assert listing.entries(0, stays) == before[:stays]
                    capture.commit(*traffic.batch(size))
                capture.commit(*traffic.batch(0))
                finish(listing)
                wanted = expected(capture, reader, choice)
                entries = listing.entries(0, len(wanted) + 5)
                assert [(entry.kind, entry.id, entry.last_id, entry.count) for entry in entries] == wanted
                check_places(listing, entries, draws)
                listing.close()


def check_places(listing: MessageListing, entries: list[Entry], draws: random.Random) -> None:
    assert listing.size == len(entries)
    assert [entry.place for entry in entries] == list(range(len(entries)))
    for entry in entries:
        assert listing.place_of(entry.id) == entry.place
        if listing.choice.order is Order.ARRIVAL:
            assert listing.place_of(entry.last_id) == entry.place
    for _ in range(5):
        first, count = draws.randrange(len(entries) + 3), draws.randrange(5)
        assert listing.entries(first, count) == entries[first : first + count]


# ---- piece by piece


def test_messages_are_listed_in_order(tmp_path: Path) -> None:
    record(tmp_path / "a.wsi", 100)
    with CaptureReader(tmp_path / "a.wsi") as reader:
        for session in (None, 1):
            listing = MessageListing(reader, Choice(session))
            assert (listing.complete, listing.scanned, listing.size) == (False, 0.0, 0)
            assert listing.entries(0, 5) == []
            assert not listing.advance(5)
            assert (listing.complete, listing.scanned, listing.size) == (True, 1.0, 100)
            assert listing.entries(10, 2) == [Entry(10, Kind.MESSAGE, 11, 11, 1), Entry(11, Kind.MESSAGE, 12, 12, 1)]
            assert listing.entries(-1, 2) == listing.entries(5, 0) == listing.entries(100, 1) == []
            assert [listing.place_of(record_id) for record_id in (0, 1, 50, 100, 999)] == [None, 0, 49, 99, 99]


@pytest.mark.usefixtures("small")
def test_how_far_it_has_come_is_told(tmp_path: Path) -> None:
    record(tmp_path / "a.wsi", 40)
    with CaptureReader(tmp_path / "a.wsi") as reader:
        for session in (None, 1):
            listing = MessageListing(reader, Choice(session))
            parts = [0.0]
            while listing.advance(0):
                parts.append(listing.scanned)
            assert len(parts) > 8
            assert parts == sorted(parts)


@pytest.mark.usefixtures("small")
def test_beats_fold_until_something_else_is_listed(growing: Growing) -> None:
    growing.commit(new_frame(1, 1, 1, 9), new_frame(2, 1, 2, 10))
    with CaptureReader(growing.path) as reader:
        listing = finish(MessageListing(reader, Choice()))
        assert listing.entries(0, 9) == [Entry(0, Kind.BEATS, 1, 2, 2)]
        growing.commit(new_frame(3, 1, 3, 9), new_message(4, 1, 1, 4), new_frame(5, 1, 5, 9))
        finish(listing)
        grown = [Entry(0, Kind.BEATS, 1, 3, 3), Entry(1, Kind.MESSAGE, 4, 4, 1), Entry(2, Kind.CONTROL, 5, 5, 1)]
        assert listing.entries(0, 9) == grown
        growing.commit(new_frame(6, 2, 1, 9), new_frame(7, 2, 2, 8), new_frame(8, 2, 3, 9))
        finish(listing)
        assert listing.entries(0, 9) == [*grown, *(Entry(i - 3, Kind.CONTROL, i, i, 1) for i in (6, 7, 8))]
        unseen = finish(MessageListing(reader, Choice(show_messages=False)))
        assert unseen.entries(0, 1) == [Entry(0, Kind.BEATS, 1, 5, 4)]
        assert [frame.seq for frame in reader.frames_between(1, 1, 5)] == [1, 2, 3, 5]
        assert [frame.seq for frame in reader.frames_between(1, 1, 5, limit=2)] == [1, 2]


def held(row_id: int, number: int) -> Insert:
    return new_message(row_id, 1, number, number, completeness=Completeness.WAITING.value)


def decided(row_id: int) -> Update:
    return Update("message", row_id, {"completeness": None, "verdict": Verdict.DROPPED.value})


@pytest.mark.usefixtures("small")
def test_what_is_revised_keeps_its_place_and_what_matches_only_then_gets_one(growing: Growing) -> None:
    growing.commit(*(held(number, number) for number in range(1, 31)))
    with CaptureReader(growing.path) as reader:
        waiting = finish(MessageListing(reader, Choice(messages=parse("completeness == waiting"))))
        dropped = finish(MessageListing(reader, Choice(1, messages=parse("verdict == dropped"))))
        odd = finish(MessageListing(reader, Choice(messages=parse("verdict == dropped and frames == 7"))))
        assert (waiting.size, dropped.size, odd.size) == (30, 0, 0)
        for row_id in (7, 30, 2):
            growing.commit(decided(row_id))
        growing.commit(held(31, 31), decided(31))
        for listing in (waiting, dropped, odd):
            finish(listing)
        assert ids(waiting) == list(range(1, 31))
        assert (ids(dropped), ids(odd)) == ([2, 7, 30, 31], [7])
        assert dropped.place_of(8) == 1


def test_many_commits_of_revisions_are_taken_in_steps(growing: Growing) -> None:
    growing.commit(*(held(number, number) for number in range(1, 41)))
    with CaptureReader(growing.path) as reader:
        dropped = finish(MessageListing(reader, Choice(messages=parse("verdict == dropped"))))
        for row_id in range(1, 41):
            growing.commit(decided(row_id))
        assert dropped.advance(0)
        assert 0 < dropped.size < 40
        assert finish(dropped).size == 40


def test_late_frames_get_their_place(growing: Growing) -> None:
    growing.commit(new_frame(2, 1, 2, 9), new_frame(3, 1, 3, 9), new_message(6, 1, 1, 6))
    with CaptureReader(growing.path) as reader:
        listings = [
            finish(MessageListing(reader, Choice(session, frames=frames, fold=fold)))
            for session in (None, 1)
            for frames in (None, parse("opcode == close or session.listener == x"), parse("opcode == close"))
            for fold in (True, False)
        ]
        sorted_by_size = finish(MessageListing(reader, Choice(order=Order.SIZE)))
        growing.commit(new_frame(5, 1, 5, 8, b"12345"))
        for listing in listings:
            assert 5 in ids(finish(listing))
            assert ids(listing) == sorted(ids(listing))
        assert ids(finish(sorted_by_size))[-1] == 5


def test_a_message_that_grows_is_sorted_anew(growing: Growing) -> None:
    growing.commit(*(new_message(number, 1, number, number, b"x" * number) for number in range(1, 10)))
    with CaptureReader(growing.path) as reader:
        listing = finish(MessageListing(reader, Choice(order=Order.SIZE, descending=True)))
        assert ids(listing) == list(range(9, 0, -1))
        growing.commit(Update("message", 3, {"size": 100}), Update("message", 9, {"size": None}))
        assert ids(finish(listing)) == [9, 3, 8, 7, 6, 5, 4, 2, 1]
        assert (listing.place_of(3), listing.place_of(77)) == (1, None)


@pytest.mark.usefixtures("small")
def test_what_answers_fastest_or_slowest_comes_first(growing: Growing) -> None:
    def said(row_id: int, time: int) -> Insert:
        kind = b'"result": 1' if row_id % 2 == 0 else b'"method": "a"'
        return new_message(row_id, 1, row_id, row_id, b'{"id": %d, %s}' % ((row_id + 1) // 2, kind), time=time)

    times = (0, 50, 100, 110, 200, 230, 300, 340)
    growing.commit(*(said(row_id, time) for row_id, time in enumerate(times, 1)), new_frame(9, 1, 9, 9))
    with CaptureReader(growing.path) as reader:
        listing = finish(MessageListing(reader, Choice(1, order=Order.LATENCY)))
        every = finish(MessageListing(reader, Choice(order=Order.LATENCY, descending=True)))
        assert (ids(listing), ids(every)) == ([4, 6, 8, 2], [2, 8, 6, 4])
        growing.commit(said(10, 0), said(11, 400), said(12, 420))
        assert ids(finish(listing)) == [4, 12, 6, 8, 2]
        slow = finish(MessageListing(reader, Choice(messages=parse("latency > 35ns"))))
        assert ids(slow) == [2, 8, 9]


def test_what_retention_deletes_leaves_its_place_empty(growing: Growing) -> None:
    growing.commit(*(new_message(number, 1, number, number) for number in range(1, 21)))
    with CaptureReader(growing.path) as reader:
        listing = finish(MessageListing(reader, Choice()))
        growing.run("DELETE FROM message WHERE id <= 5")
        growing.commit(new_message(2_000_000, 1, 21, 21), new_message(2_000_001, 1, 22, 22))
        finish(listing)
        assert ids(listing) == [*range(1, 21), 2_000_000, 2_000_001]
        assert set(reader.messages_by_id(ids(listing)[:7], payload_limit=0)) == {6, 7}
        again = MessageListing(reader, Choice())
        assert not again.advance(60)
        assert ids(again)[:2] == [6, 7]


@pytest.mark.parametrize("session", [None, 1])
def test_a_capture_with_absurd_numbers_is_listed_all_the_same(growing: Growing, session: int | None) -> None:
    top = (1 << 63) - 1
    growing.commit(
        new_message(5, 1, 40, 9), new_message(4, 1, 50, 10), new_message(top - 9, 1, 1 << 61, 1 << 61),
        new_message(top, 1, top, top), new_frame(top - 5, 1, 1 << 62, 9), new_message(3, 1, 60, 7),
    )  # fmt: skip
    with CaptureReader(growing.path) as reader:
        listing = finish(MessageListing(reader, Choice(session)))
        assert ids(listing) == [3, 4, 5, top - 9, top - 5, top]
        assert [listing.place_of(row_id) for row_id in ids(listing)] == list(range(6))


def test_a_session_of_frames_alone(growing: Growing, monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)
    growing.commit(*(new_frame(seq, 1, seq, 9) for seq in range(1, 50)), new_message(50, 1, 1, 50))
    with CaptureReader(growing.path) as reader:
        assert finish(MessageListing(reader, Choice(1, fold=False))).size == 50
        assert finish(MessageListing(reader, Choice(1))).entries(0, 3) == [
            Entry(0, Kind.BEATS, 1, 49, 49),
            Entry(1, Kind.MESSAGE, 50, 50, 1),
        ]


@pytest.mark.parametrize("use", [lambda listing: listing.advance(), lambda listing: listing.place_of(1)])
def test_a_reader_that_is_closed_is_an_error(tmp_path: Path, use: Callable[[MessageListing], object]) -> None:
    record(tmp_path / "a.wsi", 3)
    with CaptureReader(tmp_path / "a.wsi") as reader:
        listing = finish(MessageListing(reader, Choice()))
    with pytest.raises(StoreError):
        use(listing)
    listing.close()
