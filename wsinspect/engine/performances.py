"""The recordings that rules play in one session.

The server of a mocked session is a `Stage`, from which a recording is heard as a server's messages are: rules act on
them, and so does the brake of a slow client. In any other session, and to a real server, an `Intruder` plays.
What is played goes on when the rules are read again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

from wsinspect.engine.client.performer_endpoint import PerformerEndpoint
from wsinspect.engine.intruder import Intruder
from wsinspect.engine.rehearsals import Part
from wsinspect.engine.stage import Stage
from wsinspect.engine.steered import Notice, NoticeKind
from wsinspect.errors import WsinspectError
from wsinspect.model import Direction, HttpHead
from wsinspect.replay.binding.rebinding import Rebinder
from wsinspect.replay.mocking.answering import Answering
from wsinspect.replay.mocking.manner import Stranger
from wsinspect.replay.mocking.reciting import Reciting
from wsinspect.rules.ruling import Replay

if TYPE_CHECKING:
    from wsinspect.engine.carrier import Carrier
    from wsinspect.engine.session_control import SessionControl

logger = logging.getLogger(__name__)

MOST_LOGGED = 10
"""Messages of a session that are in no recording, of which the log tells."""
MOST_MISSING = 5
UNMATCHED_TAG = "unmatched"
"""Of a session with messages that are in no recording."""


class House(Protocol):
    """What performances need of the engine."""

    def clock(self) -> int:
        """Return Unix nanoseconds."""

    async def part(self, wanted: Replay) -> Part:
        """Make a recording ready. Raises `WsinspectError`."""

    def tell(self, notice: Notice) -> None:
        """Tell a notice to all who listen."""

    def blame(self, rule: str, error: str, session: int) -> None:
        """Count an error of a rule's, and tell of it."""


class Performances:
    """Plays what rules want to be played in a session.

    Args:
        control: Of the session.
        house: The engine's.
    """

    def __init__(self, control: SessionControl, house: House) -> None:
        self._control = control
        self._house = house
        self._carrier: Carrier | None = None
        self._stage: Stage | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: list[Replay] = []
        """Wanted before there was a session."""
        self._intruders: list[Intruder] = []
        self._playing: list[tuple[Replay, Answering | Reciting, Rebinder]] = []
        self._strangers = 0
        self._over = False

    @property
    def heard_directions(self) -> Collection[Direction]:
        """Directions whose messages have to be told to `heard`."""
        return {intruder.hears for intruder in self._intruders}

    def stand_in(self, carrier: Carrier) -> None:
        """Put a stage in the place of the server that there is none of."""
        recorder = self._control.recorder
        stage = self._stage = Stage()
        endpoint = carrier.stand_in = PerformerEndpoint(
            carrier,
            stage,
            Direction.S2C,
            deflate=recorder.deflate,
            opaque=recorder.opaque,
            mask_key=lambda: bytes(4),  # servers do not mask
            clock=self._house.clock,
        )
        stage.poke = endpoint.poke

    def attach(self, carrier: Carrier) -> None:
        """Begin what was wanted at the handshake."""
        self._carrier = carrier
        waiting, self._waiting = self._waiting, []
        for wanted in waiting:
            self.begin(wanted)

    def begin(self, wanted: Replay) -> None:
        """Play a recording from now on, or as soon as there is a session."""
        if self._carrier is None:
            self._waiting.append(wanted)
            return
        stage = self._stage if wanted.direction is Direction.S2C else None
        stage = stage or self._intrude(wanted)
        stage.await_part()
        task = asyncio.get_running_loop().create_task(self._make_ready(wanted, stage))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def heard(self, direction: Direction, opcode: int, payload: bytes) -> None:
        """Take a message of a peer, while the relay is busy."""
        for intruder in self._intruders:
            if intruder.hears is direction:
                intruder.heard(opcode, payload)

    def stop(self) -> None:
        """Play nothing more: the session is over."""
        self._over = True
        for task in list(self._tasks):
            task.cancel()
        for intruder in self._intruders:
            intruder.stop()
        for wanted, performer, values in self._playing:
            text = f"{performer.matched:,} of its messages were in the recording, {performer.unmatched:,} were not"
            self._tell(NoticeKind.REPLAY, f"played {_name(wanted)}: {text}", wanted)
            for why in values.missing[:MOST_MISSING]:
                logger.info("session %d: %s", self._control.id, why)
        self._playing.clear()

    def _intrude(self, wanted: Replay) -> Stage:
        """Have an intruder listen from now on; return where its part is to be put."""
        stage = Stage()
        intruder = Intruder(
            self._control,
            stage,
            wanted.direction,
            self._house.clock,
            lambda why: self._house.blame(wanted.rule, why, self._control.id),
        )
        stage.poke = intruder.poke
        self._intruders.append(intruder)
        self._control.later(self._control.refresh)
        return stage

    async def _make_ready(self, wanted: Replay, stage: Stage) -> None:
        try:
            part = await self._house.part(wanted)
            if not self._over:
                self._play(part, wanted, stage)
        except Exception as error:  # noqa: BLE001 - whatever it is, the session goes on, and it is told of
            why = str(error) if isinstance(error, WsinspectError) else f"{type(error).__name__}: {error}"
            self._house.blame(wanted.rule, f"cannot play {_name(wanted)}: {why}", self._control.id)
            stage.give_up()

    def _play(self, part: Part, wanted: Replay, stage: Stage) -> None:
        performer, values = part.performer(
            self._control.recorder.session, lambda stranger: self._stranger(wanted, stranger)
        )
        values.opened(self._head_of_other_side(wanted))
        self._playing.append((wanted, performer, values))
        self._tell(NoticeKind.REPLAY, f"plays {_name(wanted)}, {wanted.mode.value}", wanted)
        stage.begin(performer)

    def _head_of_other_side(self, wanted: Replay) -> HttpHead | None:
        session = self._control.recorder.session
        return session.request if wanted.direction is Direction.S2C else session.response

    def _stranger(self, wanted: Replay, stranger: Stranger) -> None:
        """Tell of a message that is none of those recorded."""
        self._strangers += 1
        if self._strangers == 1:
            self._control.recorder.tag(UNMATCHED_TAG)
        text = f"{stranger.shape} is not in the recording"
        if stranger.nearest is not None:
            text += f"; the nearest is message {stranger.nearest.number}: {'; '.join(stranger.differences)}"
        self._tell(NoticeKind.UNMATCHED, text, wanted)
        if self._strangers <= MOST_LOGGED:
            more = ": of further ones nothing is said here" if self._strangers == MOST_LOGGED else ""
            logger.warning("session %d: %s%s", self._control.id, text, more)

    def _tell(self, kind: NoticeKind, text: str, wanted: Replay) -> None:
        self._house.tell(self._control.notice(kind, text, None, wanted.rule))


def _name(wanted: Replay) -> str:
    return f"session {wanted.session} of {wanted.file}"
