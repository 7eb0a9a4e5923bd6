"""A cache of rows keeps those looked at last, and knows which are out of date."""

from __future__ import annotations

from dataclasses import dataclass

from textual.strip import Strip

from wsinspect.tui.widgets.row_cache import RowCache


@dataclass(frozen=True)
class Line:
    key: int
    text: str = ""


def test_what_was_looked_at_longest_ago_goes_first() -> None:
    cache: RowCache[Line] = RowCache(3)
    cache.put(0, [Line(0), Line(1), Line(2)], 1)
    assert cache.get(0) is not None
    cache.put(3, [Line(3)], 1)
    assert [place for place in range(4) if cache.get(place)] == [0, 2, 3]
    assert len(cache) == 3
    cache.keep_only(2, 1)
    assert [place for place in range(4) if cache.get(place)] == [2]


def test_rows_that_are_missing_or_out_of_date_are_lacking() -> None:
    cache: RowCache[Line] = RowCache(10)
    cache.put(4, [Line(4), Line(5)], 1)
    assert not cache.lacks(4, 2, 1)
    assert cache.lacks(3, 2, 1)
    assert cache.lacks(4, 2, 2)
    assert not cache.lacks(9, 0, 2)


def test_what_was_drawn_is_kept_while_the_row_is_the_same() -> None:
    cache: RowCache[Line] = RowCache(10)
    assert cache.put(0, [Line(0), Line(1)], 1)
    for place in (0, 1):
        kept = cache.get(place)
        assert kept is not None
        kept.strip = Strip([])
    assert not cache.put(0, [Line(0)], 2)
    assert cache.put(0, [Line(0), Line(1, "other")], 3)
    assert drawn(cache) == [0]
    cache.clear_strips()
    assert drawn(cache) == []


def drawn(cache: RowCache[Line]) -> list[int]:
    kept = [(place, cache.get(place)) for place in (0, 1)]
    return [place for place, each in kept if each is not None and each.strip is not None]
