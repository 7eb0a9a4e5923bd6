"""What a carrier makes of chunks, ends and failures, shown with endpoints that write down what they are told."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import cast

import pytest

from wsinspect.engine.carrier import Carrier, Reason, monotonic_clock
from wsinspect.model import Direction, End
from wsinspect.wire.relay import Relay


@dataclass
class Told:
    """An endpoint that remembers."""

    tls: bool = False
    calls: list[object] = field(default_factory=list)
    paused: Reason = Reason.NONE

    def send(self, data: bytes) -> None:
        self.calls.append(data)

    def end_writing(self, end: End, *, source_tls: bool) -> None:
        self.calls.append((end, source_tls))

    def reset(self) -> None:
        self.calls.append("reset")

    def close(self) -> None:
        self.calls.append("close")

    def pause(self, reason: Reason) -> None:
        self.paused |= reason

    def resume(self, reason: Reason) -> None:
        self.paused &= ~reason


@dataclass
class Notes:
    """A recording that remembers."""

    calls: list[object] = field(default_factory=list)
    full: bool = False

    def behind(self) -> bool:
        return self.full

    def ended(self, direction: Direction, end: End) -> None:
        self.calls.append((direction, end))

    def finished(self, now: int) -> None:
        self.calls.append("finished")

    def failed(self, why: str, now: int) -> None:
        self.calls.append(why)


@dataclass
class PlainRelay:
    """Passes bytes on, or breaks at a certain byte."""

    breaks_at: bytes | None = None
    breaks_at_end: bool = False
    intact: bool = True

    wake_at: int | None = None
    given: tuple[Direction, bytes] = (Direction.C2S, b"")

    def receive(self, direction: Direction, data: bytes, now: int) -> tuple[bytes, bytes]:
        if data == self.breaks_at:
            self.given = direction, data
            raise ZeroDivisionError("a bug")
        return writes(direction, data)

    def abandon(self) -> tuple[bytes, bytes]:
        return writes(*self.given)

    def waiting(self, direction: Direction) -> bool:
        return False

    def waiting_bytes(self, direction: Direction) -> int:
        return 0

    def end(self, direction: Direction, end: End, now: int) -> tuple[bytes, bytes]:
        if self.breaks_at_end:
            raise ZeroDivisionError("a bug at the end")
        return (b"", b"")


def writes(direction: Direction, data: bytes) -> tuple[bytes, bytes]:
    """What goes to the client and to the server."""
    return (b"", data) if direction is Direction.C2S else (data, b"")


def carried(relay: PlainRelay | None = None, **tls: bool) -> tuple[Carrier, Told, Told, Notes, list[Carrier]]:
    finished: list[Carrier] = []
    notes = Notes()
    carrier = Carrier(cast(Relay, relay or PlainRelay()), notes, monotonic_clock(), finished.append)
    client, server = Told(tls.get("client", False)), Told(tls.get("server", False))
    carrier.client, carrier.server = client, server
    return carrier, client, server, notes, finished


def test_bytes_go_to_the_other_side() -> None:
    carrier, client, server, _, _ = carried()
    carrier.receive(Direction.C2S, b"up")
    carrier.receive(Direction.S2C, b"down")
    assert (client.calls, server.calls) == ([b"down"], [b"up"])


async def test_work_that_was_put_off_leaves_others_their_turn_and_keeps_its_order() -> None:
    carrier = carried()[0]
    done: list[int] = []

    def work(number: int) -> None:
        done.append(number)
        if number < 2000:
            carrier.later(lambda: work(number + 1))
        until = time.monotonic() + 0.0001
        while time.monotonic() < until:
            pass

    carrier.soon(lambda: work(0))
    assert done == []
    turns = 0
    while len(done) < 2001:
        turns += 1
        await asyncio.sleep(0)
    assert done == list(range(2001))
    assert turns > 5


def test_a_half_close_ends_one_direction_only() -> None:
    carrier, client, server, notes, finished = carried()
    carrier.end(Direction.C2S, End.FIN)
    carrier.end(Direction.C2S, End.FIN)
    carrier.receive(Direction.S2C, b"late")
    assert server.calls == [(End.FIN, False)]
    assert client.calls == [b"late"]
    assert not finished
    carrier.end(Direction.S2C, End.FIN)
    assert notes.calls == [(Direction.C2S, End.FIN), (Direction.S2C, End.FIN), "finished"]
    assert client.calls[-1] == server.calls[-1] == "close"
    assert finished == [carrier]


def test_the_fin_behind_a_close_notify_is_handed_on_too_and_recorded_once() -> None:
    carrier, _, server, notes, _ = carried(client=True, server=True)
    carrier.end(Direction.C2S, End.CLOSE_NOTIFY)
    carrier.end(Direction.C2S, End.FIN)
    assert server.calls == [(End.CLOSE_NOTIFY, True), (End.FIN, True)]
    assert notes.calls == [(Direction.C2S, End.CLOSE_NOTIFY)]


@pytest.mark.parametrize("end", [End.RESET, End.TLS_ERROR])
def test_a_broken_connection_breaks_the_other(end: End) -> None:
    carrier, client, server, notes, finished = carried()
    carrier.end(Direction.S2C, end)
    assert client.calls == ["reset", "close"]
    assert server.calls == ["close"]
    assert notes.calls == [(Direction.S2C, end), "finished"]
    carrier.end(Direction.C2S, End.FIN)
    assert finished == [carrier]


def test_a_failure_of_ours_forwards_the_bytes_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    carrier, _, server, notes, _ = carried(PlainRelay(breaks_at=b"two"))
    for part in (b"one", b"two", b"three"):
        carrier.receive(Direction.C2S, part)
    carrier.end(Direction.C2S, End.FIN)
    assert server.calls == [b"one", b"two", b"three", (End.FIN, False)]
    assert notes.calls == ["ZeroDivisionError: a bug", (Direction.C2S, End.FIN)]
    assert len(caplog.records) == 1


def test_a_failure_at_the_end_still_ends_the_session(caplog: pytest.LogCaptureFixture) -> None:
    carrier, _, server, _, finished = carried(PlainRelay(breaks_at_end=True))
    carrier.end(Direction.C2S, End.RESET)
    assert server.calls == ["reset", "close"]
    assert finished == [carrier]
    assert "a bug at the end" in caplog.text


async def test_an_error_of_ours_where_the_bytes_would_be_misread_ends_the_session() -> None:
    carrier, client, server, notes, finished = carried(PlainRelay(breaks_at=b"x", intact=False))
    carrier.receive(Direction.C2S, b"x")
    await asyncio.sleep(0)
    assert (client.calls, server.calls) == (["reset", "close"], ["reset", "close"])
    assert notes.calls[0] == "ZeroDivisionError: a bug"
    assert finished == [carrier]


def test_reading_stops_while_the_record_is_behind() -> None:
    carrier, client, server, notes, _ = carried()
    notes.full = True
    carrier.receive(Direction.C2S, b"x")
    assert [client.paused, server.paused] == [Reason.RECORDER] * 2
    assert server.calls == [b"x"], "what has been read is sent on all the same"
    carrier.resume()
    assert [client.paused, server.paused] == [Reason.NONE] * 2


def test_a_stop_ends_both_directions_cleanly() -> None:
    carrier, client, _, notes, finished = carried()
    carrier.end(Direction.C2S, End.FIN)
    carrier.stop()
    carrier.stop()
    assert notes.calls == [(Direction.C2S, End.FIN), (Direction.S2C, End.PROXY), "finished"]
    assert client.calls == [(End.CLOSE_NOTIFY, True), "close"]
    assert finished == [carrier]


def test_a_session_out_of_scope_is_carried_without_a_record() -> None:
    finished: list[Carrier] = []
    carrier = Carrier(None, None, monotonic_clock(), finished.append)
    carrier.client, carrier.server = client, server = Told(), Told()
    carrier.receive(Direction.C2S, b"x")
    carrier.receive(Direction.S2C, b"y")
    carrier.end(Direction.C2S, End.FIN)
    carrier.end(Direction.S2C, End.FIN)
    assert (client.calls, server.calls) == ([b"y", (End.FIN, False), "close"], [b"x", (End.FIN, False), "close"])
    assert finished == [carrier]


@dataclass
class NoNotes(Notes):
    """A recording that is broken."""

    def behind(self) -> bool:
        raise ZeroDivisionError("a bug in the record")

    def ended(self, direction: Direction, end: End) -> None:
        raise ZeroDivisionError("a bug in the record")

    def finished(self, now: int) -> None:
        raise ZeroDivisionError("a bug in the record")

    def failed(self, why: str, now: int) -> None:
        raise ZeroDivisionError("a bug in the record")


def test_a_record_that_fails_at_every_call_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    finished: list[Carrier] = []
    carrier = Carrier(cast(Relay, PlainRelay()), NoNotes(), monotonic_clock(), finished.append)
    carrier.client, carrier.server = client, server = Told(), Told()
    carrier.receive(Direction.C2S, b"up")
    carrier.receive(Direction.S2C, b"down")
    carrier.end(Direction.C2S, End.FIN)
    carrier.end(Direction.S2C, End.FIN)
    assert client.calls == [b"down", (End.FIN, False), "close"]
    assert server.calls == [b"up", (End.FIN, False), "close"]
    assert finished == [carrier]
    assert "a bug in the record" in caplog.text
