"""A mock says what was said upon a message, with the live values, and keeps the rhythm of what has one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest

from tests.replay.recordings import T0, recorded
from wsinspect.model import Direction, End
from wsinspect.replay.mocking import answering
from wsinspect.replay.mocking.answering import Answering
from wsinspect.replay.mocking.catalogue import Catalogue
from wsinspect.replay.mocking.cues import cues_of
from wsinspect.replay.mocking.manner import Manner, Stranger, Unmatched
from wsinspect.replay.performing import Act, SendClose, SendFrame, SendMessage
from wsinspect.replay.performing import End as EndAct
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.opcodes import Opcode

NOW = T0 + 10**15
S = 1_000_000_000


@dataclass
class Plain:
    """Puts the `id` of the message heard last into what is said."""

    number: object = None
    heard_events: list[int] = field(default_factory=list)

    def heard(self, event: Event, opcode: int, payload: bytes) -> None:
        self.heard_events.append(event.index)
        if payload.startswith(b"{"):
            self.number = json.loads(payload).get("id")

    def written(self, event: Event, now: int) -> bytes:
        if self.number is None or not event.payload.startswith(b'{"id"'):
            return event.payload
        return json.dumps({**json.loads(event.payload), "id": self.number}, separators=(",", ":")).encode()


class Stage:
    """A mock, and who talks to it."""

    def __init__(self, recording: Recording, manner: Manner | None = None, side: Direction = Direction.S2C) -> None:
        manner = manner or Manner()
        cues = cues_of(recording, side)
        self.values = Plain()
        self.strangers: list[Stranger] = []
        self.performer = Answering(
            cues, Catalogue(cues.others, manner.ignore), self.values, manner, self.strangers.append
        )
        self.now = NOW

    def acts(self) -> list[Act]:
        found: list[Act] = []
        while (act := self.performer.next(self.now)) is not None:
            found.append(act)
        return found

    def said(self) -> list[str]:
        return [shown(act) for act in self.acts()]

    def hear(self, text: str, opcode: int = Opcode.TEXT) -> list[str]:
        self.performer.heard(opcode, text.encode(), self.now)
        return self.said()

    def wait(self, ms: int) -> list[str]:
        """Let time pass, waking the mock when it wants to be."""
        end = self.now + ms * 1_000_000
        said: list[str] = []
        while self.performer.wake_at is not None and self.performer.wake_at <= end:
            self.now = max(self.performer.wake_at, self.now)
            said += self.said()
        self.now = end
        return said


def shown(act: Act) -> str:
    match act:
        case SendMessage():
            return act.payload.decode()
        case SendFrame():
            return f"frame {act.header.hex()} {act.payload.decode()}"
        case SendClose():
            return f"close {act.code} {act.reason}".rstrip()
        case EndAct():
            return "reset" if act.reset else "end"


PRICES = recorded(
    '< {"type":"hi"}',
    '> {"type":"price","id":1,"item":"kettle"}',
    '< {"id":1,"price":24.5}',
    '> {"type":"price","id":2,"item":"lamp"}',
    '< {"id":2,"price":39}',
    '> {"type":"bye"}',
    '< {"type":"left"}',
    "<< close 1000 bye",
    ">> close 1000",
)


def test_what_came_before_any_message_goes_at_once_and_answers_upon_their_questions() -> None:
    stage = Stage(PRICES)
    assert stage.said() == ['{"type":"hi"}']
    assert stage.hear('{"type":"price","id":7,"item":"kettle"}') == ['{"id":7,"price":24.5}']
    assert stage.hear('{"type":"price","id":8,"item":"lamp"}') == ['{"id":8,"price":39}']
    assert stage.performer.wake_at is None
    assert stage.hear('{"type":"bye"}') == ['{"type":"left"}']
    assert stage.wait(99) == []
    assert stage.wait(101) == ["close 1000 bye"]
    assert stage.hear('{"type":"bye"}') == []
    assert (stage.performer.matched, stage.performer.unmatched, stage.strangers) == (3, 0, [])


def test_the_same_values_decide_which_answer_it_is_whatever_the_order() -> None:
    stage = Stage(PRICES)
    stage.said()
    assert stage.hear('{"type":"price","id":1,"item":"lamp"}') == ['{"id":1,"price":39}']
    assert stage.hear('{"type":"price","id":2,"item":"kettle"}') == ['{"id":2,"price":24.5}']
    assert stage.hear('{"type":"price","id":3,"item":"kettle"}') == ['{"id":3,"price":24.5}']
    assert stage.hear('{"type":"price","id":4,"item":"lamp"}') == ['{"id":4,"price":39}']
    assert stage.hear('{"type":"price","id":5,"item":"broom"}') == ['{"id":5,"price":39}']


def test_what_is_new_takes_the_next_that_has_not_come() -> None:
    stage = Stage(PRICES)
    stage.said()
    assert stage.hear('{"type":"price","id":1,"item":"broom"}') == ['{"id":1,"price":24.5}']
    assert stage.hear('{"type":"price","id":2,"item":"mop"}') == ['{"id":2,"price":39}']


def test_a_stranger_is_told_of_with_the_nearest_and_nothing_is_sent() -> None:
    stage = Stage(PRICES)
    stage.said()
    assert stage.hear('{"type":"buy","id":1,"item":"kettle"}') == []
    (stranger,) = stage.strangers
    assert stranger.shape == "buy"
    assert stranger.nearest is not None
    assert stranger.nearest.index == 1
    assert stranger.differences == ('$.type: "buy", recorded "price"',)
    assert (stage.performer.matched, stage.performer.unmatched) == (0, 1)


@pytest.mark.parametrize(
    ("policy", "said", "told"),
    [
        (Unmatched.REPORT, [], 1),
        (Unmatched.IGNORE, [], 0),
        (Unmatched.ECHO, ["what?"], 1),
        (Unmatched.CLOSE, ["close 1008 not in the recording"], 1),
    ],
)
def test_what_is_done_about_a_stranger_can_be_chosen(policy: Unmatched, said: list[str], told: int) -> None:
    stage = Stage(PRICES, Manner(unmatched=policy))
    stage.said()
    assert stage.hear("what?") == said
    assert len(stage.strangers) == told


def test_where_nothing_was_said_by_the_client_nothing_is_near() -> None:
    stage = Stage(recorded("< a"))
    assert stage.hear("b") == ["a"]
    assert [(one.nearest, one.differences) for one in stage.strangers] == [(None, ())]


def test_timed_keeps_the_distance_to_each_message_at_the_speed_wanted() -> None:
    stage = Stage(
        recorded("< hi", "> go", "+300ms < one", "+100ms < two", "> stop", "< three"), Manner(timed=True, speed=2)
    )
    assert stage.said() == []
    assert stage.wait(50) == ["hi"]
    stage.now += 5 * S
    assert stage.hear("go") == []
    assert stage.wait(149) == []
    assert stage.wait(1) == ["one"]
    assert stage.hear("stop") == []
    assert stage.wait(50) == ["two", "three"]


def test_a_message_that_comes_again_before_all_was_said_keeps_its_own_values() -> None:
    stage = Stage(recorded('> {"do":"x","id":1}', '< {"id":1}', '< {"id":1,"more":1}'), Manner(timed=True))
    assert stage.said() == []
    assert stage.hear('{"do":"x","id":7}') == []
    assert stage.wait(100) == ['{"id":7}']
    assert stage.hear('{"do":"x","id":8}') == []
    assert stage.wait(100) == ['{"id":7,"more":1}', '{"id":8}']
    assert stage.wait(100) == ['{"id":8,"more":1}']


def test_only_replies_are_said_again() -> None:
    talk = ("> ask 1", "< yes", "> ask 2", "< yes", "< by the way", "> ask 3", "< yes")
    stage = Stage(recorded(*talk))
    assert [stage.hear(f"ask {number}") for number in (1, 2, 3)] == [["yes"], ["yes", "by the way"], ["yes"]]
    assert stage.hear("ask 2") == ["yes"]


def test_replies_to_messages_that_overlap_follow_their_own() -> None:
    stage = Stage(
        recorded(
            '> {"method":"slow","id":1}',
            '> {"method":"fast","id":2}',
            '< {"id":2,"result":2}',
            '< {"id":1,"result":1}',
        )
    )
    assert stage.hear('{"method":"slow","id":1}') == ['{"id":1,"result":1}']
    assert stage.hear('{"method":"fast","id":2}') == ['{"id":2,"result":2}']


TICKS = ("> watch", "< ok", *(["+1000ms < tick"] * 3), "> ask", "< yes", "+800ms < tick", "+1000ms < tick")


def test_ticks_keep_their_rhythm_as_long_as_the_client_stays() -> None:
    stage = Stage(recorded(*TICKS))
    assert stage.hear("watch") == ["ok"]
    assert stage.wait(2000) == ["tick"]
    assert stage.hear("ask") == ["yes"]
    assert stage.wait(10_000) == ["tick"] * 10
    stage.now += 60 * S
    assert stage.said() == ["tick", "tick"], "what could not go is not made up for"


def test_ticks_stop_upon_the_message_that_stopped_them_and_begin_again_with_the_one_that_began_them() -> None:
    stage = Stage(recorded(*TICKS, "> unwatch", "< off", "+9000ms > bye"))
    stage.hear("watch")
    assert stage.wait(1100) == ["tick"]
    assert stage.hear("unwatch") == ["off"]
    assert stage.wait(10_000) == []
    assert stage.hear("watch") == ["ok"]
    assert stage.wait(1100) == ["tick"]


def test_ticks_that_stopped_by_themselves_do_so_again() -> None:
    stage = Stage(recorded(*TICKS, "+9000ms < later"))
    stage.hear("watch")
    assert stage.hear("ask") == ["yes"]
    assert stage.wait(60_000) == ["tick"] * 5 + ["later"]


def test_pings_keep_their_rhythm() -> None:
    stage = Stage(recorded("< hi", "+1000ms << ping a", ">> pong a", "+900ms << ping b", ">> pong b"))
    assert stage.said() == ["hi"]
    assert stage.wait(3200) == ["frame 8901 a", "frame 8901 b", "frame 8901 a"]


def test_the_client_played_masks_its_frames() -> None:
    stage = Stage(recorded("< hi", ">> ping a", "> yes"), side=Direction.C2S)
    assert stage.said() == []
    assert stage.hear("hi") == []
    assert stage.wait(100) == ["frame 898100000000 a", "yes"]


ENGINE_IO = ('< 0{"sid":"x","pingInterval":300,"pingTimeout":200}', "> 40", '< 40{"sid":"y"}')


def test_the_heartbeat_of_engine_io_goes_on() -> None:
    stage = Stage(recorded(*ENGINE_IO))
    assert stage.said() == ['0{"sid":"x","pingInterval":300,"pingTimeout":200}']
    assert stage.hear("40") == ['40{"sid":"y"}']
    assert stage.wait(300) == ["2"]
    assert stage.hear("3") == []
    assert stage.wait(600) == ["2", "2"]
    assert stage.strangers == []


def test_the_heartbeat_of_engine_io_is_answered() -> None:
    stage = Stage(recorded(*ENGINE_IO, target="/socket.io/?EIO=3&transport=websocket"))
    stage.said()
    assert stage.hear("2") == ["3"]
    assert stage.wait(9000) == []


def test_an_end_of_the_conversation_waits_as_long_as_the_client_goes_on() -> None:
    stage = Stage(recorded("> a", "< b", "+5000ms << close 4000 idle"))
    assert stage.hear("a") == ["b"]
    assert stage.wait(4000) == []
    assert stage.hear("a") == ["b"]
    assert stage.wait(5000) == []
    assert stage.wait(100) == ["close 4000 idle"]
    assert stage.performer.wake_at is None
    stage.performer.heard(Opcode.TEXT, b"a", stage.now)
    assert stage.acts() == []


@pytest.mark.parametrize(("end", "shown_as"), [(End.RESET, "reset"), (End.FIN, "end")])
def test_a_connection_that_ended_without_a_close_ends_so_again(end: End, shown_as: str) -> None:
    recording = recorded("> a", "< b")
    recording = replace(recording, session=replace(recording.session, ends=((Direction.S2C, end),)))
    stage = Stage(recording)
    assert stage.hear("a") == ["b"]
    assert stage.wait(60) == []
    assert stage.hear("a") == ["b"]
    assert stage.wait(60) == []
    assert stage.wait(60) == [shown_as]


def test_who_closes_hears_nothing_more() -> None:
    stage = Stage(recorded("> a", "+500ms < b"), Manner(timed=True))
    stage.hear("a")
    stage.performer.heard_control(Opcode.PONG, b"", stage.now)
    stage.performer.heard_control(Opcode.CLOSE, b"", stage.now)
    assert stage.wait(1000) == []
    gone = Stage(recorded("< b"))
    gone.performer.ended(gone.now)
    assert gone.acts() == []


def test_who_asks_and_asks_and_reads_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "MOST_WAITING", 3)
    stage = Stage(recorded("> ask", "< yes", "< no"))
    for _ in range(9):
        stage.performer.heard(Opcode.TEXT, b"ask", stage.now)
    assert stage.said() == ["reset"]


CHAT = (
    *("> join", '> {"type":"typing"}', "< welcome", '< {"type":"typing","name":"ana"}', "< joined ben"),
    *('> {"type":"typing"}', '< {"type":"typing","name":"ana"}') * 2,
)
TYPING = '{"type":"typing","name":"ana"}'


@pytest.mark.parametrize("timed", [False, True])
def test_who_waits_within_a_burst_hears_what_came_behind_it_once(*, timed: bool) -> None:
    stage = Stage(recorded(*CHAT), Manner(timed=timed))
    assert stage.hear("join") == []
    assert stage.wait(199) == []
    assert stage.wait(1) == (["welcome"] if timed else ["welcome", "joined ben"])
    assert stage.wait(100) == (["joined ben"] if timed else [])
    stage.hear('{"type":"typing"}')
    assert stage.performer.wake_at is None or timed
    stage = Stage(recorded(*CHAT))
    stage.hear("join")
    stage.wait(1000)
    assert [stage.hear('{"type":"typing"}') for _ in range(4)] == [[TYPING]] * 4
    assert stage.hear("join") == []
    assert stage.wait(1000) == []


def test_who_goes_on_with_a_burst_hears_nothing_before_its_end() -> None:
    stage = Stage(recorded("> a", "> b", "+200ms > c", "< d", "> e", "< f"))
    assert stage.hear("a") == []
    assert stage.wait(300) == []
    assert stage.hear("b") == []
    assert stage.wait(399) == []
    assert stage.hear("c") == ["d"]
    assert stage.wait(1000) == []
    assert stage.hear("e") == ["f"]


def test_whose_burst_has_another_order_hears_what_came_behind_it_once() -> None:
    stage = Stage(recorded("> a", "> b", "< c"))
    assert stage.hear("b") == ["c"]
    assert stage.hear("a") == []
    assert stage.wait(1000) == []


def test_sure_replies_to_the_rest_of_a_burst_wait_for_it() -> None:
    stage = Stage(recorded('> {"do":"x","id":1}', '> {"do":"y","id":2}', '< {"id":2,"result":1}', "< news"))
    assert stage.hear('{"do":"x","id":1}') == []
    assert stage.wait(200) == ["news"]
    assert stage.hear('{"do":"y","id":2}') == ['{"id":2,"result":1}']


def test_ticks_and_the_end_behind_a_burst_begin_without_its_rest() -> None:
    stage = Stage(recorded("> watch", "> hush", "< ok", *["+1000ms < tick"] * 4, "+900ms << close 4000"))
    assert stage.hear("watch") == []
    assert stage.wait(200) == ["ok"]
    assert stage.wait(1000) == ["tick"]
    assert stage.hear("hush") == []
    assert stage.wait(1000) == ["tick"]
    recording = recorded("> a", "> b", "< c")
    ends = ((Direction.S2C, End.FIN),)
    stage = Stage(replace(recording, session=replace(recording.session, ends=ends)))
    assert stage.hear("a") == []
    assert stage.wait(1000) == ["c", "end"]


def test_a_burst_of_the_round_before_says_nothing_in_the_next() -> None:
    stage = Stage(recorded("> a", "> b", "< c", "<< close", "> d"), Manner(loop=True))
    assert [stage.hear(one) for one in "abd"] == [[], ["c"], []]
    assert stage.hear("d") == []
    assert stage.wait(1000) == []
    assert stage.hear("a") == []
    assert stage.wait(1000) == ["c"]


def test_a_loop_begins_again_where_the_recording_ends() -> None:
    stage = Stage(recorded("< hi", "> next", "< 1", "> next", "< two", "<< close"), Manner(loop=True))
    assert stage.said() == ["hi"]
    assert [stage.hear("next") for _ in range(5)] == [["1"], ["two"], ["1"], ["two"], ["1"]]
    assert stage.wait(10_000) == []


def test_a_loop_of_what_nobody_asked_for_keeps_its_time() -> None:
    stage = Stage(recorded("< a", "+3000ms < b", "<< close"), Manner(loop=True))
    assert stage.said() == ["a", "b"]
    assert stage.wait(3250) == []
    assert stage.wait(3200) == ["a", "b"]
    assert stage.wait(100) == ["a"]
    silent = Stage(recorded("<< close"), Manner(loop=True))
    assert (silent.acts(), silent.performer.wake_at) == ([], None)
