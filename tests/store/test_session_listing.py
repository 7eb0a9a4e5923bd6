"""Sessions are listed in any order, as they open, and sorted again when that is asked for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.growing import Growing, new_message, new_session
from tests.store.samples import T0
from wsinspect.errors import StoreError
from wsinspect.model import PerDirection, Session, SessionState
from wsinspect.query import Target, parse, to_predicate
from wsinspect.store import ranked_table, ranks, session_listing
from wsinspect.store.batch import Update
from wsinspect.store.columns import SqlValue
from wsinspect.store.reader import CaptureReader
from wsinspect.store.session_listing import SessionChoice, SessionListing, SessionOrder

NOW = T0 + 10**15
FILTERS = (None, "state == open", "host ~ a or session.messages.c2s > 3", "listener == x or bytes.c2s > 5", "tags == t")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps and blocks of a few rows, at a time that stands still."""
    monkeypatch.setattr(session_listing, "_FIRST_ROWS", 2)
    monkeypatch.setattr(session_listing, "_MOST_ROWS", 4)
    monkeypatch.setattr("wsinspect.store.session_listing.time.time_ns", lambda: NOW)
    for module in (ranks, ranked_table):
        monkeypatch.setattr(module, "BLOCK", 3)
    monkeypatch.setattr(ranked_table, "_BLOCKS_AT_ONCE", 1)


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Growing]:
    with closing(Growing(tmp_path / "a.wsi")) as capture:
        yield capture


def finish(listing: SessionListing) -> SessionListing:
    for _ in range(1000):
        if not listing.advance(0):
            assert listing.complete
            return listing
    raise AssertionError("it never ends")


def numbers(listing: SessionListing) -> list[int]:
    found = listing.entries(0, listing.size)
    assert [listing.place_of(number) for number in found] == list(range(len(found)))
    return found


def key(session: Session, order: SessionOrder, last: dict[int, int]) -> object:
    match order:
        case SessionOrder.NUMBER:
            return session.id
        case SessionOrder.HOST:
            return f"{session.host or session.url} {session.path or ''}".lower().encode()
        case SessionOrder.PROTOCOL:
            return (session.protocol or session.subprotocol or "").lower().encode()
        case SessionOrder.SENT:
            return session.messages.c2s
        case SessionOrder.RECEIVED:
            return session.messages.s2c
        case SessionOrder.SIZE:
            return session.bytes.c2s + session.bytes.s2c
        case SessionOrder.DURATION:
            return (session.closed or NOW) - session.opened
        case SessionOrder.STATE:
            return session.state.value
        case SessionOrder.LAST:
            return last.get(session.id, session.opened)


class Visits:
    """Random sessions that open, change and end."""

    def __init__(self, draws: random.Random, capture: Growing) -> None:
        self._draws = draws
        self._capture = capture
        self._count = 0
        self._messages = 0

    def open(self, count: int) -> None:
        for _ in range(count):
            self._count += 1
            state = self._draws.choice(list(SessionState))
            fields: dict[str, object] = {"opened": T0 + self._count, **self._columns()}
            fields.pop("note")
            opened = new_session(
                self._count,
                state,
                messages=PerDirection(self._draws.randrange(5), 1),
                bytes=PerDirection(1, 2),
                **fields,
            )
            self._capture.commit(opened)

    def change(self, count: int) -> None:
        for _ in range(count if self._count else 0):
            number = self._draws.randrange(self._count) + 1
            columns: dict[str, SqlValue] = {
                "messages_c2s": self._draws.randrange(6),
                "messages_s2c": self._draws.randrange(6),
                "bytes_c2s": self._draws.randrange(9),
                **self._columns(),
            }
            if self._draws.random() < 0.3:
                columns.update(state=SessionState.CLOSED.value, closed=T0 + 10**9 + self._draws.randrange(9))
            self._messages += 1
            message = new_message(self._messages, number, self._messages, self._messages)
            self._capture.commit(Update("session", number, columns), message)

    def _columns(self) -> dict[str, SqlValue]:
        return {
            "host": self._draws.choice((None, "a.test", "B.test")),
            "path": self._draws.choice((None, "/x")),
            "protocol": self._draws.choice((None, "p", "Q")),
            "subprotocol": self._draws.choice((None, "o")),
            "note": self._draws.choice((None, "n")),
        }


