"""Runs of pings and pongs are one line."""

from __future__ import annotations

from wsinspect.store.beats import Heard, Run, fold


def heard(row_id: int, session: int = 1, *, beat: bool = True, before: int = 0) -> Heard:
    return Heard(row_id, session, beat, before)


def run(row_id: int, last_id: int, count: int, session: int = 1, *, goes_on: bool = True) -> Run:
    return Run(row_id, last_id, count, session, goes_on)


def test_neighbours_of_one_session_are_one_run() -> None:
    frames = [heard(1), heard(2), heard(3), heard(4, 2), heard(5), heard(6, beat=False), heard(7), heard(8)]
    assert list(fold(frames, None)) == [
        run(1, 3, 3), run(4, 4, 1, 2), run(5, 5, 1), run(6, 6, 1, goes_on=False), run(7, 8, 2),
    ]  # fmt: skip


def test_what_is_listed_between_ends_a_run() -> None:
    assert list(fold([heard(1), heard(3, before=2), heard(9, before=3)], None)) == [run(1, 1, 1), run(3, 9, 2)]


def test_the_run_before_goes_on() -> None:
    assert list(fold([heard(5, before=4), heard(6)], run(1, 4, 2))) == [run(1, 6, 4)]
    assert list(fold([heard(6, before=5)], run(1, 4, 2))) == [run(6, 6, 1)]
    assert list(fold([heard(6, 2)], run(1, 4, 2))) == [run(6, 6, 1, 2)]
    assert list(fold([heard(6)], run(1, 1, 1, goes_on=False))) == [run(6, 6, 1)]
    assert list(fold([], run(1, 4, 2))) == []
