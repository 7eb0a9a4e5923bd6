"""A stand-in for the running engine behind a control channel, which remembers what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wsinspect.engine.control_server import serve
from wsinspect.engine.steered import Breakpoint, EngineStatus, Held, Notice, NoticeKind, RuleStatus
from wsinspect.errors import EngineError, RuleError, WsinspectError
from wsinspect.model import Carriage, Direction, PerDirection, Session, SessionId, SessionState
from wsinspect.query import Target, parse
from wsinspect.wire.sending import Injection

NOW = 1_795_000_000_000_000_000


def session(number: int, host: str = "chat.test") -> Session:
    """Make an open session."""
    return Session(
        SessionId(number),
        Carriage.DIRECT,
        SessionState.OPEN,
        f"wss://{host}/room",
        NOW,
        host=host,
        messages=PerDirection(2, 3),
        bytes=PerDirection(20, 30),
    )


def rule(name: str) -> RuleStatus:
    """Make a rule that failed once."""
    return RuleStatus(
        name, "/rules.yaml:3:5", True, "message", 4, 2, 1, NOW, "text: no 'x' in \x1b[31m", "what it is for"
    )


class FakeEngine:
    """Implements `steered.Steered` without traffic: sessions 1 and 2 are open, messages 1.5 and 2.7 are held."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.open = [session(1), session(2, "feed.test")]
        self.points: list[Breakpoint] = []
        self.waiting: dict[tuple[int, int], tuple[int, bytes]] = {(1, 5): (1, b"hello"), (2, 7): (2, b"\x00\xff")}
        self.rule_list = [rule("vip")]
        self.listeners: list[Callable[[Notice], None]] = []
        self.released = asyncio.Event()
        self.broken = False
        self.refusal: WsinspectError | None = None

    def tell(self, kind: NoticeKind, text: str = "", session: int | None = None, message: int | None = None) -> None:
        """Tell a notice to whoever subscribed."""
        for listener in self.listeners:
            listener(Notice(kind, NOW, text, session, message))

    def _find(self, session: int, number: int) -> tuple[int, bytes]:
        if (session, number) not in self.waiting:
            raise EngineError(f"message {session}.{number} is not held", hint="'held' lists what is")
        return self.waiting[session, number]

    def status(self) -> EngineStatus:
        if self.broken:
            raise KeyError("a mistake of ours")
        return EngineStatus(
            "0.1", "/chat.wsi", ("127.0.0.1:8080",), NOW, len(self.open), 3, PerDirection(12, 15), 4711, 0, False, True,
            len(self.waiting), len(self.points), 1, ("/rules.yaml",), 0, 0,
        )  # fmt: skip

    def sessions(self) -> Sequence[Session]:
        return self.open

    def add_breakpoint(self, expression: str, owner: str) -> int:
        parse(expression, Target.MESSAGE)
        self.points.append(Breakpoint(len(self.points) + 1, expression, owner, 0))
        return len(self.points)

    def remove_breakpoint(self, number: int) -> None:
        if number not in {point.number for point in self.points}:
            raise EngineError(f"there is no breakpoint {number}")
        self.points = [point for point in self.points if point.number != number]

    def breakpoints(self) -> Sequence[Breakpoint]:
        return self.points

    def held(self) -> Sequence[Held]:
        return [
            Held(session, number, Direction.C2S, opcode, len(payload), NOW, "breakpoint 1", changed=False)
            for (session, number), (opcode, payload) in self.waiting.items()
        ]

    def held_payload(self, session: int, number: int) -> tuple[int, bytes]:
        return self._find(session, number)

    def edit(self, session: int, number: int, payload: bytes, opcode: int | None) -> None:
        before, _ = self._find(session, number)
        self.waiting[session, number] = (before if opcode is None else opcode, payload)
        self.calls.append(("edit", session, number, payload, opcode))

    def release(self, session: int, number: int) -> None:
        self._find(session, number)
        del self.waiting[session, number]
        self.calls.append(("release", session, number))

    def release_all(self, owner: str | None, why: str | None) -> int:
        if self.broken:
            raise KeyError("a mistake of ours")
        released = len(self.waiting)
        self.waiting.clear()
        self.calls.append(("release_all", owner, why))
        self.released.set()
        return released

    def drop(self, session: int, number: int) -> None:
        self._find(session, number)
        del self.waiting[session, number]
        self.calls.append(("drop", session, number))

    def inject(self, session: int, direction: Direction, frame: Injection) -> None:
        self.calls.append(("inject", session, direction, frame))

    def close(self, session: int, directions: Sequence[Direction], code: int | None, reason: str) -> None:
        self.calls.append(("close", session, tuple(directions), code, reason))

    def abort(self, session: int) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.calls.append(("abort", session))

    def half_close(self, session: int, direction: Direction) -> None:
        self.calls.append(("half_close", session, direction))

    def rules(self) -> Sequence[RuleStatus]:
        return self.rule_list

    def load_rules(self, files: Sequence[Path]) -> None:
        if any("bad" in path.name for path in files):
            raise RuleError("/bad.yaml:1:1: no rules\n/bad.yaml:2:1: unknown key 'relpace'", hint="mend them")
        self.calls.append(("load_rules", *files))

    def reload_rules(self) -> None:
        self.calls.append(("reload_rules",))

    def enable_rule(self, rule: str, *, enabled: bool) -> None:
        self.calls.append(("enable_rule", rule, enabled))

    def pause(self) -> None:
        self.calls.append(("pause",))

    def resume(self) -> None:
        self.calls.append(("resume",))

    def tag(self, session: int, number: int | None, tags: Sequence[str]) -> None:
        self.calls.append(("tag", session, number, tuple(tags)))

    def note(self, session: int, number: int | None, text: str | None) -> None:
        self.calls.append(("note", session, number, text))

    def shut_down(self) -> None:
        self.calls.append(("shut_down",))

    def subscribe(self, listener: Callable[[Notice], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


@contextlib.contextmanager
def engine_in_thread(directory: Path) -> Iterator[tuple[FakeEngine, str, asyncio.AbstractEventLoop]]:
    """Serve a control channel in a thread, for tests of commands that run an event loop of their own.

    Yields:
        The engine, the address, and the loop that it is served in.
    """
    engine = FakeEngine()
    started = threading.Event()
    served: list[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        stop = asyncio.Event()
        async with serve(engine, directory) as address:
            served.append((address, asyncio.get_running_loop(), stop))
            started.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert started.wait(20)
    address, loop, stop = served[0]
    try:
        yield engine, address, loop
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        assert not thread.is_alive()
