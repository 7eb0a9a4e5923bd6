"""What the demo says at its end: tables, rules that acted, and commands that fit what was captured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, REFUSED
from wsinspect.cli.demo_summary import SHOWN_SESSIONS, sum_up
from wsinspect.errors import EngineError
from wsinspect.model import Close, Session, SessionId
from wsinspect.store.writer import CaptureWriter

SHOP = replace(CHAT, url="wss://localhost:4711/shop")
RULES = Path("my rules.yaml")


def captured(folder: Path, *sessions: Session) -> Path:
    path = folder / "my shop.wsi"
    with CaptureWriter(path) as writer:
        for number, session in enumerate(sessions, 1):
            writer.insert_session(replace(session, id=SessionId(number)))
    return path


def said(capture: Path, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> tuple[str, str]:
    sum_up(capture, RULES, as_json=as_json)
    seen = capsys.readouterr()
    return seen.out, seen.err


def test_tables_rules_and_commands(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, errors = said(capture, capsys)
    assert "wss://chat.test/room?a=1" in output
    assert "refused" in output
    assert output.splitlines()[-1].split() == ["1", "rewrite"]
    assert "Captured 2 sessions (1 without a connection)" in errors
    assert "wsinspect rules test 'my rules.yaml' --capture" in errors
    assert "wsinspect replay" not in errors


def test_a_visit_to_the_shop_can_be_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = replace(SHOP, close=Close("server", 4401, "login refused", clean=True))
    capture = captured(tmp_path, REFUSED, refused, replace(SHOP, close=None), SHOP, SHOP)
    _, errors = said(capture, capsys)
    assert "wsinspect demo --serve --changed" in errors
    assert f"wsinspect replay '{capture}' --session 4 --to wss://localhost:8443/shop --insecure" in errors
    assert f"wsinspect mock '{capture}' --session 4" in errors


def test_many_sessions_are_cut_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, _ = said(captured(tmp_path, *[SHOP] * (SHOWN_SESSIONS + 3)), capsys)
    assert output.count("4711/shop") == SHOWN_SESSIONS
    assert "and 3 more" in output


def test_json_is_not_mixed_with_tables(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, errors = said(capture, capsys, as_json=True)
    assert output == ""
    assert "Captured 2 sessions" in errors


def test_nothing_captured_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="nothing was captured"):
        sum_up(captured(tmp_path), RULES, as_json=False)
