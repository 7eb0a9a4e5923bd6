"""Held bytes on disk: what is kept is given back, and nothing is left behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.engine.spill import SpillFile


@given(st.lists(st.binary(max_size=200), max_size=30))
def test_each_ticket_gives_its_own_bytes(pieces: list[bytes]) -> None:
    spill = SpillFile()
    tickets = {spill.keep(piece): piece for piece in pieces}
    order = sorted(tickets, key=lambda ticket: (ticket * 7919) % 31)
    for ticket in order:
        assert spill.load(ticket) == tickets[ticket]
        spill.drop(ticket)
    assert spill.load(spill.keep(b"afterwards")) == b"afterwards"
    spill.close()


def test_nothing_is_on_disk_before_and_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spill = SpillFile()
    ticket = spill.keep(b"x" * 1000)
    assert list(tmp_path.iterdir()) == []  # it has no name
    spill.drop(ticket)
    assert spill._files == []


def test_what_has_gone_does_not_stay_on_disk_while_there_is_always_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.engine.spill.FILE_BYTES", 1000)
    spill = SpillFile()
    waiting = [spill.keep(b"%03d" % number * 100) for number in range(20)]
    for number in range(20, 200):
        waiting.append(spill.keep(b"%03d" % number * 100))
        oldest = waiting.pop(0)
        assert spill.load(oldest) == b"%03d" % (number - 20) * 100
        spill.drop(oldest)
        assert sum(there.end for there in spill._files) <= 20 * 300 + 2 * 1200
    spill.close()


def test_a_disk_that_takes_nothing_leaves_it_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    spill = SpillFile()
    ticket = spill.keep(b"kept all the same")
    assert "stay in memory" in caplog.text
    assert spill.load(ticket) == b"kept all the same"
    spill.drop(ticket)
