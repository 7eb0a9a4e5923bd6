"""Actions that send frames of our own."""

from __future__ import annotations

import pytest

from tests.rules.turns import SESSION, act, event, message
from wsinspect.model import Direction, Source
from wsinspect.rules.actions_speak import MOST_AT_ONCE
from wsinspect.rules.ruling import Broadcast, Inject
from wsinspect.rules.turn import ActionError
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.sending import Injection

C2S, S2C = Direction.C2S, Direction.S2C


def frame(opcode: int, payload: bytes) -> Injection:
    return Injection(opcode, payload, source=Source.RULE)


def inject(
    direction: Direction, sent: Injection, after_ns: int = 0, every_ns: int | None = None, times: int | None = 1
) -> Inject:
    return Inject("r1", direction, sent, after_ns, every_ns, times)


HI = frame(Opcode.TEXT, b"hi")


@pytest.mark.parametrize(
    ("action", "then", "effects"),
    [
        ({"send": {"to": "server", "text": "hi"}}, [HI], []),
        ({"send": {"to": "client", "text": "hi"}}, [], [inject(S2C, HI)]),
        ({"send": {"to": "both", "text": "hi", "repeat": 2}}, [HI, HI], [inject(S2C, HI)] * 2),
        ({"send": {"to": "server", "text": "hi", "after": "1s"}}, [], [inject(C2S, HI, 10**9)]),
        (
            {"send": {"to": "server", "text": "hi", "repeat": {"every": "1s"}}},
            [],
            [inject(C2S, HI, 0, 10**9, None)],
        ),
        (
            {"send": {"to": "client", "hex": "ff", "after": "1s", "repeat": {"times": 3, "every": "2s"}}},
            [],
            [inject(S2C, frame(Opcode.BINARY, b"\xff"), 10**9, 2 * 10**9, 3)],
        ),
        ({"reply": "hi"}, [], [inject(S2C, HI)]),
        ({"reply": {"json": {"id": "{{ message.json.id }}"}}}, [], [inject(S2C, frame(Opcode.TEXT, b'{"id":7}'))]),
        ({"reply": {"text": "hi", "after": "1ms"}}, [], [inject(S2C, HI, 10**6)]),
        ({"ping": {"to": "server", "text": "{{ rule }}"}}, [frame(Opcode.PING, b"r1")], []),
        ({"pong": "client"}, [], [inject(S2C, frame(Opcode.PONG, b""))]),
        ({"ping": {"to": "server", "after": "1s"}}, [], [inject(C2S, frame(Opcode.PING, b""), 10**9)]),
        (
            {
                "raw_frame": {
                    "to": "server",
                    "opcode": 3,
                    "fin": False,
                    "rsv": 5,
                    "mask": False,
                    "length": 9,
                    "payload": "ff",
                }
            },
            [Injection(3, b"\xff", False, 5, Source.RULE, False, announced=9)],
            [],
        ),
        ({"raw_frame": {"to": "client", "opcode": 1, "text": "{{ rule }}"}}, [], [inject(S2C, frame(1, b"r1"))]),
        ({"raw_frame": {"to": "client", "opcode": 0}}, [], [inject(S2C, frame(0, b""))]),
    ],
)
def test_what_goes_the_messages_way_at_once_goes_right_behind_it(
    action: object, then: list[Injection], effects: list[Inject]
) -> None:
    turn = message('{"id":7}')
    act(action, turn)
    assert turn.then == then
    assert turn.effects == effects
    assert not turn.changed


def test_details_say_how_much_and_where_to() -> None:
    turn = message("x")
    assert act({"send": {"to": "both", "text": "é"}}, turn) == "2 bytes to both"
    assert act({"reply": "hi"}, turn) == "2 bytes to client"
    assert act({"raw_frame": {"to": "server", "opcode": 3}}, turn) == "opcode 3, 0 bytes to server"


def test_an_answer_goes_to_whoever_sent_the_message() -> None:
    turn = message("x", direction=S2C)
    assert act({"reply": "hi"}, turn) == "2 bytes to server"
    assert turn.effects == [inject(C2S, HI)]
    with pytest.raises(ActionError, match="no message to answer"):
        act({"reply": "hi"}, event())


def test_without_a_message_all_are_effects() -> None:
    turn = event()
    act({"send": {"to": "both", "text": "hi"}}, turn)
    assert (turn.then, turn.effects) == ([], [inject(C2S, HI), inject(S2C, HI)])


def test_a_broadcast_goes_to_the_sessions_that_fit() -> None:
    turn = message("x")
    assert act({"broadcast": {"to": "both", "text": "hi", "match": {"host": "chat.*"}}}, turn) == "2 bytes to both"
    (effect,) = turn.effects
    assert isinstance(effect, Broadcast)
    assert (effect.rule, effect.directions, effect.frame) == ("r1", (C2S, S2C), HI)
    assert effect.fits(SESSION)
    act({"broadcast": {"to": "both", "text": "hi", "match": {"host": "other"}}}, turn)
    other = turn.effects[1]
    assert isinstance(other, Broadcast)
    assert not other.fits(SESSION)


def test_what_no_control_frame_holds_is_an_error() -> None:
    with pytest.raises(ActionError, match="a control frame holds 125 bytes, not 126"):
        act({"ping": {"to": "client", "text": "{{ 'x' * 126 }}"}}, message("x"))


def test_no_end_of_messages_is_sent_at_once() -> None:
    turn = message("x")
    act({"send": {"to": "server", "text": "hi", "repeat": MOST_AT_ONCE}}, turn)
    assert len(turn.then) == MOST_AT_ONCE
    with pytest.raises(ActionError, match="at most 1000 messages are sent at once"):
        act({"send": {"to": "server", "text": "hi", "repeat": MOST_AT_ONCE + 1}}, turn)
