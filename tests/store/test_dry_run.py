"""Rules run over a capture in steps, with what they did in sight between two of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from tests.store.test_figures import busy_rows, write_busy
from wsinspect.errors import RuleError
from wsinspect.store import dry_run
from wsinspect.store.dry_run import DryRun, read_files
from wsinspect.store.reader import CaptureReader
from wsinspect.store.writer import CaptureWriter


def rule_file(folder: Path, rules: str, name: str = "rules.yaml") -> Path:
    path = folder / name
    path.write_text(f"version: 1\nrules:\n{rules}")
    return path


LONG = "  - {id: long, match: {size: {ge: 100}}, do: [drop]}\n"


def test_all_of_a_capture_is_gone_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run, "_AT_ONCE", 1)
    rows = busy_rows(200)
    run = DryRun(read_files([rule_file(tmp_path, LONG)]))
    done: list[float] = []
    matched: list[int] = []
    with CaptureReader(write_busy(tmp_path / "x.wsi", rows)) as reader:
        while run.advance(reader, 0.0):
            run.count_up()
            done.append(run.done)
            matched.append(run.trial.findings.tallies["long"].matched)
    long = sum(row[8] >= 100 for row, _ in rows if isinstance(row[8], int))
    # Sessions of this capture are over after 900 ms: what came later is told as left out.
    tally = run.trial.findings.tallies["long"]
    assert 0 < tally.matched <= long
    assert run.done == 1.0
    assert done == sorted(done)
    assert matched == sorted(matched)


def test_what_is_written_meanwhile_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run, "_AT_ONCE", 1)
    rows = busy_rows(40)
    path = write_busy(tmp_path / "x.wsi", rows[:10])
    run = DryRun(read_files([rule_file(tmp_path, "  - {id: all, do: [{tag: x}]}\n")]))
    with CaptureReader(path) as reader:
        assert run.advance(reader, 0.0)
        with CaptureWriter(path, append=True) as writer:
            for row in rows[10:]:
                writer.put_message(*row)
        while run.advance(reader):
            pass
    assert run.trial.messages + sum(run.trial.skipped.values()) <= 10


def test_control_frames_are_asked_about_where_a_rule_wants_it(tmp_path: Path) -> None:
    run = DryRun(read_files([rule_file(tmp_path, "  - {id: pings, on: ping, do: [drop]}\n")]))
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        assert not run.advance(reader, 5.0)
    assert run.trial.findings.tallies["pings"].matched == 1


def test_an_empty_capture_is_gone_through_at_once(tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "x.wsi"):
        pass
    run = DryRun(read_files([rule_file(tmp_path, LONG)]))
    with CaptureReader(tmp_path / "x.wsi") as reader:
        assert not run.advance(reader)
    assert run.done == 1.0


def test_what_cannot_run_here_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text("")
    script = rule_file(tmp_path, "  - {id: s, do: [{script: s.py}]}\n")
    with pytest.raises(RuleError, match="script"):
        DryRun(read_files([script]))
    with pytest.raises(RuleError, match="the id 'long' is taken"):
        read_files([rule_file(tmp_path, LONG), rule_file(tmp_path, LONG, "other.yaml")])
    with pytest.raises(RuleError, match="cannot be read"):
        read_files([tmp_path / "absent.yaml"])
