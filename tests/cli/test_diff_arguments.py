"""Sessions are named as people would, and what is not clear is said to be."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from wsinspect.cli.diff_arguments import DiffCommand, Place, PlaceType, ToleranceType, both, session_of
from wsinspect.errors import StoreError
from wsinspect.model import SessionId
from wsinspect.replay.comparing.comparison import Tolerance
from wsinspect.store.reader import CaptureReader

MS = 1_000_000


def place(text: str) -> Place:
    return PlaceType().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "file", "session"),
    [
        ("a.wsi:3", "a.wsi", 3), ("a.wsi", "a.wsi", None), (":3", None, 3), (r"C:\a.wsi", r"C:\a.wsi", None),
        (r"C:\a.wsi:12", r"C:\a.wsi", 12), ("a:0", "a:0", None), ("a:b:3", "a:b", 3), ("a:x", "a:x", None),
    ],
)  # fmt: skip
def test_sessions_are_named(text: str, file: str | None, session: int | None) -> None:
    assert place(text) == Place(None if file is None else Path(file), None if session is None else SessionId(session))
    assert PlaceType().convert(place(text), None, None) == place(text)


def test_a_file_that_is_called_so_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a:3").touch()
    assert place("a:3") == Place(Path("a:3"), None)


def test_the_second_may_be_of_the_file_of_the_first() -> None:
    assert both([place("a:1"), place(":2")]) == ((Path("a"), 1), (Path("a"), 2))
    assert both([place("a"), place("b")]) == ((Path("a"), None), (Path("b"), None))


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (["a:1"], "two sessions"), (["a:1", "b:1", "c:1"], "two sessions"), ([":1", "a:2"], "needs its file"),
        (["a:1", ":1"], "same session twice"), (["a", "a"], "same session twice"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_wrong_usage(texts: list[str], why: str) -> None:
    with pytest.raises(click.UsageError, match=why):
        both([place(text) for text in texts])


def test_the_only_session_need_not_be_named(capture: Path) -> None:
    with CaptureReader(capture) as reader:
        assert session_of(reader, None) == 1
        assert session_of(reader, SessionId(7)) == 7


def test_one_of_several_must_be_named(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with CaptureReader(capture) as reader:
        [chat, _] = reader.sessions()
        monkeypatch.setattr(CaptureReader, "sessions", lambda _: iter([chat, chat]))
        with pytest.raises(click.UsageError, match=r"has 2 sessions; say which one: chat.wsi:1, chat.wsi:1$"):
            session_of(reader, None)
        monkeypatch.setattr(CaptureReader, "sessions", lambda _: iter([chat] * 20))
        with pytest.raises(click.UsageError, match=r"chat\.wsi:1 …$"):
            session_of(reader, None)
        monkeypatch.setattr(CaptureReader, "sessions", lambda _: iter([]))
        with pytest.raises(StoreError, match="no WebSocket session"):
            session_of(reader, None)


@pytest.mark.parametrize(
    ("text", "tolerance"),
    [
        ("50%", Tolerance(0.5, 5 * MS)), ("12.5%", Tolerance(0.125, 5 * MS)), ("200ms", Tolerance(0.0, 200 * MS)),
        ("2", Tolerance(0.0, 2000 * MS)), ("usual", Tolerance()),
    ],
)  # fmt: skip
def test_how_much_later_is_later(text: str, tolerance: Tolerance) -> None:
    assert ToleranceType().convert(text, None, None) == tolerance
    assert ToleranceType().convert(tolerance, None, None) == tolerance


def test_what_is_no_tolerance_is_wrong_usage() -> None:
    with pytest.raises(click.BadParameter):
        ToleranceType().convert("much", None, None)


@pytest.mark.parametrize(
    ("arguments", "tolerance", "sessions"),
    [
        (["--timing", "a:1", "b:1"], Tolerance(), ("a:1", "b:1")),
        (["a:1", "b:1", "--timing"], Tolerance(), ("a:1", "b:1")),
        (["--timing", "50%", "a:1"], Tolerance(0.5, 5 * MS), ("a:1",)),
        (["a:1", "--timing=200ms", "b:1"], Tolerance(0.0, 200 * MS), ("a:1", "b:1")),
        (["a:1"], None, ("a:1",)),
    ],
)
def test_timing_may_stand_alone(arguments: list[str], tolerance: Tolerance | None, sessions: tuple[str, ...]) -> None:
    asked = DiffCommand(
        "diff",
        params=[click.Argument(["sessions"], nargs=-1), click.Option(["--timing"], type=ToleranceType())],
    ).make_context("diff", arguments)
    assert (asked.params["timing"], asked.params["sessions"]) == (tolerance, sessions)
