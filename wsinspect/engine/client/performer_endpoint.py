"""One side of a session that a `Performer` plays: a `carrier.Endpoint` without a socket.

Theory of operation. Whenever something was heard, time has come, or the way is free again, the performer has its turn:
it is asked for acts until it has none, or a batch is full; what they are on the wire goes to the carrier in one piece,
as if it had come from a peer, and is recorded so. After a full batch others have theirs first. On the client's side a
turn follows in the very call in which something was heard; on the server's side the carrier may still have something to
write then, which an answer must not overtake, so there it waits for the next round of the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from wsinspect.engine.carrier import Carrier, Reason
from wsinspect.engine.client.closing import ClosingHandshake, answer_to
from wsinspect.model import Close, Direction
from wsinspect.model import End as PeerEnd
from wsinspect.replay.client.framing import Outgoing
from wsinspect.replay.client.hearing import MOST_HEARD_BYTES, Incoming
from wsinspect.replay.performing import Act, End, Performer, SendClose, SendFrame
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.frames import encode_frame, read_close
from wsinspect.wire.opcodes import Opcode

logger = logging.getLogger(__name__)

BATCH_BYTES = 64 << 10
"""From this size on a batch goes out."""
_LONGEST_CONTROL = 125


class PerformerEndpoint:
    """Plays a performer as one side of a carrier.

    Args:
        carrier: Of the session; told what the performer sends, and that it ends.
        performer: Asked on the event loop, never while the carrier is at something.
        side: The direction it sends in: C2S plays the client, S2C the server.
        deflate: permessage-deflate as agreed, None where it is not.
        opaque: Whether an unknown extension is agreed.
        mask_key: Returns four random bytes.
        clock: Unix nanoseconds that never go backwards.
        on_failure: Told what the performer raised; the session is aborted then. None: it is logged.
        most_heard: Most bytes of a message for the performer to hear.
    """

    def __init__(
        self,
        carrier: Carrier,
        performer: Performer,
        side: Direction,
        *,
        deflate: DeflateParams | None,
        opaque: bool = False,
        mask_key: Callable[[], bytes],
        clock: Callable[[], int],
        on_failure: Callable[[Exception], None] | None = None,
        most_heard: int = MOST_HEARD_BYTES,
    ) -> None:
        self._carrier = carrier
        self._performer = performer
        self._side = side
        self._clock = clock
        self._on_failure = on_failure
        self._mask_key = mask_key if side is Direction.C2S else None
        self._outgoing = Outgoing(side, deflate, mask_key=mask_key)
        self._incoming = Incoming(
            side.opposite,
            deflate,
            opaque=opaque,
            on_message=performer.heard,
            on_control=self._control,
            most=most_heard,
        )
        self._answers: list[bytes] = []
        """Pongs to send."""
        self._closing = ClosingHandshake()
        self._echo: bytes | None = None
        """What is to answer the close frame of the other side."""
        self._acts_over = False
        """Whether the performer is not asked any more."""
        self._ended = False
        """Whether our direction has ended."""
        self._told_end = False
        self._paused = Reason.NONE
        self._scheduled = False
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for: int | None = None

    @property
    def tls(self) -> bool:
        """Whether this connection is encrypted."""
        return False

    @property
    def closing(self) -> Close | None:
        """The first close frame, and whether it was answered; None without one."""
        return self._closing.record

    @property
    def incoming(self) -> Incoming:
        """What reads the other side."""
        return self._incoming

    def start(self) -> None:
        """Have the performer begin."""
        self.poke()

    def poke(self) -> None:
        """Ask the performer again: it got something to do from outside."""
        if not self._acts_over:
            self._schedule()

    # ---- carrier.Endpoint

    def send(self, data: bytes) -> None:
        """Take what the other side sent."""
        if self._told_end:
            return
        try:
            self._incoming.read(data, self._clock())
        except Exception as error:  # noqa: BLE001 - the performer's, whatever it is
            self._fail(error)
            return
        if self._side is Direction.C2S and not self._scheduled:
            self._turn()
        else:
            self._schedule()

    def end_writing(self, end: PeerEnd, *, source_tls: bool) -> None:  # noqa: ARG002 - the port's
        """Take the end of what the other side sends: this one then ends too."""
        self._tell_end()
        self._schedule()

    def reset(self) -> None:
        """Be gone."""
        self._leave()

    def close(self) -> None:
        """Be gone."""
        self._leave()

    def pause(self, reason: Reason) -> None:
        """Send nothing until every reason is gone."""
        self._paused |= reason

    def resume(self, reason: Reason) -> None:
        """Take one reason back."""
        self._paused &= ~reason
        if not self._paused:
            self._schedule()

    # ---- what is heard

    def _control(self, opcode: int, payload: bytes, now: int) -> None:
        self._performer.heard_control(opcode, payload, now)
        closed = self._closing.has(self._side) or self._closing.has(self._side.opposite)
        if opcode == Opcode.CLOSE:
            code, reason, _ = read_close(payload)
            if self._closing.note(self._side.opposite, code, reason) and not self._closing.has(self._side):
                self._echo = self._control_frame(Opcode.CLOSE, answer_to(payload))
        elif (
            opcode == Opcode.PING and len(payload) <= _LONGEST_CONTROL and not (self._performer.answers_pings or closed)
        ):
            if self._paused:  # RFC 6455 5.5.3: only the latest ping needs an answer; so what waits is bounded
                self._answers.clear()
            self._answers.append(self._control_frame(Opcode.PONG, payload))

    def _control_frame(self, opcode: int, payload: bytes) -> bytes:
        return encode_frame(opcode, payload, mask_key=None if self._mask_key is None else self._mask_key())

    # ---- turns

    def _schedule(self) -> None:
        if not self._scheduled and not self._ended:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._scheduled_turn)

    def _scheduled_turn(self) -> None:
        self._scheduled = False
        self._turn()

    def _turn(self) -> None:
        """Send what is to be sent now, and see when to go on."""
        if self._ended or (self._paused and not self._told_end and self._echo is None):
            return
        batch, self._answers = self._answers, []
        more, end = False, None
        try:
            more, end = self._perform(batch)
        except Exception as error:  # noqa: BLE001 - the performer's, whatever it is
            self._fail(error)
        if self._echo is not None:
            batch.append(self._echo)
            self._answered()
        if batch:
            self._carrier.receive(self._side, b"".join(batch))
        if end is not None:
            self._end(reset=end.reset)
        elif self._told_end or (self._side is Direction.S2C and self._closing.has(Direction.C2S)):
            self._end(reset=False)
        elif more and not self._acts_over:
            self._schedule()

    def _perform(self, batch: list[bytes]) -> tuple[bool, End | None]:
        """Add what acts are on the wire; return whether there may be more, and the end, if that is one."""
        if self._acts_over or self._told_end:
            return False, None
        ask, bytes_of, now = self._performer.next, self._outgoing.bytes_of, self._clock()
        size = 0
        while size < BATCH_BYTES:
            act = ask(now)
            if act is None:
                self._arm(self._performer.wake_at)
                return False, None
            if type(act) is End:
                self._acts_over = True
                return False, act
            data = bytes_of(act)  # type: ignore[arg-type]  # an `isinstance` would cost a third more
            size += len(data) or 1
            batch.append(data)
            if type(act) is not SendClose and type(act) is not SendFrame:
                continue
            self._note_close(act)
        return True, None

    def _note_close(self, act: Act) -> None:
        """Take note of a close frame of ours; from then on the other side has so long to end the connection."""
        if isinstance(act, SendClose):
            code, reason = act.code, act.reason if act.code is not None else None
        elif isinstance(act, SendFrame) and act.header and act.header[0] & 0x0F == Opcode.CLOSE:
            code, reason, _ = read_close(act.payload)
        else:
            return
        if self._closing.note(self._side, code, reason):
            self._echo = None
            self._carrier.close_soon()

    def _answered(self) -> None:
        """Take note that the close frame of the other side was answered for the performer: it has nothing more to say.

        RFC 6455 7.1.1: the server ends the connection first, so the client gives it time to.
        """
        self._closing.note(self._side, None, None)
        self._echo, self._acts_over = None, True
        self._arm(None)
        self._carrier.close_soon()

    def _arm(self, wake_at: int | None) -> None:
        """See to it that the performer is asked again then; not twice for the same time, once that has come."""
        now = self._clock()
        if wake_at == self._armed_for and (wake_at is None or self._timer is not None or wake_at <= now):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._armed_for = None, wake_at
        if wake_at is not None:
            self._timer = asyncio.get_running_loop().call_later(max(wake_at - now, 0) / 1e9, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._turn()

    # ---- ends

    def _end(self, *, reset: bool) -> None:
        """End our direction."""
        self._ended = self._acts_over = True
        self._arm(None)
        if not reset:
            self._carrier.close_soon()
        self._carrier.end(self._side, PeerEnd.RESET if reset else PeerEnd.FIN)

    def _tell_end(self) -> None:
        """Tell the performer, once."""
        if self._told_end:
            return
        self._told_end = True
        try:
            self._performer.ended(self._clock())
        except Exception as error:  # noqa: BLE001 - the performer's, whatever it is
            self._fail(error)

    def _leave(self) -> None:
        self._ended = self._acts_over = True
        self._arm(None)
        self._tell_end()

    def _fail(self, error: Exception) -> None:
        if self._on_failure is None:
            logger.error("what plays a session has failed: %r", error, exc_info=error)
        else:
            self._on_failure(error)
        self._acts_over = True
        asyncio.get_running_loop().call_soon(lambda: None if self._carrier.finished else self._carrier.abort())
