"""A dry run asks rules about recorded traffic as an engine would have, by the clock of the record."""

from __future__ import annotations

import dataclasses
import random

import pytest

from wsinspect.model import (
    Carriage,
    Close,
    Completeness,
    Direction,
    Frame,
    HttpHead,
    Message,
    PerDirection,
    Session,
    SessionId,
    SessionState,
    Source,
    Stage,
)
from wsinspect.rules.compile import RuleSet
from wsinspect.rules.findings import RuleTally
from wsinspect.rules.load import load
from wsinspect.rules.ruling import ScriptAnswer, ScriptCall
from wsinspect.rules.trial import Skip, Trial, head_text
from wsinspect.rules.turn import Surroundings

S = 1_000_000_000
C2S, S2C = Direction
REQUEST = HttpHead("HTTP/1.1", (("Host", "a.test"), ("Origin", "https://a.test")), method="GET", target="/chat")
RESPONSE = HttpHead("HTTP/1.1", (("Upgrade", "websocket"),), status=101, reason="Switching Protocols")


def trial(rules: str, *, assemble_limit: int = 100, examples: int = 5, **more: object) -> Trial:
    """Make a trial of rules, items of `rules:`."""
    loaded = load("r.yaml", lambda _: f"version: 1\nseed: 1\nrules:\n{rules}")
    around = Surroundings(random.Random, scripts="script" in more)
    return Trial(loaded, RuleSet(loaded, around), examples=examples, assemble_limit=assemble_limit, **more)  # type: ignore[arg-type]


def session(number: int = 1, **changes: object) -> Session:
    made = Session(
        SessionId(number), Carriage.DIRECT, SessionState.CLOSED, "ws://a.test/chat", 0, host="a.test", path="/chat",
        status=101, closed=100 * S, close=Close("client", 1000, "", clean=True), request=REQUEST, response=RESPONSE,
        messages=PerDirection(50, 60), tags=("old",),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def message(
    number: int, payload: bytes = b"abc", direction: Direction = C2S, *, at: int = 1, opcode: int = 1, **changes: object
) -> Message:
    size = len(payload)
    made = Message(number, SessionId(1), number, at * S, at * S, direction, opcode, (number,), size, size + 2, payload)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def frame(opcode: int, payload: bytes = b"", direction: Direction = C2S, *, at: int = 1, **changes: object) -> Frame:
    made = Frame(SessionId(1), 9, at * S, direction, bytes([0x80 | opcode, len(payload)]), len(payload), payload)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def only(run: Trial) -> RuleTally:
    [tally] = run.findings.tallies.values()
    return tally


def test_messages_are_counted_and_what_became_of_them_is_shown() -> None:
    run = trial("  - {id: it, match: {dir: c2s, text: b}, do: [{replace: {text: b, with: B}}]}")
    run.session(session())
    for number, payload in enumerate((b"abc", b"xyz", b"bb"), 1):
        run.message(message(number, payload, at=number))
    run.message(message(4, direction=S2C))
    run.finish(200 * S)
    assert (run.sessions, run.messages) == (1, 4)
    tally = only(run)
    assert (tally.asked, tally.matched, tally.changed) == (3, 2, 2)
    assert [(str(one.spot), one.before, one.after) for one in run.findings.examples] == [
        ("1.1", b"abc", b"aBc"),
        ("1.3", b"bb", b"BB"),
    ]


@pytest.mark.parametrize(
    ("action", "column", "after"),
    [
        ("drop", "dropped", None),
        ("delay: 50", "delayed", None),
        ("hold", "held", None),
        ("reply: hi", "sent", None),
        ("duplicate", "sent", None),
    ],
)
def test_decisions_are_counted(action: str, column: str, after: bytes | None) -> None:
    run = trial(f"  - id: it\n    do:\n      - {action}\n")
    run.session(session())
    run.message(message(1))
    run.finish(200 * S)
    assert (getattr(only(run), column), only(run).changed) == (1, 0)
    assert run.findings.examples[0].after is after


def test_a_message_that_is_changed_and_delayed_is_shown_changed() -> None:
    run = trial("  - {id: it, do: [{set_text: new}, {delay: 50}]}")
    run.session(session())
    run.message(message(1))
    assert run.findings.examples[0].after == b"new"


def test_a_session_that_no_rule_can_touch_is_only_counted() -> None:
    run = trial("  - {id: it, match: {host: b.test}, do: [drop]}")
    run.session(session())
    run.message(message(1))
    run.control(frame(9))
    run.finish(200 * S)
    assert (run.messages, only(run).asked) == (1, 0)


def test_a_direction_that_no_rule_wants_is_only_counted() -> None:
    run = trial("  - {id: it, match: {dir: c2s}, do: [drop]}")
    run.session(session())
    run.message(message(1, direction=S2C))
    assert (run.messages, only(run).asked) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "skip"),
    [
        ({"truncated": 5}, Skip.INCOMPLETE),
        ({"completeness": Completeness.CUT_OFF}, Skip.INCOMPLETE),
        ({"completeness": Completeness.ARRIVING}, Skip.INCOMPLETE),
        ({"payload": b"x" * 101, "size": 101}, Skip.TOO_LARGE),
        ({"session": SessionId(7)}, Skip.UNPLACED),
        ({"end": 101 * S}, Skip.UNPLACED),
    ],
)
def test_what_no_rule_could_judge_is_left_out_and_counted(changes: dict[str, object], skip: Skip) -> None:
    run = trial("  - {id: it, do: [drop]}")
    run.session(session())
    run.message(dataclasses.replace(message(1), **changes))  # type: ignore[arg-type]  # fields of a message
    assert (run.skipped, only(run).dropped) == ({skip: 1}, 0)


