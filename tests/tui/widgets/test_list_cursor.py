"""The cursor of a list stays with its record, or goes to the nearest one where that is gone."""

from __future__ import annotations

from wsinspect.tui.widgets.feed import Found
from wsinspect.tui.widgets.list_cursor import ListCursor


def test_it_goes_to_the_first_row_that_comes() -> None:
    cursor = ListCursor(start=True)
    cursor.keep_inside(0, complete=False)
    assert cursor.unread is None
    cursor.keep_inside(5, complete=False)
    assert cursor.unread == 0
    nowhere = ListCursor(start=False)
    nowhere.keep_inside(5, complete=True)
    assert nowhere.place is None


def test_it_is_found_or_looked_for_until_all_was_seen() -> None:
    cursor = ListCursor(start=False)
    cursor.look_for(7, reveal=True)
    assert (cursor.key, cursor.place, cursor.reveal) == (7, None, True)
    cursor.settle(Found(3, exact=False), complete=False)
    cursor.keep_inside(9, complete=False)
    assert (cursor.key, cursor.place) == (7, None)
    cursor.settle(Found(4, exact=True), complete=False)
    assert (cursor.key, cursor.place, cursor.unread) == (7, 4, None)
    cursor.settle(Found(3, exact=False), complete=True)
    assert (cursor.key, cursor.unread) == (None, 3)
    cursor.look_for(7, reveal=False)
    cursor.settle(None, complete=True)
    assert cursor.unread == 0
    cursor.keep_inside(0, complete=True)
    assert cursor.place is None
    cursor.keep_inside(2, complete=True)
    assert cursor.unread == 0, "whoever had a row has one again"


def test_it_knows_that_it_had_a_row_until_it_has_one_again() -> None:
    cursor = ListCursor(start=False)
    cursor.put(3, 30)
    assert not cursor.lost
    cursor.settle(None, complete=True)
    cursor.keep_inside(0, complete=True)
    assert cursor.lost
    cursor.keep_inside(2, complete=True)
    assert not cursor.lost
    cursor.keep_inside(0, complete=True)
    cursor.look_for(7, reveal=False)
    assert not cursor.lost


def test_it_begins_at_either_end() -> None:
    cursor = ListCursor(start=False)
    cursor.begin(at_end=False)
    cursor.keep_inside(5, complete=True)
    assert cursor.unread == 0
    cursor.look_for(None, reveal=False)
    cursor.begin(at_end=True)
    cursor.keep_inside(5, complete=True)
    assert cursor.unread == 4


def test_who_had_no_row_does_not_get_one_by_itself() -> None:
    cursor = ListCursor(start=False)
    cursor.keep_inside(0, complete=True)
    cursor.keep_inside(2, complete=True)
    assert cursor.place is None


def test_it_is_put_and_stays_inside() -> None:
    cursor = ListCursor(start=True)
    cursor.put(8, None)
    cursor.keep_inside(5, complete=True)
    assert cursor.unread == 4
    cursor.put(2, 20)
    cursor.keep_inside(5, complete=True)
    assert (cursor.key, cursor.place) == (20, 2)


def test_it_goes_to_the_end_while_more_is_found() -> None:
    cursor = ListCursor(start=False)
    cursor.put(2, 20)
    cursor.to_end = True
    cursor.keep_inside(9, complete=False)
    assert (cursor.unread, cursor.to_end) == (8, True)
    cursor.keep_inside(12, complete=True)
    assert (cursor.unread, cursor.to_end) == (11, False)
    cursor.look_for(None, reveal=True, start=True)
    assert not cursor.reveal
    cursor.keep_inside(1, complete=True)
    assert cursor.unread == 0
