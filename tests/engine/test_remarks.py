"""What is said of a message is on record with it, whether it has a row already or not."""

from __future__ import annotations

from pathlib import Path

from tests.store.samples import hot_row, session
from wsinspect.engine.remarks import Remark, Remarks
from wsinspect.store.reader import CaptureReader
from wsinspect.store.writer import CaptureWriter


def test_remarks_wait_for_the_row_of_their_message(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        remarks = Remarks(writer, 1)
        remarks.add(1, Remark("first", "json_set", "$.a"))
        remarks.add(1, "one line")
        remarks.add(1, "another")
        remarks.tag(1, "tagged")
        remarks.add(None, Remark("of the session", "log"))
        writer.put_message(hot_row(7, number=1), 100)
        assert remarks.early
        remarks.arrived(1, 7)
        assert not remarks.early
        remarks.arrived(2, 8)
        remarks.rows[1] = 7
        remarks.add(1, Remark("second", "drop"))
        remarks.add(1, Remark("failed", "error", "no such thing"))  # a rule that failed has not acted
        remarks.add(1, "a third")
        assert remarks.cost > 0
    with CaptureReader(path) as reader:
        message = reader.message(1, 1)
    assert message is not None
    assert message.rules == ("first", "second")
    assert message.note == "one line\nanother\na third"
    assert message.tags == ("tagged",)