def test_a_message_that_waited_is_a_whole_one() -> None:
    run = trial("  - {id: it, do: [drop]}")
    run.session(session())
    run.message(message(1, completeness=Completeness.WAITING))
    assert only(run).dropped == 1


def test_a_message_that_is_too_large_may_end_the_session() -> None:
    run = trial("  - {id: it, on_oversize: close, do: [drop]}")
    run.session(session())
    run.message(message(1, b"x" * 101))
    run.message(message(2))
    assert run.skipped == {Skip.TOO_LARGE: 1, Skip.ENDED: 1}


@pytest.mark.parametrize(
    ("action", "left_out"),
    [
        ("close: 1012", [1, 1]),
        ("close: {code: 1012, side: server}", [1, 1]),
        ("abort", [1, 1]),
        ("blackhole: s2c", [0, 1]),
        ("half_close: client", [0, 1]),
    ],
)
def test_behind_an_end_that_a_rule_made_there_is_nothing(action: str, left_out: list[int]) -> None:
    run = trial(f"  - {{id: it, limit: {{times: 1}}, do: [{{{action if ':' in action else action + ': '}}}]}}")
    run.session(session())
    run.message(message(1))
    counts = []
    for direction in Direction:
        before = run.skipped[Skip.ENDED]
        run.message(message(2, direction=direction))
        counts.append(run.skipped[Skip.ENDED] - before)
    assert counts == left_out
    assert only(run).ended == 1


def test_control_frames_are_asked_of_rules_on_them() -> None:
    run = trial(
        "  - {id: ping, on: ping, match: {dir: c2s}, do: [{set_text: pong}]}\n"
        "  - {id: close, on: close, match: {close_code: 4001}, do: [drop]}"
    )
    run.session(session())
    run.control(frame(9, b"x"))
    run.control(frame(9, b"x", direction=S2C))
    run.control(frame(0xA, b"x"))
    run.control(frame(8, (4001).to_bytes(2)))
    run.control(frame(9, b"x", stage=Stage.SENT))
    run.control(frame(1, b"x"))
    run.control(frame(3, b"x"))
    run.control(frame(9, b"x", truncated=1))
    run.control(frame(9, b"x", completeness=Completeness.CUT_OFF))
    run.control(frame(9, b"x", session=SessionId(5)))
    run.finish(S)
    ping, close = run.findings.tallies.values()
    assert (ping.asked, ping.matched, ping.changed) == (1, 1, 1)
    assert (close.asked, close.dropped) == (1, 1)
    assert run.skipped == {Skip.INCOMPLETE: 2, Skip.UNPLACED: 1}
    first = run.findings.examples[0]
    assert (str(first.spot), first.before, first.after) == ("1.f9", b"x", b"pong")


