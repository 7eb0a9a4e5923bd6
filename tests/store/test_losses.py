"""What is not recorded is counted by session and reason."""

from __future__ import annotations

from tests.store.samples import T0, hot_row, wide_row
from wsinspect.store.batch import Insert, Update
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS
from wsinspect.store.losses import Losses, Lost, lost_by

FRAME = Insert("frame", wide_row(FRAME_COLUMNS, id=1, session=2, time=5, size=7))


def test_what_an_item_stands_for_is_what_is_lost_with_it() -> None:
    assert lost_by(hot_row(1, payload=b"12")) == Lost(1, 1, 2)
    assert lost_by(FRAME) == Lost(1, 0, 7)
    framed = wide_row(MESSAGE_COLUMNS, id=1, session=1, time=1, size=9)
    assert lost_by(Insert("message", framed)) == Lost(0, 1, 0)
    alone = wide_row(MESSAGE_COLUMNS, id=1, session=1, time=1, size=9, header=b"\x81\x09")
    assert lost_by(Insert("message", alone)) == Lost(1, 1, 9)
    assert lost_by(Insert("chunk", (1, 0, 0, b"123"))) == Lost(0, 0, 3)
    assert lost_by(Insert("message_sent", (1, None))) == Lost()
    assert lost_by(Insert("tag", (1, None, "x"))) == Lost()
    assert lost_by(Update("message", 1, {"payload": b"12", "size": 2})) == Lost(0, 0, 2)


def test_losses_of_a_session_for_one_reason_make_one_gap() -> None:
    losses = Losses()
    assert not losses
    losses.add(hot_row(3, payload=b"12"), 0, "full")
    losses.add(hot_row(1, payload=b"1"), 0, "full")
    losses.add(FRAME, 0, "full")
    losses.add(Insert("chunk", (1, 0, 0, b"123")), 6, "other")
    losses.add(Insert("tag", (1, None, "x")), 6, "other")
    assert losses
    assert [gap.row for gap in losses.take()] == [
        (1, T0 + 1, T0 + 3, 2, 2, 3, "full"),
        (2, 5, 5, 1, 0, 7, "full"),
        (None, 6, 6, 0, 0, 3, "other"),
    ]
    assert not losses
    assert losses.total == Lost(3, 2, 13)


def test_numbers_that_no_column_holds_do_not_keep_a_gap_off_the_record() -> None:
    losses = Losses()
    losses.add((1, 1, 1, 1, 0, 1, 1 << 70, b"", None, b""), 0, "why")
    assert losses.take()[0].row == (1, (1 << 63) - 1, (1 << 63) - 1, 1, 1, 0, "why")
