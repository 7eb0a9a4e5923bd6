"""A connection is played: set-up, variation, listening, ping, the next one, and the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.fuzz.outcome import Fate, Outcome, Reply
from wsinspect.replay.fuzz.shooting import PING, Listening, Shooter, Shot
from wsinspect.replay.fuzz.variation import Carried, Expected, Variation, message
from wsinspect.replay.performing import Act, End, SendClose, SendFrame, SendMessage
from wsinspect.replay.playing.player import Player, PlayOptions
from wsinspect.wire.opcodes import Opcode

S = 1_000_000_000
MS = 1_000_000
LISTENING = Listening(listen_ns=2 * S, settle_ns=50 * MS, probe_ns=S)
MESSAGE = Carried(Opcode.TEXT, b"live")


def sending(payload: bytes, expected: Expected = Expected.ANSWER) -> Variation:
    return Variation("m", "", payload.decode(), lambda carried: message(carried, payload), expected)


def broken(_: Carried) -> tuple[Act, ...]:
    raise ValueError("there is no such field")


def shooter(*variations: Variation, listening: Listening = LISTENING, setup: Player | None = None) -> Shooter:
    shots = [Shot(number, variation) for number, variation in enumerate(variations, 1)]
    return Shooter(lambda one, _: one.make(MESSAGE), shots, listening, setup, lambda: "it never came" if setup else "")


def acts(one: Shooter, now: int) -> list[Act]:
    found: list[Act] = []
    while (act := one.next(now)) is not None:
        found.append(act)
        assert len(found) < 10
    return found


def text(payload: bytes) -> SendMessage:
    return SendMessage(Opcode.TEXT, payload)


def is_ping(act: Act) -> bool:
    return isinstance(act, SendFrame) and act.header[0] == 0x89 and act.payload == PING


def test_an_answer_ends_the_listening_a_little_later() -> None:
    one = shooter(sending(b"a"))
    assert acts(one, 0) == [text(b"a")]
    assert one.wake_at == 2 * S
    one.heard(1, b"yes", 30 * MS)
    assert acts(one, 30 * MS) == []
    assert one.wake_at == 80 * MS
    one.heard(1, b"and more", 60 * MS)
    assert acts(one, 80 * MS) == [SendClose(1000)]
    (outcome,) = one.outcomes
    assert (outcome.number, outcome.fate, outcome.delay, outcome.sent_bytes) == (1, Fate.OPEN, 30 * MS, 1)
    assert [reply.payload for reply in outcome.replies] == [b"yes", b"and more"]
    assert outcome.answers_pings is None


def test_it_ends_when_nobody_answers_the_close() -> None:
    one = shooter(sending(b"a"))
    acts(one, 0)
    one.heard(1, b"yes", 0)
    assert acts(one, S) == [SendClose(1000)]
    assert one.wake_at == S + S // 2
    assert acts(one, S + S // 2) == [End(reset=True)]
    assert one.wake_at is None
    assert acts(one, 9 * S) == []


def test_without_early_ends_everything_is_heard() -> None:
    one = shooter(sending(b"a"), listening=replace(LISTENING, early=False))
    acts(one, 0)
    one.heard(1, b"yes", 30 * MS)
    assert acts(one, S) == []
    assert acts(one, 2 * S) == [SendClose(1000)]


def test_upon_silence_a_ping_asks_whether_anybody_is_there() -> None:
    one = shooter(sending(b"a"))
    acts(one, 0)
    (ping,) = acts(one, 2 * S)
    assert is_ping(ping)
    one.heard_control(Opcode.PONG, b"another", 2 * S)
    assert acts(one, 2 * S) == []
    one.heard_control(Opcode.PONG, PING, 2 * S + MS)
    assert acts(one, 2 * S + MS) == [SendClose(1000)]
    assert one.outcomes == [Outcome(1, Fate.OPEN, answers_pings=True, sent_bytes=1)]


def test_nobody_may_be_there() -> None:
    one = shooter(sending(b"a"))
    acts(one, 0)
    acts(one, 2 * S)
    assert acts(one, 3 * S) == [End(reset=True)]
    assert one.outcomes[0].answers_pings is False


def test_an_answer_may_come_late() -> None:
    one = shooter(sending(b"a"))
    acts(one, 0)
    acts(one, 2 * S)
    one.heard(1, b"yes", 2 * S + MS)
    assert acts(one, 2 * S + 51 * MS) == [SendClose(1000)]
    assert (one.outcomes[0].delay, one.outcomes[0].answers_pings) == (2 * S + MS, True)


def test_what_comes_anyway_is_no_answer() -> None:
    tick = Reply.of(1, b'{"type": "tick"}', 0).shape
    one = shooter(sending(b"a"), listening=replace(LISTENING, background=frozenset({tick})))
    acts(one, 0)
    one.heard(1, b'{"type": "tick"}', MS)
    assert acts(one, S) == []
    one.heard(1, b'{"type": "answer"}', S)
    acts(one, 2 * S)
    assert [str(reply.shape) for reply in one.outcomes[0].replies] == ["answer"]


def test_a_close_is_the_outcome() -> None:
    one = shooter(sending(b"a"), sending(b"b"))
    acts(one, 0)
    one.heard_control(Opcode.CLOSE, b"\x03\xf3oops", 5 * MS)
    (outcome,) = one.outcomes
    assert (outcome.fate, outcome.close_code, outcome.close_reason, outcome.ended_after) == (
        Fate.CLOSED, 1011, "oops", 5 * MS,
    )  # fmt: skip
    assert acts(one, 5 * MS) == []
    one.ended(6 * MS)
    assert len(one.outcomes) == 1
    assert [shot.number for shot in one.left] == [2]


def test_a_loss_is_the_outcome() -> None:
    one = shooter(sending(b"a"))
    acts(one, 0)
    one.ended(5 * MS)
    assert one.outcomes == [Outcome(1, Fate.LOST, ended_after=5 * MS, sent_bytes=1)]
    assert acts(one, S) == []


def test_a_close_after_the_goodbye_is_its_answer() -> None:
    one = shooter(sending(b"a"))
    acts(one, 0)
    one.heard(1, b"yes", 0)
    acts(one, S)
    one.heard_control(Opcode.CLOSE, b"\x03\xe8", S)
    one.ended(S)
    assert [outcome.fate for outcome in one.outcomes] == [Fate.OPEN]


def test_a_close_between_two_variations_leaves_the_second() -> None:
    one = shooter(sending(b"a"), sending(b"b"), listening=replace(LISTENING, gap_ns=S))
    acts(one, 0)
    one.heard(1, b"yes", 0)
    assert acts(one, 50 * MS) == []
    one.heard_control(Opcode.CLOSE, b"", 60 * MS)
    assert [shot.number for shot in one.left] == [2]
    assert len(one.outcomes) == 1


def test_variations_follow_each_other_on_one_connection() -> None:
    one = shooter(sending(b"a"), sending(b"b"), listening=replace(LISTENING, gap_ns=S))
    acts(one, 0)
    one.heard(1, b"yes", 0)
    assert acts(one, 50 * MS) == []
    assert one.wake_at == S + 50 * MS
    assert acts(one, S + 50 * MS) == [text(b"b")]
    one.heard(1, b"yes", 2 * S)
    assert acts(one, 3 * S) == [SendClose(1000)]
    assert [outcome.number for outcome in one.outcomes] == [1, 2]


def test_what_may_spoil_the_connection_is_the_last_on_it() -> None:
    one = shooter(sending(b"a", Expected.ANYTHING), sending(b"b"))
    acts(one, 0)
    one.heard(1, b"yes", 0)
    assert acts(one, S) == [SendClose(1000)]
    assert [shot.number for shot in one.left] == [2]


def test_what_cannot_be_written_is_passed_over() -> None:
    one = shooter(Variation("m", "", "x", broken), sending(b"b"))
    assert acts(one, 0) == [text(b"b")]
    assert one.outcomes == [Outcome(1, Fate.UNWRITABLE, trouble="there is no such field")]
    one = shooter(Variation("m", "", "x", broken))
    assert acts(one, 0) == [SendClose(1000)]


def several(carried: Carried) -> tuple[Act, ...]:
    return text(b"1"), text(b"22"), SendClose(1000)


def test_what_comes_between_the_frames_of_a_variation_counts() -> None:
    one = shooter(Variation("m", "", "x", several))
    assert one.next(0) == text(b"1")
    one.heard(1, b"early", 0)
    assert acts(one, 10 * MS) == [text(b"22"), SendClose(1000)]
    assert one.wake_at == 60 * MS
    assert acts(one, 60 * MS) == [SendClose(1000)]
    assert one.outcomes[0].sent_bytes == 3


def test_replies_are_not_kept_without_end() -> None:
    one = shooter(sending(b"a"))
    acts(one, 0)
    for _ in range(300):
        one.heard(1, b"y" * 1000, 0)
    acts(one, S)
    replies = one.outcomes[0].replies
    assert len(replies) == 100
    assert sum(len(reply.payload) for reply in replies) == 64 << 10
    assert one.outcomes[0].reply_bytes == 100_000


def test_nothing_is_kept_that_comes_when_nothing_is_at_work() -> None:
    one = shooter()
    one.heard(1, b"hello", 0)
    assert acts(one, 0) == [SendClose(1000)]
    one.ended(0)
    assert one.outcomes == []


TALK = recorded(
    '> {"type":"login"}', '< {"type":"welcome"}', '> {"type":"ask"}', '< {"type":"answer"}',
)  # fmt: skip


def player(wait_ns: int = S) -> Player:
    return Player(TALK, Direction.C2S, PlayOptions(wait_ns=wait_ns, plain=True), until=2)


def sent(found: Sequence[Act]) -> list[bytes]:
    return [cast(SendMessage, act).payload for act in found]


def test_the_set_up_goes_first_and_goes_on_hearing() -> None:
    setup = player()
    one = shooter(sending(b"a"), setup=setup)
    assert sent(acts(one, 0)) == [b'{"type":"login"}']
    one.heard_control(Opcode.PING, b"", 0)
    one.heard(1, b'{"type":"welcome"}', MS)
    assert sent(acts(one, MS)) == [b"a"]
    assert setup.is_ready
    one.heard(1, b'{"type":"answer"}', 2 * MS)
    assert setup.report.heard == 2
    assert acts(one, S) == [SendClose(1000)]
    assert one.outcomes[0].delay == MS


def test_a_set_up_that_gets_no_answer_fails() -> None:
    one = shooter(sending(b"a"), sending(b"b"), setup=player())
    acts(one, 0)
    assert one.wake_at is not None
    assert one.wake_at <= S
    assert acts(one, S) == [SendClose(1000)]
    assert one.outcomes == [Outcome(1, Fate.NO_SETUP, trouble="it never came")]
    assert one.wake_at == S + S // 2


def test_a_close_during_the_set_up_fails_it() -> None:
    one = shooter(sending(b"a"), setup=player())
    acts(one, 0)
    one.heard_control(Opcode.CLOSE, b"\x03\xf0go away", MS)
    one.ended(MS)
    assert [outcome.trouble for outcome in one.outcomes] == ["the server closed with 1008 go away during the set-up"]


def test_a_loss_during_the_set_up_fails_it() -> None:
    one = shooter(sending(b"a"), setup=player())
    acts(one, 0)
    one.ended(MS)
    assert [outcome.trouble for outcome in one.outcomes] == ["the connection was lost during the set-up"]


def test_a_set_up_may_fail_with_nothing_to_send() -> None:
    one = shooter(setup=player())
    acts(one, 0)
    one.ended(MS)
    assert one.outcomes == []


def test_heartbeats_are_answered_while_it_listens() -> None:
    beats = ["< 2", "> 3"] * 4
    talk = recorded("> 40", '< 40{"sid":"x"}', *beats, '> 42["ask"]', '< 42["answer"]')
    asked = next(event for event in talk.events if event.payload == b'42["ask"]')
    setup = Player(talk, Direction.C2S, PlayOptions(plain=True), until=asked.index)
    one = shooter(sending(b"a"), setup=setup)
    assert sent(acts(one, 0)) == [b"40"]
    one.heard(1, b'40{"sid":"y"}', MS)
    assert sent(acts(one, MS)) == [b"a"]
    one.heard(1, b"2", S)
    assert sent(acts(one, S)) == [b"3"]