def test_what_rules_and_users_sent_is_asked_of_rules_that_want_it() -> None:
    run = trial("  - {id: it, match: {source: user}, do: [drop]}")
    run.session(session())
    run.message(message(1, source=Source.USER))
    run.message(message(2))
    run.finish(S)
    assert only(run).matched == 1


def test_heads_are_shown_before_and_after() -> None:
    run = trial(
        "  - {id: request, on: handshake_request, do: [{header_set: {Origin: 'https://b.test'}}]}\n"
        "  - {id: response, on: handshake_response, match: {status: 101}, do: [{header_add: {X: y}}]}"
    )
    run.session(session())
    run.finish(S)
    request, response = run.findings.examples
    assert request.before == b"GET /chat HTTP/1.1\nHost: a.test\nOrigin: https://a.test"
    assert request.after == b"GET /chat HTTP/1.1\nHost: a.test\nOrigin: https://b.test"
    assert response.before == b"HTTP/1.1 101 Switching Protocols\nUpgrade: websocket"
    assert response.after == b"HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nX: y"
    assert [tally.asked for tally in run.findings.tallies.values()] == [1, 1]


def test_a_status_without_a_reason_is_written_without_one() -> None:
    assert head_text(HttpHead("HTTP/1.1", (), status=403)) == "HTTP/1.1 403"


@pytest.mark.parametrize("event", ["handshake_request", "handshake_response"])
@pytest.mark.parametrize("action", ["reject", "abort"])
def test_a_session_whose_upgrade_is_refused_has_no_messages(event: str, action: str) -> None:
    run = trial(f"  - {{id: it, on: {event}, do: [{action}]}}\n  - {{id: messages, do: [drop]}}")
    run.session(session())
    run.message(message(1))
    run.finish(S)
    assert run.skipped == {Skip.UNPLACED: 1}
    assert (run.findings.tallies["it"].ended, run.findings.tallies["it"].changed) == (1, 0)


def test_a_mocked_server_does_not_say_what_the_real_one_said() -> None:
    run = trial("  - {id: it, on: handshake_request, do: [{mock: {upstream: false}}]}\n  - {id: m, do: [drop]}")
    run.session(session())
    run.message(message(1))
    run.message(message(2, direction=S2C))
    assert (run.skipped, run.findings.tallies["m"].dropped) == ({Skip.ENDED: 1}, 1)


@pytest.mark.parametrize("state", [SessionState.REFUSED, SessionState.FAILED])
def test_what_never_opened_has_a_handshake_only(state: SessionState) -> None:
    run = trial("  - {id: request, on: handshake_request, do: [{tag: x}]}\n  - {id: open, on: open, do: [{tag: x}]}")
    run.session(session(state=state, status=403, response=None))
    run.finish(S)
    assert [tally.matched for tally in run.findings.tallies.values()] == [1, 0]


def test_a_record_without_heads_is_opened_all_the_same() -> None:
    run = trial("  - {id: open, on: open, do: [{send: {to: client, text: hi}}]}")
    run.session(session(request=None, response=None))
    run.finish(S)
    assert (only(run).asked, only(run).matched, only(run).sent) == (1, 1, 1)


def test_rules_know_no_more_of_a_session_than_they_would_have_known() -> None:
    run = trial(
        "  - {id: status, on: handshake_request, when: has(session.status), do: [drop]}\n".replace("drop", "tag: x")
        + "  - {id: old-tag, match: {tag: old}, do: [drop]}\n"
        "  - {id: first, match: {index: 1}, do: [drop]}"
    )
    run.session(session())
    run.message(message(51))
    run.finish(S)
    assert [tally.matched for tally in run.findings.tallies.values()] == [0, 0, 1]


