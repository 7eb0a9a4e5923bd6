"""What the pictures have in common: the captures, a clock that stands still, and a folder where nothing else is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input, TextArea

from tests.snapshots.captures import being_written, copied, write_empty, write_hostile, write_shop
from tests.snapshots.gallery import Kept
from tests.snapshots.talks import NOW_NS, Numbers
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.data.capture import Capture, Lane
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.widgets import session_list
from wsinspect.tui.widgets.held_bar import HeldBar


@pytest.fixture(scope="session")
def captures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Numbers]:
    """Write the captures once, into a folder; with the numbers of messages of the shop."""
    folder = tmp_path_factory.mktemp("captures")
    numbers = write_shop(folder / "shop.wsi")
    assert write_shop(folder / "live.wsi", live=True) == numbers
    write_hostile(folder / "hostile.wsi")
    write_empty(folder / "empty.wsi")
    return folder, numbers


@pytest.fixture
def numbers(captures: tuple[Path, Numbers]) -> Numbers:
    """The numbers of messages that pictures are about."""
    return captures[1]


@pytest.fixture(autouse=True)
def stillness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in a folder of one's own, where it is always the same time and no cursor blinks."""
    monkeypatch.chdir(tmp_path)
    for name in ("STATE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setattr(session_list, "time", SimpleNamespace(time_ns=lambda: NOW_NS))
    monkeypatch.setattr(HeldBar.__init__, "__kwdefaults__", {"clock": lambda: NOW_NS / 1e9, "id": None})
    for field in (Input, TextArea):
        monkeypatch.setattr(field.cursor_blink, "_default", False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def kept(snapshot: SnapshotAssertion, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """The pictures that are kept of a test; they are taken when no answer is awaited."""
    kept = Kept(snapshot.use_extension(SVGImageExtension), request.node)
    read, call = Capture.read, Engine.call

    async def reading[T](self: Capture, look: Callable[[CaptureReader], T], lane: Lane = Lane.DETAIL) -> T:
        with kept.awaiting():
            return await read(self, look, lane)

    async def calling(self: Engine, method: str, /, **params: object) -> object:
        with kept.awaiting():
            return await call(self, method, **params)  # type: ignore[arg-type]

    monkeypatch.setattr(Capture, "read", reading)
    monkeypatch.setattr(Engine, "call", calling)
    return kept


@pytest.fixture
def shop(captures: tuple[Path, Numbers]) -> Path:
    """A finished capture of the shop."""
    return copied(captures[0] / "shop.wsi", Path())


@pytest.fixture
def live(captures: tuple[Path, Numbers]) -> Iterator[Path]:
    """The shop's capture while it is written."""
    path = copied(captures[0] / "live.wsi", Path())
    with being_written(path):
        yield path


@pytest.fixture
def empty(captures: tuple[Path, Numbers]) -> Iterator[Path]:
    """A capture that is being written and has nothing in it yet."""
    path = copied(captures[0] / "empty.wsi", Path())
    with being_written(path):
        yield path


@pytest.fixture
def hostile(captures: tuple[Path, Numbers]) -> Path:
    """What peers sent that want to be obeyed."""
    return copied(captures[0] / "hostile.wsi", Path())
