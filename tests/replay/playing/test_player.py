"""A player sends what a side sent, waits as long as it is worth, and reports how far it came."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest

from tests.replay.playing.stage import MS, START, Stage
from tests.replay.recordings import Line, recorded
from wsinspect.model import Direction, End
from wsinspect.replay.performing import SendMessage
from wsinspect.replay.playing.paces import Pace
from wsinspect.replay.playing.player import Player, PlayOptions
from wsinspect.replay.playing.report import Closing, Outcome
from wsinspect.replay.recording import Event

TALK: tuple[Line, ...] = (
    '< {"type":"hello"}',
    '> {"op":"login"}',
    '< {"type":"welcome","token":"a"}',
    '> {"op":"buy","token":"a"}',
    '< {"type":"sold"}',
    ">> close 1000 bye",
    "<< close 1000 bye",
)
LOGIN, BUY, BYE = '> {"op":"login"}', '> {"op":"buy","token":"a"}', ">> close 1000 bye"
HELLO, WELCOME, SOLD = '< {"type":"hello"}', '< {"type":"welcome","token":"b"}', '< {"type":"sold"}'


@dataclass
class Issued:
    """Values that are put into payloads: what was heard last in place of `a`."""

    needed: Mapping[int, Collection[int]] = field(default_factory=dict)
    token: str = "a"
    told: list[tuple[int, bytes]] = field(default_factory=list)

    def heard(self, event: Event, opcode: int, payload: bytes) -> None:
        assert opcode == 1
        self.told.append((event.index, payload))
        if b"token" in payload:
            self.token = "b"

    def written(self, event: Event, now: int) -> bytes:
        assert now >= START
        return event.payload.replace(b'"token":"a"', f'"token":"{self.token}"'.encode())

    def needs(self, event: Event) -> Collection[int]:
        return self.needed.get(event.index, ())


def stage(
    *lines: Line, values: Issued | None = None, until: int | None = None, options: PlayOptions | None = None
) -> Stage:
    return Stage(Player(recorded(*lines), Direction.C2S, options, values, until))


def test_a_session_is_played_causally_to_its_end() -> None:
    values = Issued()
    play = stage(*TALK, values=values)
    assert play.plays() == []
    assert play.hears(HELLO) == [LOGIN]
    assert play.hears(WELCOME) == ['> {"op":"buy","token":"b"}']
    assert play.hears(SOLD) == [BYE]
    assert play.hears("<< close 1000 bye") == []
    play.ends()
    report = play.player.report
    assert report.as_recorded
    assert (report.outcome, report.sent, report.planned, report.heard, report.expected) == (Outcome.PLAYED, 2, 2, 3, 3)
    assert report.matched == [0, 2, 4]
    assert report.closed == report.recorded_close == Closing(1000, "bye")
    assert [index for index, _ in values.told] == [0, 2, 4]
    assert report.remarks == []


def test_in_sequence_nothing_is_looked_at() -> None:
    play = stage(*TALK, options=PlayOptions(pace=Pace.SEQUENCE))
    assert play.hears("< x") == [LOGIN]
    assert play.hears("< y") == [BUY]
    assert play.hears("< z") == [BYE]


def test_by_the_clock_it_wants_to_be_woken() -> None:
    play = stage("> a", "> b", options=PlayOptions(pace=Pace.TIMED, speed=2.0))
    assert play.plays() == []
    assert play.player.wake_at == START + 50 * MS
    assert play.waits() == ["> a"]
    assert play.player.wake_at == START + 100 * MS
    assert play.waits() == ["> b", ">> close 1000"]


def test_by_the_clock_the_rest_of_the_recording_is_listened_to() -> None:
    play = stage("> a", "+4000ms < late", options=PlayOptions(pace=Pace.TIMED))
    play.plays()
    assert play.waits() == ["> a"]
    assert play.waits() == []
    assert play.now == START + 4_100 * MS
    assert play.waits() == [">> close 1000"]


def test_a_wait_that_runs_out_ends_it_and_says_why() -> None:
    play = stage(*TALK, options=PlayOptions(wait_ns=500 * MS))
    assert play.hears(HELLO) == [LOGIN]
    assert play.hears('< {"type":"error","reason":"no"}') == []
    assert play.player.wake_at == START + 500 * MS
    assert play.waits(100) == [], "too early"
    assert play.waits() == [">> close 1000"]
    report = play.player.report
    assert (report.outcome, report.sent) == (Outcome.RAN_OUT, 1)
    (wait,) = report.waits
    assert wait.event is not None
    assert (wait.event.index, [event.index for event in wait.missing], wait.waited_ns) == (3, [2], 500 * MS)
    assert wait.nearest is not None
    assert wait.nearest.kind == "error"
    assert report.extra == {"error": 1}
    play.hears("<< close 1000")
    play.ends()
    assert report.outcome is Outcome.RAN_OUT
    assert [event.index for event in report.never_came] == [2, 4]
    assert [event.index for event in report.unsent] == [3]
    assert not report.as_recorded


def test_what_was_cut_was_not_sent() -> None:
    recording = recorded("> a", "> b")
    cut = replace(recording, events=(replace(recording.events[0], complete=False), recording.events[1]))
    play = Stage(Player(cut, Direction.C2S))
    assert play.plays() == ["> b", ">> close 1000"]
    play.ends()
    assert [event.index for event in play.player.report.unsent] == [0]


def test_progress_prolongs_a_wait() -> None:
    play = stage("< alpha", "< beta", "> c")
    play.plays()
    play.now += 9_000 * MS
    play.hears("< alpha")
    assert play.player.wake_at == play.now + 10_000 * MS


@pytest.mark.parametrize("pace", [Pace.SEQUENCE, Pace.CAUSAL])
def test_it_may_go_on_without(pace: Pace) -> None:
    play = stage(*TALK, options=PlayOptions(pace=pace, keep_going=True))
    assert play.plays() == []
    assert play.waits() == [LOGIN]
    assert play.waits() == [BUY]
    assert play.waits() == [BYE]
    play.hears("<< close 1000")
    play.ends()
    assert play.player.report.outcome is Outcome.PLAYED
    assert len(play.player.report.waits) == 3
    assert not play.player.report.as_recorded


def test_without_a_close_it_waits_for_what_is_to_come_and_closes() -> None:
    play = stage("> a", "< b")
    assert play.plays() == ["> a"]
    assert play.player.wake_at == START + 3_000 * MS
    assert play.hears("< b") == [">> close 1000"]
    assert "closed it with 1000" in play.player.report.remarks[0]
    play.hears("<< close 1000")
    play.ends()
    assert play.player.report.as_recorded


def test_what_does_not_come_then_is_told() -> None:
    play = stage("> a", "< b")
    play.plays()
    assert play.waits() == [">> close 1000"]
    (wait,) = play.player.report.waits
    assert (wait.event, [event.index for event in wait.missing]) == (None, [1])
    play.ends()
    assert play.player.report.outcome is Outcome.PLAYED


def test_the_other_sides_close_is_waited_for_where_it_closed_first() -> None:
    lines = ("> a", "<< close 1001 done", ">> close 1001 done")
    play = stage(*lines)
    assert play.plays() == ["> a"]
    play.hears("<< close 1001 done")
    play.ends()
    assert play.player.report.as_recorded
    late = stage(*lines)
    late.plays()
    assert late.waits() == [">> close 1000"]
    assert "did not end" in late.player.report.remarks[0]
    late.hears("<< close 1000")
    assert late.player.report.close_differs


def test_another_code_is_a_difference() -> None:
    play = stage("> a", "<< close 1001", ">> close 1001")
    play.plays()
    play.hears("<< close 4000 no")
    play.ends()
    report = play.player.report
    assert (report.outcome, report.closed, report.close_differs) == (Outcome.PLAYED, Closing(4000, "no"), True)
    assert not report.as_recorded


def test_an_early_close_ends_it() -> None:
    play = stage(*TALK)
    play.hears(HELLO)
    assert play.hears("<< close 4401 who") == []
    assert play.hears("<< close 1000 again", WELCOME) == [], "nothing is sent behind it"
    play.ends()
    report = play.player.report
    assert (report.outcome, report.sent, report.closed) == (Outcome.CLOSED, 1, Closing(4401, "who"))
    assert report.remarks == ["The server closed, as it did not in the recording."]


def test_a_close_that_is_not_in_the_recording_is_told_when_all_was_sent() -> None:
    play = stage("> a", "< b")
    play.plays()
    play.hears("<< close 1000")
    assert play.player.report.outcome is Outcome.PLAYED
    assert play.player.report.remarks == ["The server closed, as it did not in the recording."]


def test_a_loss_is_told() -> None:
    play = stage(*TALK)
    play.hears(HELLO)
    play.ends()
    assert play.plays() == []
    assert play.player.report.outcome is Outcome.LOST


def test_whoever_does_not_end_the_connection_after_the_close_is_left() -> None:
    play = stage("> a", ">> close 1000")
    assert play.plays() == ["> a", ">> close 1000"]
    assert play.waits() == ["end"]
    assert play.plays() == []
    assert "did not end" in play.player.report.remarks[-1]
    play.player.heard_control(8, b"", play.now)
    assert play.player.report.closed == Closing(None)


def test_it_may_be_stopped() -> None:
    play = stage(*TALK)
    play.hears(HELLO)
    play.player.stop()
    assert play.hears(WELCOME) == []
    play.ends()
    play.player.stop()
    assert play.player.report.outcome is Outcome.STOPPED
    assert play.player.report.sent == 1


def test_heartbeats_are_answered_when_they_come() -> None:
    play = stage("< 2", "> 3", "> a", "< b", "< 2", "> 3", ">> close 1000")
    assert play.plays() == ["> a"]
    assert play.hears("< 2") == ["> 3"]
    assert play.hears("< 2", "< 2") == ["> 3", "> 3"], "one more than in the recording"
    assert play.hears("< b") == [">> close 1000"]
    assert play.hears("< 2") == []
    report = play.player.report
    assert (report.answered, report.planned, report.sent, report.extra) == (3, 1, 1, {})


def test_neither_heartbeats_nor_streams_prolong_a_wait() -> None:
    ticks = [f'< {{"type":"tick","n":{number}}}' for number in range(4)]
    play = stage("> a", *ticks, "< 2", "> 3", '< {"type":"end"}', "> b")
    assert play.plays() == ["> a"]
    play.now += 9_000 * MS
    assert play.hears("< 2", ticks[0], ticks[1]) == ["> 3"]
    assert play.waits() == [">> close 1000"]
    assert play.now == START + 10_000 * MS
    (wait,) = play.player.report.waits
    assert [came.kind for came in wait.came] == ["tick", "tick"], "heartbeats are no news"
    assert [came.number for came in wait.came] == [3, 4], "of all messages, ours among them"


def test_streams_are_listened_to_for_a_while_before_the_close() -> None:
    ticks = [f'< {{"type":"tick","n":{number}}}' for number in range(4)]
    for ending in ([], [">> close 1000"]):
        play = stage("> a", *ticks, *ending)
        assert play.plays() == ["> a"]
        assert play.hears(*ticks[:3]) == []
        assert play.hears(ticks[3]) == [">> close 1000"]
        slow = stage("> a", *ticks, *ending)
        slow.plays()
        assert slow.hears(*ticks[:3]) == []
        assert slow.waits() == [">> close 1000"]
        assert slow.now == START + 3_000 * MS
        assert slow.player.report.as_recorded


def test_a_loss_that_is_in_the_recording_is_waited_for() -> None:
    recording = recorded("> a", "> b")
    recording = replace(recording, session=replace(recording.session, ends=((Direction.S2C, End.RESET),)))
    play = Stage(Player(recording, Direction.C2S))
    assert play.plays() == ["> a", "> b"]
    assert play.player.wake_at == START + 3_000 * MS
    play.ends()
    assert play.player.report.as_recorded
    early = Stage(Player(recording, Direction.C2S))
    early.player.next(START)
    early.ends()
    assert early.player.report.outcome is Outcome.LOST


def test_answers_have_the_values_of_what_they_answer() -> None:
    lines = ('< {"type":"ping","token":"a"}', '> {"type":"pong","token":"a"}', "> a", "< b")
    play = stage(*lines, values=Issued(), options=PlayOptions(plain=True))
    play.plays()
    assert play.hears('< {"type":"ping","token":"b"}') == ['> {"type":"pong","token":"b"}']


def test_other_control_frames_are_the_connections() -> None:
    play = stage("> a", "< b")
    play.plays()
    assert play.hears("<< ping x", "<< pong y") == []
    assert not play.player.answers_pings


def test_recorded_pings_are_played() -> None:
    play = stage("> a", ">> ping x", "< b")
    assert play.plays() == ["> a", ">> ping x"]
    assert play.player.report.sent == 1


def test_a_changed_message_is_sent_as_one_an_unchanged_one_as_it_was() -> None:
    play = stage("> x", '> {"token":"a"}', values=Issued(token="z"))
    first, second = play.player.next(START), play.player.next(START)
    assert first == SendMessage(1, b"x", event=0)
    assert second == SendMessage(1, b'{"token":"z"}', event=1)


def test_all_before_a_message_may_be_played_for_somebody_else_to_go_on() -> None:
    play = stage(*TALK, until=3)
    assert play.hears(HELLO) == [LOGIN]
    assert not play.player.is_ready
    assert play.hears(WELCOME) == []
    assert play.player.is_ready
    assert play.player.wake_at is None
    assert (play.player.report.planned, play.player.report.sent) == (1, 1)
    play.hears("<< close 1000")
    assert play.player.report.outcome is Outcome.CLOSED


def test_what_is_needed_before_it_may_be_missing_then() -> None:
    play = stage(*TALK, until=3)
    play.hears(HELLO)
    assert play.waits() == [">> close 1000"]
    assert not play.player.is_ready
    assert play.player.report.outcome is Outcome.RAN_OUT


def test_what_is_wrong_with_the_recording_is_remarked() -> None:
    recording = replace(recorded("> a"), problems=("Something is missing.",))
    assert Player(recording, Direction.C2S).report.remarks == ["Something is missing."]