def test_timers_go_off_by_the_clock_of_the_record_while_a_session_is_open() -> None:
    run = trial("  - {id: it, on: {timer: 10s}, do: [{send: {to: client, text: hi}}]}")
    run.session(session(closed=35 * S))
    run.message(message(1, at=12))
    assert only(run).sent == 1
    run.message(message(2, at=31))
    assert only(run).sent == 3
    run.finish(1000 * S)
    assert (only(run).asked, only(run).matched, only(run).sent) == (3, 3, 3)
    assert [one.spot.time for one in run.findings.examples] == [10 * S, 20 * S, 30 * S]


def test_timers_and_silence_side_by_side_go_off_once_each() -> None:
    run = trial("  - {id: t, on: {timer: 60s}, do: [{tag: x}]}\n  - {id: i, on: {idle: 10s}, do: [{tag: x}]}")
    run.session(session())
    run.message(message(1, at=12))
    run.finish(90 * S)
    assert [tally.matched for tally in run.findings.tallies.values()] == [1, 2]


def test_a_session_that_is_still_open_has_timers_up_to_the_end_of_the_record() -> None:
    run = trial("  - {id: it, on: {timer: 10s}, do: [{tag: x}]}")
    run.session(session(closed=None, state=SessionState.OPEN))
    run.finish(25 * S)
    assert only(run).matched == 2


def test_silence_is_told_by_the_clock_of_the_record() -> None:
    run = trial("  - {id: it, on: {idle: 10s}, do: [{expect: {message: too quiet}}]}")
    run.session(session())
    for number, at in enumerate((5, 12, 30, 35), 1):
        run.message(message(number, at=at))
    run.finish(36 * S)
    assert [(one.spot.time, one.text) for one in run.findings.failures] == [(22 * S, "too quiet")]


def test_timers_of_a_session_that_a_rule_ended_are_silent() -> None:
    run = trial("  - {id: it, on: {timer: 10s}, do: [abort]}")
    run.session(session())
    run.finish(90 * S)
    assert only(run).matched == 1


def test_timers_that_go_off_too_often_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.rules.trial._MOST_WAKES", 4)
    run = trial("  - {id: it, on: {timer: 1s}, do: [{tag: x}]}")
    run.session(session())
    run.finish(90 * S)
    assert (run.stopped_timers, only(run).matched) == (1, 3)


def test_sessions_side_by_side_have_timers_of_their_own() -> None:
    run = trial("  - {id: it, on: {timer: 10s}, do: [{tag: x}]}")
    run.session(session(closed=25 * S))
    run.session(session(2, opened=5 * S, closed=26 * S))
    run.finish(90 * S)
    assert only(run).matched == 4


def test_states_are_counted_by_sessions() -> None:
    run = trial("  - {id: it, match: {text: go}, do: [{goto: gone}]}\n  - {id: o, on: open, do: [{tag: x}]}")
    run.session(session())
    run.session(session(2))
    run.message(message(1, b"go"))
    run.message(message(2, b"go"))
    assert run.findings.states == {"start": 2, "gone": 1}


def test_failures_and_errors_are_gathered() -> None:
    run = trial(
        "  - {id: fails, do: [{expect: {that: size > 3, message: 'only {{ message.size }}'}}]}\n"
        "  - {id: breaks, do: [{json_set: {$.a: 1}}]}"
    )
    run.session(session())
    run.message(message(1, b"abc"))
    run.message(message(2, b'{"b":1}'))
    run.finish(S)
    assert [(str(one.spot), one.rule) for one in run.findings.failures] == [("1.1", "fails")]
    assert "only 3" in run.findings.failures[0].text
    assert [(str(one.spot), one.rule) for one in run.findings.errors] == [("1.1", "breaks")]
    assert run.findings.tallies["breaks"].errors == 1


def test_scripts_are_called() -> None:
    def script(call: ScriptCall) -> ScriptAnswer:
        return ScriptAnswer(payload=bytes(reversed(call.message["payload"])))  # type: ignore[call-overload]

    run = trial("  - {id: it, do: [{script: x.py}]}", script=script)
    run.session(session())
    run.message(message(1))
    assert run.findings.examples[0].after == b"cba"
