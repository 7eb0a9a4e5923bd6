"""The captures of the pictures, written by the real writer: all times are fixed, and all bytes of the records."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scripts.made_up_frames import BINARY, CLOSE, Clock
from tests.snapshots.sessions import begun, sessions
from tests.snapshots.talks import (
    ADMIN,
    BASKET,
    C2S,
    CHAT,
    LOGIN,
    PAY,
    PRICES,
    S2C,
    SCALES,
    SOCKET_IO,
    START_NS,
    Numbers,
    Shop,
    at,
    talk,
)  # fmt: skip
from wsinspect.model import Close, HttpHead
from wsinspect.store.lock import WriterLock
from wsinspect.store.rows import words_value
from wsinspect.store.writer import CaptureWriter


def write_shop(path: Path, *, live: bool = False) -> Numbers:
    """Write the capture.

    Args:
        path: Of the new file.
        live: Whether some sessions are open still, and the order is held.
    """
    with CaptureWriter(path, version="0.1", wall=lambda: START_NS) as writer:
        shop = Shop(writer, Clock(START_NS), random.Random(7))
        for session, ms in ((LOGIN, 0), (PRICES, 2_000), (CHAT, 2_600), (ADMIN, 3_100), (PAY, 3_900), (SCALES, 4_400),
                            (SOCKET_IO, 5_200), (BASKET, 6_000)):  # fmt: skip
            shop.open(session, at(ms))
        numbers = talk(shop, live=live)
        for each in sessions(shop, live=live):
            writer.insert_session(each)
        if not live:
            writer.insert("rule_hit", (None, PRICES, "who-are-you", "header_set", "X-Client"))
    if live:
        _leave_open(path)
    return numbers


_SAID = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\x00[bold red]x[/] \u200b\ufeff\x9b31m"


def write_hostile(path: Path) -> None:
    """Write a capture whose peers want to be obeyed by the terminal: in a URL, headers, payloads, and a close."""
    with CaptureWriter(path, version="0.1", wall=lambda: START_NS) as writer:
        shop = Shop(writer, Clock(START_NS), random.Random(5))
        shop.open(1, START_NS)
        shop.json(1, C2S, say=_SAID, **{"[red]key[/]": "[@click=app.quit]quit[/]"})
        shop.now = at(30)
        shop.say(1, S2C, _SAID.encode())
        shop.now = at(40)
        shop.say(1, S2C, bytes(range(256)), BINARY)
        shop.now = at(50)
        shop.say(1, S2C, b"\xff\xfe no UTF-8 \xc3\x28")
        shop.store.update_message(shop.last_id, violations=words_value(("RFC 6455 8.1: text that is not UTF-8",)))
        shop.now = at(60)
        shop.say(1, S2C, ("zalgo " + "e" + "\u0301\u0330" * 40 + " 🏴‍☠️👩‍👩‍👧‍👦 ﷽ end").encode())
        shop.annotate(1, ("[red]tag",), f"note {_SAID}")
        shop.now = at(70)
        shop.say(1, S2C, b"[" * 3000)
        shop.control(1, at(80), S2C, CLOSE, b"\x03\xea" + _SAID.encode()[:60])
        hostile = begun(shop, 1, "wss://evil.test/")
        request = HttpHead("HTTP/1.1", (("Host", "evil.test"), ("X-Odd", _SAID)), method="GET", target=f"/{_SAID}")
        writer.insert_session(
            replace(
                hostile, url=f"wss://evil.test/{_SAID}", path=f"/{_SAID}", subprotocol=_SAID, request=request,
                close=Close("server", 1002, _SAID, clean=False), status=101, tags=(_SAID,),
                violations=(f"a header with {_SAID}",),
            )
        )  # fmt: skip


def write_empty(path: Path) -> None:
    """Write a live capture that nothing has come to yet."""
    CaptureWriter(path, version="0.1", wall=lambda: START_NS).close()
    _leave_open(path)


def _leave_open(path: Path) -> None:
    """Make it look as if its engine were running still."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE run SET ended = NULL, clean = NULL")


@contextlib.contextmanager
def being_written(path: Path) -> Iterator[None]:
    """Hold the lock of a capture, as the engine that writes it does."""
    lock = WriterLock(path)
    try:
        yield
    finally:
        lock.release()


def copied(path: Path, folder: Path) -> Path:
    """Copy a capture into a folder; return its name there, by which it is known whatever folder that is."""
    shutil.copy(path, folder / path.name)
    return Path(path.name)
