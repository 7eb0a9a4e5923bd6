"""Reads what the detail shows: the last of what is wanted, and again what may have changed."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from wsinspect.errors import StoreError, WsinspectError
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.data.capture import Capture, Lane
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.selection import Chosen, ChosenMessage
from wsinspect.tui.widgets.detail.layouts import Layout, read_layout
from wsinspect.tui.widgets.detail.subject import AMOUNTS, Amount, HeldPayload, Subject, Wish, is_current, read_subject
from wsinspect.tui.widgets.detail.tabs import Tab, first_tab, tabs_of

AGAIN_AFTER_S = 0.2
"""What may have changed is read again no more often."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown."""

    chosen: Chosen
    tab: Tab | None = None
    """None, or one that there is not: what says most."""
    amount: Amount = AMOUNTS[0]
    went: bool | None = None
    """Whether what went is to be shown rather than what came; None: of what is held."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read."""

    wanted: Wanted
    subject: Subject | None
    """None where there is no such record, or not any more."""
    tab: Tab | None = None
    layout: Layout | None = None
    """None where there is no record; the same as before where nothing has changed."""
    layouts: dict[Tab, Layout] = field(default_factory=dict)
    """Of the tabs that were read of this subject."""


class Loader:
    """Reads one thing after the other, and of several that are wanted meanwhile the last.

    Args:
        capture: The capture.
        engine: The engine, which knows what is held.
        loaded: Called with what was read.
        failed: Called where the capture cannot be read.
    """

    def __init__(
        self,
        capture: Capture,
        engine: Engine,
        loaded: Callable[[Loaded], None],
        failed: Callable[[StoreError], None],
    ) -> None:
        self._capture, self._engine = capture, engine
        self._loaded, self._failed = loaded, failed
        self._wanted: Wanted | None = None
        self._known: Loaded | None = None
        self._held: HeldPayload | None = None
        self._asked, self._changed = asyncio.Event(), asyncio.Event()

    def want(self, wanted: Wanted | None) -> None:
        """Read something as soon as what is being read is there; None: nothing."""
        self._wanted = wanted
        if wanted is None:
            self._known = None
        self._asked.set()

    def look_again(self) -> None:
        """Read again what may have changed, in a moment."""
        self._changed.set()

    async def run(self) -> None:
        """Read until cancelled."""
        read = 0.0
        while True:
            await self._wait(read + AGAIN_AFTER_S)
            wanted = self._wanted
            if wanted is None:
                continue
            read = time.monotonic()
            try:
                loaded = await self._read(wanted)
            except StoreError as error:
                self._known = None
                if wanted == self._wanted:
                    self._failed(error)
                continue
            # What is wanted by now is another thing: it comes next.
            if wanted == self._wanted and loaded is not self._known:
                self._known = loaded
                self._loaded(loaded)

    async def _wait(self, earliest: float) -> None:
        """Wait until something is asked for, or, not before a time, may have changed."""
        waiting = [asyncio.create_task(event.wait()) for event in (self._asked, self._changed)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        if not self._asked.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(max(earliest - time.monotonic(), 0)):
                    await self._asked.wait()
        self._asked.clear()
        self._changed.clear()

    async def _read(self, wanted: Wanted) -> Loaded:
        held = await self._payload_now(wanted.chosen)
        known = self._known
        subject = None if known is None else known.subject
        reusable = (
            known is not None
            and subject is not None
            and replace(known.wanted, tab=wanted.tab) == wanted
            and held == self._held
        )
        self._held = held
        wish = Wish(wanted.chosen, wanted.amount, held, wanted.went)

        def look(reader: CaptureReader) -> Loaded:
            if not reusable or known is None or subject is None or not is_current(reader, subject):
                found = read_subject(reader, wish)
                if known is not None and known.wanted == wanted and found == subject:
                    return known
                return _with_layout(reader, wanted, found, {})
            found = replace(subject, session=reader.session(wanted.chosen.session))
            same_session = found.session == subject.session
            if known.wanted == wanted and (same_session or known.tab is not Tab.SESSION):
                return known
            kept = {tab: layout for tab, layout in known.layouts.items() if same_session or tab is not Tab.SESSION}
            return _with_layout(reader, wanted, found, kept)

        return await self._capture.read(look, Lane.DETAIL)

    async def _payload_now(self, chosen: Chosen) -> HeldPayload | None:
        """Ask the engine for a held message's payload as it would go."""
        if not isinstance(chosen, ChosenMessage) or not self._engine.connected:
            return None
        place = (chosen.session, chosen.number)
        held = next((each for each in self._engine.held if (each.session, each.message) == place), None)
        if held is None:
            return None
        try:
            answer = await self._engine.call("payload", session=chosen.session, message=chosen.number)
        except WsinspectError:
            # It was released meanwhile.
            return None
        from wsinspect.control.results import Payload  # noqa: PLC0415 - start-up time

        found = Payload.model_validate(answer)
        data = base64.b64decode(found.base64 or "") if found.text is None else found.text.encode()
        return HeldPayload(data, held.by)


def _with_layout(reader: CaptureReader, wanted: Wanted, found: Subject | None, layouts: dict[Tab, Layout]) -> Loaded:
    tabs = {} if found is None else tabs_of(found)
    if found is None or not tabs:
        return Loaded(wanted, None)
    tab = wanted.tab if wanted.tab is not None and wanted.tab in tabs else first_tab(found)
    if tab not in layouts:
        layouts[tab] = read_layout(reader, found, tab)
    return Loaded(wanted, found, tab, layouts[tab], layouts)