# Thousands of captures, in the deep profile.
@pytest.mark.timeout(1800)
@given(
    st.sampled_from(SessionOrder),
    st.sampled_from(FILTERS),
    st.booleans(),
    st.randoms(use_true_random=False),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.booleans()), min_size=1, max_size=6),
)
def test_a_listing_is_what_a_list_would_be(
    order: SessionOrder, text: str | None, descending: bool, draws: random.Random, steps: list[tuple[int, int, bool]]
) -> None:
    expr = None if text is None else parse(text, Target.SESSION)
    with TemporaryDirectory() as folder, closing(Growing(Path(folder) / "a.wsi")) as capture:
        visits = Visits(draws, capture)
        visits.open(1)
        with CaptureReader(capture.path) as reader:
            # It is as if an engine were writing: nothing is told as stopped.
            reader.connection.execute("DROP VIEW IF EXISTS temp.session")
            listing = SessionListing(reader, SessionChoice(expr, order, descending))
            for opened, changed, refreshed in steps:
                visits.open(opened)
                visits.change(changed)
                for _ in range(draws.randrange(4)):
                    listing.advance(0)
                if refreshed:
                    listing.refresh()
            finish(listing)
            listing.refresh()
            accepts = (lambda _: True) if expr is None else to_predicate(expr, Target.SESSION)
            last = dict(capture.run("SELECT session, max(time) FROM message GROUP BY session"))  # type: ignore[arg-type, var-annotated]
            there = [session for session in reader.sessions() if accepts(session)]
            wanted = [
                session.id for session in sorted(there, key=lambda session: (key(session, order, last), session.id))
            ]
            assert numbers(listing) == (wanted[::-1] if descending else wanted)
            listing.close()


def test_pages_of_it(growing: Growing) -> None:
    growing.commit(*(new_session(number) for number in range(1, 11)))
    with CaptureReader(growing.path) as reader:
        listing = SessionListing(reader, SessionChoice())
        listing.refresh()
        assert (listing.size, listing.scanned, listing.complete) == (0, 0.0, False)
        assert listing.advance(0)
        assert 0 < listing.scanned < 1
        finish(listing)
        assert listing.scanned == 1.0
        assert (listing.entries(7, 9), listing.entries(10, 1), listing.entries(-1, 3)) == ([8, 9, 10], [], [])
        assert listing.place_of(99) == 9
        by_size = finish(SessionListing(reader, SessionChoice(order=SessionOrder.SIZE)))
        assert by_size.place_of(99) is None


def test_sessions_move_only_when_asked(growing: Growing) -> None:
    growing.commit(*(new_session(number) for number in range(1, 5)))
    with CaptureReader(growing.path) as reader:
        listing = finish(SessionListing(reader, SessionChoice(order=SessionOrder.SENT, descending=True)))
        growing.commit(Update("session", 2, {"messages_c2s": 9}), new_session(5, messages=PerDirection(5, 0)))
        assert numbers(finish(listing)) == [5, 4, 3, 2, 1]
        listing.refresh()
        assert numbers(listing) == [2, 5, 4, 3, 1]


def test_what_matches_by_now_is_listed_at_once_and_what_does_not_stays(growing: Growing) -> None:
    growing.commit(*(new_session(number, note=None) for number in range(1, 5)))
    with CaptureReader(growing.path) as reader:
        for text in ("note == x", "note == x and not listener == y"):
            listing = finish(SessionListing(reader, SessionChoice(parse(text, Target.SESSION))))
            growing.commit(Update("session", 3, {"note": "x"}))
            assert numbers(finish(listing)) == [3]
            growing.commit(Update("session", 3, {"note": None}))
            assert numbers(finish(listing)) == [3]
            listing.refresh()
            assert numbers(listing) == []


def test_what_is_deleted_goes_when_asked(growing: Growing) -> None:
    growing.commit(*(new_session(number) for number in range(1, 9)))
    with CaptureReader(growing.path) as reader:
        listings = [finish(SessionListing(reader, SessionChoice(order=order))) for order in SessionOrder]
        growing.run("DELETE FROM session WHERE id < 4")
        growing.run("INSERT INTO removal(session, sessions) VALUES (0, 3)")
        for listing in listings:
            assert finish(listing).size == 8
            assert set(reader.sessions_by_id(listing.entries(0, 8))) == {4, 5, 6, 7, 8}
            listing.refresh()
            assert numbers(listing) == [4, 5, 6, 7, 8]


def test_a_session_that_ended_lasts_no_longer(growing: Growing) -> None:
    growing.commit(*(new_session(number, SessionState.OPEN, opened=NOW - number) for number in (1, 2, 3)))
    with CaptureReader(growing.path) as reader:
        reader.connection.execute("DROP VIEW temp.session")
        listing = finish(SessionListing(reader, SessionChoice(order=SessionOrder.DURATION)))
        assert numbers(listing) == [1, 2, 3]
        growing.commit(Update("session", 3, {"state": 1, "closed": NOW - 3}))
        listing.refresh()
        listing.refresh()
        assert numbers(listing) == [3, 1, 2]


def test_a_reader_that_is_closed_is_an_error(growing: Growing) -> None:
    with CaptureReader(growing.path) as reader:
        listing = finish(SessionListing(reader, SessionChoice()))
    with pytest.raises(StoreError):
        listing.advance()
    listing.close()
