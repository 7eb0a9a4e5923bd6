"""A listing shows what was chosen, place by place."""

from __future__ import annotations

from pathlib import Path

from tests.store.samples import record
from wsinspect.store.message_listing import Choice, Entry, Kind, MessageListing
from wsinspect.store.reader import CaptureReader


def test_messages_are_listed_in_order(tmp_path: Path) -> None:
    record(tmp_path / "a.wsi", 100)
    with CaptureReader(tmp_path / "a.wsi") as reader:
        for session in (None, 1):
            listing = MessageListing(reader, Choice(session))
            assert not listing.advance(1)
            assert (listing.size, listing.complete, listing.scanned) == (100, True, 1.0)
            assert listing.entries(10, 2) == [
                Entry(10, Kind.MESSAGE, 11, 11, 1),
                Entry(11, Kind.MESSAGE, 12, 12, 1),
            ]
            assert [listing.place_of(record_id) for record_id in (0, 1, 50, 100)] == [None, 0, 49, 99]
