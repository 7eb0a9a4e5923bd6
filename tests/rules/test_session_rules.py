"""The rules of one session, event by event."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.running import (
    ASKED,
    C2S,
    OPEN,
    REQUEST,
    RESPONSE,
    S2C,
    SECOND,
    START_NS,
    acted,
    judged,
    message,
    rule_set,
    session_rules,
)
from wsinspect.model import Direction, PerDirection, Source
from wsinspect.rules.outcome import BAD_GATEWAY
from wsinspect.rules.ruling import AddTag, Inject, Ruling, ScriptAnswer
from wsinspect.rules.session_rules import SessionRules
from wsinspect.wire.decisions import Drop, Modify, Oversize
from wsinspect.wire.frames import encode_close
from wsinspect.wire.opcodes import Opcode

# ---- what is wanted


@pytest.mark.parametrize(
    ("rule", "c2s", "s2c"),
    [
        ("{id: a, do: [drop]}", (True, False), (True, False)),
        ("{id: a, match: {dir: c2s}, do: [drop]}", (True, False), (False, False)),
        ("{id: a, match: {type: binary, dir: s2c}, do: [drop]}", (False, False), (True, False)),
        ("{id: a, match: {source: rule}, do: [drop]}", (False, False), (False, False)),
        ("{id: a, on: ping, match: {dir: s2c}, do: [drop]}", (False, False), (False, True)),
        ("{id: a, on: close, do: [drop]}", (False, True), (False, True)),
        ("{id: a, on: {timer: 1s}, do: [{set: {x: 1}}]}", (False, False), (False, False)),
        ("{id: a, on: {idle: 1s}, do: [{set: {x: 1}}]}", (True, False), (True, False)),
        ("{id: a, on: {idle: 1s}, enabled: false, do: [{set: {x: 1}}]}", (False, False), (False, False)),
        ("{id: a, enabled: false, do: [drop]}", (False, False), (False, False)),
        ("{id: a, match: {subprotocol: v2, text: x}, do: [drop]}", (True, False), (True, False)),
    ],
)
def test_wants(rule: str, c2s: tuple[bool, bool], s2c: tuple[bool, bool]) -> None:
    rules = session_rules(f"rules: [{rule}]")
    assert (rules.wants(C2S), rules.wants(S2C)) == (c2s, s2c)


def test_whether_a_recording_may_be_played() -> None:
    play = "{id: b, on: open, do: [log: x, replay: {file: x.wsi, session: 1}]}"
    assert not session_rules("rules: [{id: a, do: [drop]}]").may_replay
    assert session_rules(f"rules: [{{id: a, do: [drop]}}, {play}]", rehearse=lambda _: "it").may_replay


def test_what_is_wanted_follows_the_answer_to_the_handshake() -> None:
    rules = session_rules("rules: [{id: a, match: {subprotocol: v1}, do: [drop]}]", ASKED)
    assert rules.wants(C2S) == (True, False)
    rules.update(replace(ASKED, messages=PerDirection(5, 5)))
    assert rules.wants(C2S) == (True, False)
    rules.update(OPEN)
    assert rules.wants(C2S) == (False, False)
    rules.update(replace(OPEN, subprotocol="v1"))
    assert acted(judged(rules)) == ["a"]


# ---- messages


def test_no_rule_matches() -> None:
    rules = session_rules("rules: [{id: a, match: {dir: c2s, text: x}, do: [drop]}]")
    assert judged(rules) is None
    assert judged(rules, b"x", S2C) is None
    assert acted(judged(rules, b"x")) == ["a"]


def test_places_and_gaps_are_counted_by_direction() -> None:
    rules = session_rules(
        """rules:
        - {id: third, match: {index: 3}, do: [{tag: x}]}
        - {id: late, match: {gap: {gt: 1s}}, do: [{tag: x}]}
        - {id: old, match: {since_open: {ge: 9s}}, do: [{tag: x}]}
        - {id: same, when: index == 3 or gap > 1s, do: [{tag: x}]}
        """
    )
    seconds = [(0, C2S), (0.5, S2C), (1, C2S), (2.5, C2S), (9, S2C), (9.1, S2C)]
    found = [acted(judged(rules, direction=way, time=START_NS + round(at * SECOND))) for at, way in seconds]
    assert found == [[], [], [], ["third", "late", "same"], ["late", "old", "same"], ["third", "old", "same"]]


def test_places_go_on_from_what_is_on_record() -> None:
    rules = session_rules(
        "rules: [{id: a, match: {index: 8}, do: [{tag: x}]}]", replace(OPEN, messages=PerDirection(7, 0))
    )
    assert acted(judged(rules)) == ["a"]


def test_only_rules_that_ask_see_injected_messages() -> None:
    rules = session_rules(
        "rules: [{id: peers, do: [{tag: x}]}, {id: ours, match: {source: rule}, do: [{tag: x}]},"
        " {id: all, match: {source: any}, do: [{tag: x}]}]"
    )
    found = {source.name: acted(judged(rules, source=source)) for source in Source}
    assert found == {"PEER": ["peers", "all"], "RULE": ["ours", "all"], "USER": ["all"], "REPLAY": ["all"]}


def test_one_document_serves_all_rules() -> None:
    rules = session_rules(
        """rules:
        - {id: a, match: {json: {$.a: 1, $.b: 2}}, do: [{json_set: {$.a: 9}}]}
        - {id: b, match: {json: {$.a: 9}}, do: [{tag: x}]}
        - {id: c, match: {json: {$.a: 1}}, do: [{tag: wrong}]}
        """
    )
    ruling = judged(rules, b'{"a":1,"b":2}')
    assert ruling is not None
    assert ruling.decision == Modify(b'{"a":9,"b":2}', 1)
    assert acted(ruling) == ["a", "b"]


RULES = """seed: 7
vars: {limit: 3}
rules:
- {id: count, match: {size: {gt: 0}}, do: [{incr: {n: 1}, scope: host}, {goto: counting}]}
- {id: some, probability: 0.4, when: vars.n > 2, do: [{delay: {ms: 5, jitter: 3}}, {corrupt: {bits: 2}}]}
- {id: words, rule_state: counting, match: {regex: '(?P<w>[a-z]+)'}, limit: {rate: 5/s}, do: [{reply: "{{ match.w }}"}]}
- {id: json, match: {any: [{json: {$..a: 1}}, {hex: 00 ??}]}, do: [{json_set: {$.b: 2}}], on_error: drop}
- {id: dup, match: {index: {every: 4}}, do: [{duplicate: 2}, {set_type: binary}]}
- {id: last, match: {type: binary}, do: [{set_text: over}]}
"""
TRAFFIC = st.lists(
    st.tuples(
        st.sampled_from(Direction),
        st.sampled_from([1, 2]),
        st.one_of(st.binary(max_size=20), st.sampled_from([b'{"a": 1}', b"hello", b'[{"a": 1}]', b"\x00\x01"])),
        st.integers(0, SECOND),
    ),
    max_size=25,
)


def _run(traffic: list[tuple[Direction, int, bytes, int]]) -> list[Ruling | None]:
    rules = session_rules(RULES)
    now, rulings = START_NS, []
    for number, (direction, opcode, payload, gap) in enumerate(traffic, 1):
        now += gap
        gathered = message(payload, direction, number=number, opcode=opcode, time=now)
        rulings.append(rules.judge(gathered, now))
    return rulings


@given(TRAFFIC)
def test_runs_repeat_and_no_payload_raises(traffic: list[tuple[Direction, int, bytes, int]]) -> None:
    assert _run(traffic) == _run(traffic)


@given(TRAFFIC)
def test_rules_that_do_not_match_change_nothing(traffic: list[tuple[Direction, int, bytes, int]]) -> None:
    rules = session_rules(
        """rules:
        - {id: elsewhere, match: {host: b.test}, do: [drop]}
        - {id: long, match: {size: {gt: 1k}}, do: [drop]}
        - {id: text, match: {text: nowhere to be found}, do: [drop]}
        - {id: json, match: {json: {$.none.of.it: {exists: true}}}, do: [drop]}
        - {id: path, match: {json: {$..none: 1}}, do: [drop]}
        - {id: when, when: vars.none == 1 or json.$..none == 1 or has(event), do: [drop]}
        - {id: state, rule_state: never, do: [drop]}
        - {id: off, enabled: false, do: [{goto: never}]}
        - {id: control, on: ping, do: [drop]}
        """
    )
    for direction, opcode, payload, _ in traffic:
        assert judged(rules, payload, direction, opcode=opcode) is None


def test_a_match_that_fails_is_an_error_and_later_rules_run() -> None:
    rules = session_rules("rules: [{id: a, match: {json: {$..a: 1}}, do: [drop]}, {id: b, do: [{tag: x}]}]")
    ruling = judged(rules, b'{"a":' + b" " * (5 << 20) + b"2}")
    assert ruling is not None
    assert ([error.rule for error in ruling.errors], acted(ruling)) == (["a"], ["b"])


def test_a_script_suspends_the_ruling() -> None:
    rules = session_rules("rules: [{id: a, do: [{script: act.py}]}]", scripts=True)
    ruling = judged(rules)
    assert ruling is not None
    assert ruling.resume is not None
    final = ruling.resume(ScriptAnswer(payload=b"new"), START_NS + 1)
    assert (final.decision, final.script, final.resume) == (Modify(b"new", 1), None, None)


def test_timers() -> None:
    rules = session_rules("rules: [{id: t, on: {timer: 5s}, match: {host: a.test}, do: [{tag: x}]}]", ASKED)
    assert rules.wake_at is None
    rules.opened(START_NS)
    assert rules.wake_at == START_NS + 5 * SECOND
    assert rules.wake(START_NS) is None
    assert acted(rules.wake(START_NS + 5 * SECOND)) == ["t"]


# ---- control frames

CONTROL = """rules:
- {id: pings, on: ping, match: {text: x}, do: [{reply: pinged}]}
- {id: pongs, on: pong, match: {dir: s2c, size: {gt: 2}}, do: [drop]}
- {id: away, on: close, match: {close_code: 1001}, do: [{tag: away}]}
- {id: none, on: close, match: {close_code: 1005}, when: not has(close.code), do: [{tag: none}]}
- {id: any, on: close, match: {source: any, text: bye}, do: [{tag: bye}]}
"""


@pytest.mark.parametrize(
    ("direction", "opcode", "payload", "source", "rules"),
    [
        (C2S, Opcode.PING, b"xy", Source.PEER, ["pings"]),
        (C2S, Opcode.PING, b"", Source.PEER, []),
        (C2S, Opcode.PING, b"x", Source.USER, []),
        (S2C, Opcode.PONG, b"abc", Source.PEER, ["pongs"]),
        (S2C, Opcode.PONG, b"ab", Source.PEER, []),
        (C2S, Opcode.PONG, b"abc", Source.PEER, []),
        (C2S, Opcode.CLOSE, encode_close(1001, "bye"), Source.PEER, ["away", "any"]),
        (C2S, Opcode.CLOSE, encode_close(1000, "bye"), Source.RULE, ["any"]),
        (C2S, Opcode.CLOSE, b"", Source.PEER, ["none"]),
        (C2S, Opcode.CLOSE, b"\x03", Source.PEER, ["none"]),
    ],
)
def test_control_frames(direction: Direction, opcode: int, payload: bytes, source: Source, rules: list[str]) -> None:
    ruling = session_rules(CONTROL).control(direction, opcode, payload, START_NS, source)
    assert acted(ruling) == rules
    assert (ruling is None) == (not rules)


def test_decisions_on_control_frames() -> None:
    rules = session_rules(CONTROL)
    ruling = rules.control(S2C, Opcode.PONG, b"abc", START_NS)
    assert ruling is not None
    assert ruling.decision == Drop()
    ruling = rules.control(C2S, Opcode.PING, b"x", START_NS)
    assert ruling is not None
    (reply,) = ruling.effects
    assert isinstance(reply, Inject)
    assert (reply.rule, reply.direction, reply.frame.payload) == ("pings", S2C, b"pinged")


def test_no_rule_on_a_control_frame() -> None:
    assert session_rules("rules: [{id: a, do: [drop]}]").control(C2S, Opcode.PING, b"", START_NS) is None


@given(st.sampled_from(Direction), st.sampled_from([8, 9, 10]), st.binary(max_size=125))
def test_no_control_frame_raises(direction: Direction, opcode: int, payload: bytes) -> None:
    ruling = session_rules(CONTROL).control(direction, opcode, payload, START_NS)
    assert ruling is None or not ruling.errors


# ---- opening and large messages


def test_opening() -> None:
    rules = session_rules(
        "rules: [{id: a, on: open, match: {subprotocol: v2}, do: [{tag: x}]},"
        " {id: b, on: open, match: {path: /}, do: [abort]}]"
    )
    ruling = rules.opened(START_NS)
    assert ruling is not None
    assert (acted(ruling), ruling.effects) == (["a"], [AddTag("a", "x")])
    assert session_rules("rules: [{id: a, do: [drop]}]").opened(START_NS) is None


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ("{id: a, do: [drop]}", Oversize.FORWARD),
        ("{id: a, on_oversize: drop, do: [drop]}, {id: b, do: [drop]}", Oversize.DROP),
        ("{id: a, on_oversize: drop, do: [drop]}, {id: b, on_oversize: close, do: [drop]}", Oversize.CLOSE),
        ("{id: a, on_oversize: close, match: {dir: s2c}, do: [drop]}", Oversize.FORWARD),
        ("{id: a, on_oversize: close, match: {type: binary}, do: [drop]}", Oversize.FORWARD),
        ("{id: a, on_oversize: close, enabled: false, do: [drop]}", Oversize.FORWARD),
        ("{id: a, on_oversize: close, rule_state: b, do: [drop]}, {id: b, do: [{goto: b}]}", Oversize.FORWARD),
        ("{id: a, on_oversize: close, rule_state: start, do: [drop]}", Oversize.CLOSE),
    ],
)
def test_large_messages(rules: str, wanted: Oversize) -> None:
    assert session_rules(f"rules: [{rules}]").oversized(C2S, 1, START_NS) is wanted


def test_large_messages_are_errors_of_the_rules_that_could_not_look() -> None:
    set_ = rule_set("rules: [{id: a, do: [drop]}, {id: b, match: {dir: s2c}, do: [drop]}]")
    rules = set_.session(OPEN)
    assert rules is not None
    rules.oversized(C2S, 1, START_NS)
    assert [state.errors for state in set_.statuses()] == [1, 0]
    assert set_.statuses()[0].last_error == "a message is too large to be gathered"


# ---- the handshake

HANDSHAKE = """rules:
- {id: strip, on: handshake_request, match: {header: {Origin: "http://a.*"}}, do: [{header_remove: Origin}]}
- {id: gone, on: handshake_request, match: {header: {origin: false}}, do: [{path_set: /other}]}
- {id: moved, on: handshake_request, match: {path: /other}, do: [{map_remote: "ws://b.test:9/x"}]}
- {id: still, on: handshake_request, match: {path: /chat}, do: [{header_set: {Wrong: "1"}}]}
- {id: answer, on: handshake_response, match: {status: 101, header: {Server: nginx}}, do: [{header_set: {Server: x}}]}
- {id: refused, on: handshake_response, match: {status: 403}, do: [{tag: refused}]}
"""


def test_rules_see_what_earlier_ones_made_of_a_head() -> None:
    ruling = session_rules(HANDSHAKE, ASKED).handshake_request(REQUEST, START_NS)
    assert ruling is not None
    assert [hit.rule for hit in ruling.hits] == ["strip", "gone", "moved"]
    assert ruling.changed
    assert ruling.remote == "ws://b.test:9/x"
    assert ("Origin", "http://a.test") not in ruling.head.headers


def test_a_response() -> None:
    rules = session_rules(HANDSHAKE, ASKED)
    ruling = rules.handshake_response(RESPONSE, START_NS)
    assert ruling is not None
    assert ("Server", "x") in ruling.head.headers
    ruling = rules.handshake_response(replace(RESPONSE, status=403), START_NS)
    assert ruling is not None
    assert (ruling.changed, ruling.effects) == (False, [AddTag("refused", "refused")])
    assert rules.handshake_response(replace(RESPONSE, status=404), START_NS) is None


def test_no_rule_on_a_handshake() -> None:
    rules = session_rules("rules: [{id: a, do: [drop]}]", ASKED)
    assert rules.handshake_request(REQUEST, START_NS) is None


def test_a_handshake_on_which_a_rule_fails_is_refused_where_the_rule_says_so() -> None:
    rules = session_rules(
        "rules: [{id: a, on: handshake_request, do: [{header_set: {X: '{{ vars.none }}'}}], on_error: close}]", ASKED
    )
    ruling = rules.handshake_request(REQUEST, START_NS)
    assert ruling is not None
    assert (ruling.reject, ruling.effects, ruling.errors[0].rule) == (BAD_GATEWAY, [], "a")


# ---- reloading


def test_what_a_session_remembers_goes_on() -> None:
    text = """rules:
    - {id: a, rule_state: start, limit: {times_per_session: 1}, do: [{goto: b}, {set: {x: 1}}]}
    - {id: b, rule_state: b, match: {index: 2}, when: vars.x == 1, do: [{goto: start}]}
    """
    before = session_rules(text)
    assert acted(judged(before)) == ["a", "a"]
    after = rule_set(text).session(OPEN, before)
    assert isinstance(after, SessionRules)
    assert acted(judged(after)) == ["b"]
    assert (after.state, judged(after)) == ("start", None)
