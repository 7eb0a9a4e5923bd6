"""Actions that send frames of our own."""

from __future__ import annotations

from collections.abc import Callable

from wsinspect.model import Direction, Source
from wsinspect.rules.acting import TOWARDS, Act, Place, check_control
from wsinspect.rules.content import compile_content, hex_bytes, text_bytes
from wsinspect.rules.predicates import session_predicate
from wsinspect.rules.ruling import Broadcast, Inject
from wsinspect.rules.schema import Broadcast as BroadcastSettings
from wsinspect.rules.schema import ControlFrame, RawFrame, Repeat, Reply, Send, To
from wsinspect.rules.turn import ActionError, Turn
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.sending import Injection

MOST_AT_ONCE = 1000
"""Messages that one `send` makes without time between them."""


def send(settings: Send, place: Place) -> Act:
    """Send a message, once or several times, at once or later."""
    build = compile_content(settings, place)
    repeat = settings.repeat
    if isinstance(repeat, int) and repeat > MOST_AT_ONCE:
        raise ActionError(f"at most {MOST_AT_ONCE} messages are sent at once: write repeat: {{times: …, every: …}}")

    def act(turn: Turn) -> str:
        opcode, payload = build(turn)
        _say(turn, settings.to, Injection(opcode, payload, source=Source.RULE), settings.after, repeat)
        return f"{len(payload)} bytes to {settings.to.value}"

    return act


def reply(settings: Reply, place: Place) -> Act:
    """Send a message to where the message came from."""
    build = compile_content(settings, place)

    def act(turn: Turn) -> str:
        if turn.direction is None:
            raise ActionError("there is no message to answer: use send")
        opcode, payload = build(turn)
        to = To.CLIENT if turn.direction is Direction.C2S else To.SERVER
        _say(turn, to, Injection(opcode, payload, source=Source.RULE), settings.after)
        return f"{len(payload)} bytes to {to.value}"

    return act


def ping(settings: ControlFrame, _: Place) -> Act:
    """Send a ping."""
    return _control(settings, Opcode.PING)


def pong(settings: ControlFrame, _: Place) -> Act:
    """Send a pong."""
    return _control(settings, Opcode.PONG)


def broadcast(settings: BroadcastSettings, place: Place) -> Act:
    """Send a message in every open session that matches."""
    build = compile_content(settings, place)
    fitting = session_predicate(settings.match)

    def act(turn: Turn) -> str:
        opcode, payload = build(turn)
        frame = Injection(opcode, payload, source=Source.RULE)
        turn.effects.append(Broadcast(turn.rule, TOWARDS[settings.to], frame, fitting(turn.now)))
        return f"{len(payload)} bytes to {settings.to.value}"

    return act


def raw_frame(settings: RawFrame, _: Place) -> Act:
    """Send a frame with any header, lies included."""
    make: Callable[[Turn], bytes] = hex_bytes(settings.payload or "")
    if settings.text is not None:
        make = text_bytes(settings.text)

    def act(turn: Turn) -> str:
        frame = Injection(
            settings.opcode,
            make(turn),
            settings.fin,
            settings.rsv,
            Source.RULE,
            settings.mask,
            announced=settings.length,
        )
        _say(turn, settings.to, frame)
        return f"opcode {settings.opcode}, {len(frame.payload)} bytes to {settings.to.value}"

    return act


def _control(settings: ControlFrame, opcode: Opcode) -> Act:
    make = text_bytes(settings.text)

    def act(turn: Turn) -> str:
        payload = make(turn)
        check_control(payload)
        _say(turn, settings.to, Injection(opcode, payload, source=Source.RULE), settings.after)
        return f"{len(payload)} bytes to {settings.to.value}"

    return act


def _say(turn: Turn, to: To, frame: Injection, after_ns: int = 0, repeat: int | Repeat = 1) -> None:
    """Send a frame: right behind the message where it goes the same way, at once."""
    for direction in TOWARDS[to]:
        if isinstance(repeat, Repeat):
            turn.effects.append(Inject(turn.rule, direction, frame, after_ns, repeat.every, repeat.times))
        elif direction is turn.direction and not after_ns:
            turn.then += [frame] * repeat
        else:
            turn.effects += [Inject(turn.rule, direction, frame, after_ns)] * repeat
