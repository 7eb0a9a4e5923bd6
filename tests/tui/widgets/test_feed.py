"""A look takes in what is new and keeps in sight what is to stay there, in one go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from wsinspect.errors import StoreError
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.widgets.feed import Ask, Feed, Found, Stay


@dataclass(frozen=True)
class Line:
    key: int


class Numbers:
    """The multiples of the choice; one more with each step."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.size = 100
        self.total: int | None = None
        self.scanned = 1.0
        self.layout = 0
        self.unfolded: frozenset[int] = frozenset()
        self.closed = False
        self.rough = False

    def advance(self, budget_s: float) -> bool:
        if self.step == 13:
            raise StoreError("the capture is damaged")
        self.size += 1
        return False

    def unfold(self, keys: frozenset[int]) -> None:
        self.unfolded = keys

    def rows(self, first: int, count: int, payload_limit: int, *, rough: bool) -> list[Line]:
        return [Line(place * self.step) for place in range(first, first + count)]

    def find(self, key: int) -> Found | None:
        return Found(key // self.step, exact=key % self.step == 0) if key >= 0 else None

    def close(self) -> None:
        self.closed = True


def numbers() -> Feed[int, Line]:
    return Feed(lambda _, step: Numbers(step))


ASK = Ask(
    choice=2, unfolded=frozenset(), first=10, height=5, margin=2, payload_limit=100, stay=Stay.PLACE, cursor=None,
    unread=None, anchor=None, line=0, advance=False, rows=True, rough=False, epoch=1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("ask", "first"),
    [
        (ASK, 10),
        (replace(ASK, first=98), 95),
        (replace(ASK, stay=Stay.TOP), 0),
        (replace(ASK, stay=Stay.BOTTOM), 95),
        (replace(ASK, stay=Stay.BOTTOM, advance=True), 96),
        (replace(ASK, stay=Stay.RECORD, anchor=40, line=3), 17),
        (replace(ASK, stay=Stay.RECORD, anchor=41, line=3), 10),
        (replace(ASK, stay=Stay.RECORD, anchor=-1), 10),
        (replace(ASK, stay=Stay.RECORD), 10),
        (replace(ASK, stay=Stay.CURSOR), 10),
        (replace(ASK, stay=Stay.CURSOR, cursor=28), 10),
        (replace(ASK, stay=Stay.CURSOR, cursor=100), 48),
        (replace(ASK, stay=Stay.CURSOR, cursor=101), 10),
    ],
)
def test_what_is_to_stay_in_sight_does(tmp_path: Path, ask: Ask[int], first: int) -> None:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        seen = numbers().look(reader, ask)
    assert seen.first == first
    assert seen.start == max(first - 2, 0)
    assert seen.rows[0] == Line(seen.start * 2)
    assert len(seen.rows) == min(first + 7, seen.size) - seen.start


def test_a_table_stays_until_another_is_chosen_or_the_reader_is_another(tmp_path: Path) -> None:
    made: list[Numbers] = []

    def opened(_: CaptureReader, step: int) -> Numbers:
        made.append(Numbers(step))
        return made[-1]

    feed = Feed(opened)
    path = write_capture(tmp_path / "x.wsi")
    with CaptureReader(path) as reader:
        seen = [feed.look(reader, each) for each in (ASK, replace(ASK, first=1), replace(ASK, choice=3))]
        assert [table.closed for table in made] == [True, False]
        assert len({each.layout for each in seen}) == 2
        assert feed.find(reader, 3, 9) == Found(3, exact=True)
    with CaptureReader(path) as reader:
        feed.look(reader, replace(ASK, choice=3))
        # What was in the reader before went with it.
        assert [table.closed for table in made] == [True, False, False]


def test_a_table_that_failed_is_made_anew(tmp_path: Path) -> None:
    made: list[Numbers] = []

    def opened(_: CaptureReader, step: int) -> Numbers:
        made.append(Numbers(step))
        return made[-1]

    feed: Feed[int, Line] = Feed(opened)
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        for _ in range(2):
            with pytest.raises(StoreError):
                feed.look(reader, replace(ASK, choice=13, advance=True))
    assert len(made) == 2


@pytest.mark.parametrize(("unread", "row"), [(90, Line(180)), (100, None), (None, None)])
def test_a_row_that_is_out_of_sight_can_be_read_too(tmp_path: Path, unread: int | None, row: Line | None) -> None:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        seen = numbers().look(reader, replace(ASK, unread=unread))
    assert seen.unread == row


def test_it_can_be_asked_for_no_more_than_how_far_it_is(tmp_path: Path) -> None:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        seen = numbers().look(reader, replace(ASK, rows=False, advance=True))
    assert (seen.rows, seen.size, seen.more) == ([], 101, False)
