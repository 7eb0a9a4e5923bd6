"""A search goes on in steps, from where one is, and around."""

from __future__ import annotations

import pytest

from wsinspect.errors import StoreError
from wsinspect.present.documents import TextDocument
from wsinspect.present.hex_document import HexDocument, Pages
from wsinspect.tui.widgets.detail.finding import Finding

TEXT = "\n".join(f"line {number}" for number in range(5000))


async def test_the_first_match_from_where_one_is_becomes_the_current_one() -> None:
    found: list[tuple[int, int] | None] = []
    finding = Finding(TextDocument(TEXT), "line 1", None, lambda: None)
    await finding.run(200, lambda: found.append(finding.place()))

    assert found == [(1000, 0)]
    assert finding.complete
    assert finding.count == 1111
    assert not finding.searches_bytes


async def test_one_goes_from_match_to_match_and_around() -> None:
    finding = Finding(TextDocument("a\nb\na\n"), "a", None, lambda: None)
    assert finding.place() is None
    assert not finding.step(1, 0)
    await finding.run(0, None)

    places = []
    for step in (1, 1, 1, -1):
        assert finding.step(step, 1)
        places.append(finding.place())
    assert places == [(2, 0), (0, 0), (2, 0), (0, 0)]
    assert [mark.style for mark in finding.marks(0)] == ["bold reverse yellow"]
    assert [mark.style for mark in finding.marks(2)] == ["reverse"]


async def test_one_may_begin_backwards() -> None:
    finding = Finding(TextDocument("a\nb\na\n"), "a", None, lambda: None)
    await finding.run(0, None)

    assert finding.step(-1, 2)
    assert finding.place() == (0, 0)


async def test_from_behind_the_last_match_the_first_one_comes() -> None:
    finding = Finding(TextDocument("a\nb\n"), "a", None, lambda: None)
    await finding.run(1, lambda: None)

    assert finding.match == 0


async def test_bytes_are_loaded_as_they_are_searched() -> None:
    data = bytes(3 << 20) + b"needle"
    told = []

    async def load(start: int, stop: int) -> bytes:
        return data[start:stop]

    finding = Finding(HexDocument(Pages(len(data))), "needle", load, lambda: told.append(finding.count))
    await finding.run(0, None)

    assert finding.searches_bytes
    assert (finding.count, told[-1]) == (1, 1)


async def test_bytes_that_cannot_be_read_end_the_search() -> None:
    async def load(start: int, stop: int) -> bytes:
        raise StoreError("gone")

    finding = Finding(HexDocument(Pages(10)), "needle", load, lambda: None)
    with pytest.raises(StoreError):
        await finding.run(0, None)
    without = Finding(HexDocument(Pages(10)), "needle", None, lambda: None)
    await without.run(0, None)
    assert without.complete
