"""Sessions are listed in any order, as they open."""

from __future__ import annotations

from pathlib import Path

from tests.store.samples import session
from wsinspect.store.reader import CaptureReader
from wsinspect.store.session_listing import SessionChoice, SessionListing, SessionOrder
from wsinspect.store.writer import CaptureWriter


def test_sessions_are_listed_by_number(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    with CaptureWriter(path) as writer:
        for number in range(1, 11):
            writer.insert_session(session(number, host=f"h{-number % 4}.test"))
    with CaptureReader(path) as reader:
        listing = SessionListing(reader, SessionChoice(descending=True))
        assert not listing.advance(1)
        assert (listing.size, listing.entries(0, 3), listing.place_of(10)) == (10, [10, 9, 8], 0)
        listing = SessionListing(reader, SessionChoice(order=SessionOrder.HOST))
        assert not listing.advance(1)
        assert listing.entries(0, 20) == [4, 8, 3, 7, 2, 6, 10, 1, 5, 9]
        listing.close()
