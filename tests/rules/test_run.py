"""Rules one after the other: order, undoing, limits, state, scripts."""

from __future__ import annotations

import pytest

from tests.rules.running import C2S, OPEN, S2C, SECOND, START_NS, acted, judged, message, rule_set, session_rules
from wsinspect.model import Source
from wsinspect.rules.injected import MOST_BYTES
from wsinspect.rules.ruling import AddTag, CloseSession, Hit, Inject, Ruling, ScriptAnswer
from wsinspect.rules.run import MOST_ERROR
from wsinspect.rules.session_rules import SessionRules
from wsinspect.rules.state import Memory
from wsinspect.wire.decisions import Drop, Forward, Modify, Plan

CLOSE_ALL = CloseSession("bad", (C2S, S2C), 1011, "")


def decided(text: str, payload: bytes = b"hello") -> Ruling:
    ruling = judged(session_rules(text), payload)
    assert ruling is not None
    return ruling


def test_each_rule_sees_what_earlier_ones_made() -> None:
    ruling = decided(
        """rules:
        - {id: last, priority: -1, match: {text: two}, do: [{set_text: three}]}
        - {id: second, match: {text: one}, do: [{set_text: two}]}
        - {id: first, priority: 7, match: {text: hello}, do: [{set_text: one}]}
        - {id: no more, match: {text: hello}, do: [{set_text: wrong}]}
        """.replace("no more", "no-more")
    )
    assert ruling.decision == Modify(b"three", 1)
    assert acted(ruling) == ["first", "second", "last"]


def test_a_rule_of_another_type_sees_a_message_that_became_one() -> None:
    text = """rules:
    - {id: before, match: {type: binary}, do: [{tag: wrong}]}
    - {id: change, match: {type: text}, do: [{set_type: binary}]}
    - {id: both, do: [{tag: both}]}
    - {id: after, match: {type: binary}, do: [{tag: right}]}
    - {id: text, match: {type: text}, do: [{tag: wrong}]}
    """
    assert acted(decided(text)) == ["change", "both", "after"]


@pytest.mark.parametrize("end", ["drop", "{close: 4000}", "abort"])
def test_what_ends_a_message_keeps_it_from_later_rules_and_not_from_the_actions_behind(end: str) -> None:
    ruling = decided(
        f"rules: [{{id: a, do: [{{tag: x}}, {end}, {{reply: no}}, {{tag: y}}]}}, {{id: b, do: [{{tag: never}}]}}]",
    )
    assert isinstance(ruling.decision, Drop)
    assert [hit.rule for hit in ruling.hits] == ["a"] * 4
    assert [effect.tag for effect in ruling.effects if isinstance(effect, AddTag)] == ["x", "y"]
    (reply,) = (effect for effect in ruling.effects if isinstance(effect, Inject))
    assert (reply.direction, reply.frame.payload) == (S2C, b"no")


def test_stop_keeps_a_message_from_later_rules() -> None:
    text = "rules: [{id: a, match: {text: hello}, do: [{tag: x}], then: stop}, {id: b, do: [{tag: y}]}]"
    rules = session_rules(text)
    assert acted(judged(rules)) == ["a"]
    assert acted(judged(rules, b"other")) == ["b"]


def test_conditions_and_groups() -> None:
    rules = session_rules(
        r"""rules:
        - {id: a, match: {regex: '(?P<name>\w+)!'}, when: vars.n == 1, do: [{set_text: "{{ match.name }}"}]}
        - {id: b, do: [{incr: {n: 1}}]}
        - {id: c, match: {text: Ann}, when: has(vars.n), do: [{set: {got: "{{ match.name | default('none') }}"}}]}
        """
    )
    assert acted(judged(rules, b"Ann!")) == ["b", "c"]
    ruling = judged(rules, b"Ann!")
    assert ruling is not None
    assert ruling.decision == Modify(b"Ann", 1)
    assert rules.memory_of_session.own == {"n": 2, "got": "none"}


# ---- failures

BAD = """
- id: bad
  on_error: %s
  do: [{set: {kept: 1}}, {goto: lost}, {tag: lost}, {set_text: lost}, {reply: lost}, {json_set: {$.a: 1}}]
"""


def test_a_rule_that_fails_is_undone() -> None:
    rules = session_rules(
        "rules:\n- {id: a, do: [{set_text: one}, {tag: kept}]}" + BAD % "forward" + "- {id: b, do: [{tag: seen}]}"
    )
    ruling = judged(rules)
    assert ruling is not None
    assert ruling.decision == Modify(b"one", 1)
    assert ruling.effects == [AddTag("a", "kept"), AddTag("b", "seen")]
    assert acted(ruling) == ["a", "a", "b"]
    assert [(error.rule, error.action) for error in ruling.errors] == [("bad", "json_set")]
    assert (rules.state, rules.memory_of_session.own) == ("start", {})


@pytest.mark.parametrize(("on_error", "effects"), [("drop", []), ("close", [CLOSE_ALL])])
def test_a_rule_that_fails_may_end_the_message(on_error: str, effects: list[object]) -> None:
    set_ = rule_set("rules:" + BAD % on_error + "- {id: b, do: [{tag: never}]}")
    rules = set_.session(OPEN)
    assert rules is not None
    ruling = judged(rules)
    assert ruling is not None
    assert (ruling.decision, ruling.effects, acted(ruling)) == (Drop(), effects, [])
    state = set_.statuses()[0]
    assert (state.errors, state.hits, state.changed) == (1, 0, 0)
    assert state.last_error == ruling.errors[0].detail


HUGE = b'{"a": "' + b"x" * (5 << 20) + b'"}'


def test_a_payload_that_cannot_be_looked_into_does_not_match_and_is_told_of_once() -> None:
    set_ = rule_set("rules: [{id: a, match: {json: {$.b: 1}}, do: [drop]}, {id: b, match: {size: 3}, do: [drop]}]")
    rules = set_.session(OPEN)
    assert rules is not None
    payload = HUGE.replace(b'"a"', b'"b"')
    first, second = judged(rules, payload), judged(rules, payload)
    assert first is not None
    assert first.decision == Forward()
    assert [(error.rule, error.action) for error in first.errors] == [("a", "match")]
    assert second is None
    assert [state.errors for state in set_.statuses()] == [2, 0]


def test_a_rule_that_fails_closed_drops_what_it_cannot_look_into() -> None:
    text = """rules:
    - {id: first, do: [{set: {x: 1}}]}
    - {id: secret, match: {json: {$..a: {exists: true}}}, do: [drop], on_error: drop}
    """
    ruling = decided(text, HUGE)
    assert ruling.decision == Drop()
    assert ruling.errors[0].rule == "secret"


def test_what_an_error_quotes_of_a_peer_is_cut_off_and_made_fit_for_a_screen() -> None:
    set_ = rule_set("rules: [{id: a, do: [{set_text: '{{ env[message.text] }}'}]}]")
    rules = set_.session(OPEN)
    assert rules is not None
    ruling = judged(rules, b"\x1b]0;evil\x07\n" + b"x" * 10_000)
    assert ruling is not None
    (error,) = ruling.errors
    assert error.detail is not None
    assert error.detail.startswith(r"the environment has no \x1b]0;evil\x07\nxxx")
    assert len(error.detail) == MOST_ERROR + 1
    assert [state.last_error for state in set_.statuses()] == [error.detail]


def test_an_expression_too_large_for_a_payload_is_an_error_of_the_rule() -> None:
    ruling = decided("rules: [{id: a, match: {regex: 'a.{1000}d'}, do: [drop]}]", b"ab" * 100_000)
    assert (ruling.decision, ruling.errors[0].rule) == (Forward(), "a")
    assert str(ruling.errors[0].detail).startswith("the regular expression is too large for 200000 bytes")


def test_a_condition_that_fails_counts_as_the_match() -> None:
    ruling = decided("rules: [{id: a, when: json.$.a == 1, do: [drop]}]", HUGE)
    assert (ruling.decision, ruling.errors[0].action) == (Forward(), "match")


def test_whatever_is_raised_the_message_goes_on() -> None:
    def read(folder: str, name: str) -> bytes:
        raise ZeroDivisionError("oh")

    ruling = judged(session_rules("rules: [{id: a, do: [{from_file: '{{ message.text }}'}]}]", read=read))
    assert ruling is not None
    assert ruling.decision == Forward()
    assert ruling.errors == [Hit("a", "from_file", "ZeroDivisionError: oh")]


# ---- when a rule acts


def test_states_are_those_in_which_the_message_came() -> None:
    rules = session_rules(
        """rules:
        - {id: a, rule_state: start, do: [{goto: b}]}
        - {id: b, rule_state: b, do: [{goto: start}]}
        - {id: any, do: [{set: {x: 1}}]}
        """
    )
    seen = [(acted(judged(rules)), rules.state) for _ in range(3)]
    assert seen == [(["a", "any"], "b"), (["b", "any"], "start"), (["a", "any"], "b")]


def test_what_is_not_enabled_does_not_act() -> None:
    set_ = rule_set("rules: [{id: a, do: [{tag: x}]}, {id: b, enabled: false, do: [{tag: x}]}]")
    rules = set_.session(OPEN)
    assert rules is not None
    assert acted(judged(rules)) == ["a"]
    set_.enable("a", enabled=False)
    assert judged(rules) is None
    set_.enable("b", enabled=True)
    assert acted(judged(rules)) == ["b"]


def test_limits() -> None:
    rules = session_rules("rules: [{id: a, limit: {times: 2}, do: [{tag: x}]}]")
    assert [acted(judged(rules)) for _ in range(3)] == [["a"], ["a"], []]


def test_chance_repeats_by_the_seed_whatever_other_rules_do() -> None:
    text = "seed: %d\nrules: [%s{id: a, probability: 0.5, do: [{tag: x}]}]"
    other = "{id: other, probability: 0.3, match: {size: {gt: 0}}, do: [{set: {x: '{{ rand(1, 9) }}'}}]}, "

    def series(seed: int, before: str = "") -> list[bool]:
        rules = session_rules(text % (seed, before))
        return ["a" in acted(judged(rules)) for _ in range(40)]

    assert series(1) == series(1) == series(1, other)
    assert series(1) != series(2)
    assert 5 < sum(series(1)) < 35


@pytest.mark.parametrize(("probability", "times"), [(0, 0), (1, 20)])
def test_certain_chances(probability: int, times: int) -> None:
    rules = session_rules(f"rules: [{{id: a, probability: {probability}, do: [{{tag: x}}]}}]")
    assert sum(judged(rules) is not None for _ in range(20)) == times


def test_what_a_rule_sends_of_its_own_is_limited_and_told_of_once() -> None:
    rules = session_rules("rules: [{id: a, limit: {injected: 3}, do: [{reply: x}, {send: {to: server, text: y}}]}]")
    rulings = [judged(rules) for _ in range(3)]
    sent = [
        (len(ruling.effects), len(ruling.decision.then) if isinstance(ruling.decision, Plan) else 0)
        for ruling in rulings
        if ruling is not None
    ]
    assert sent == [(1, 1), (0, 1), (0, 0)]
    assert [[error.action for error in ruling.errors] for ruling in rulings if ruling is not None] == [
        [],
        ["limit"],
        [],
    ]


def test_bytes_that_a_message_is_followed_by_are_limited_even_where_it_grows_later() -> None:
    set_ = rule_set(
        """rules:
    - {id: again, do: [{duplicate: 1000}]}
    - {id: grow, do: [{set_text: "{{ message.text ~ message.text ~ message.text ~ message.text }}"}]}
    """
    )
    rules = set_.session(OPEN)
    assert rules is not None
    ruling = judged(rules, b"x" * (MOST_BYTES // 500))
    assert ruling is not None
    assert isinstance(ruling.decision, Plan)
    assert ruling.decision.copies == 125
    assert [(error.rule, error.action) for error in ruling.errors] == [("again", "limit"), ("grow", "limit")]
    assert [state.errors for state in set_.statuses()] == [1, 1]


def test_a_rule_does_not_run_away_with_what_it_sends_itself() -> None:
    rules = session_rules(
        "rules: [{id: a, match: {source: any}, limit: {injected: 5}, do: [{send: {to: server, text: again}}]}]"
    )
    waiting, sent = [Source.PEER], 0
    while waiting:
        ruling = judged(rules, source=waiting.pop())
        if ruling is not None and isinstance(ruling.decision, Plan):
            waiting += [Source.RULE] * len(ruling.decision.then)
            sent += len(ruling.decision.then)
    assert sent == 5


def test_hits_and_changes_are_counted() -> None:
    memory = Memory()
    set_ = rule_set(
        """rules:
        - {id: a, match: {text: change}, do: [{set_text: x}, {tag: y}]}
        - {id: b, match: {text: drop}, do: [drop]}
        - {id: c, match: {text: keep}, do: [{tag: y}]}
        """,
        memory,
    )
    rules = set_.session(OPEN)
    assert rules is not None
    for second, payload in enumerate((b"change", b"drop", b"keep", b"keep", b"none")):
        judged(rules, payload, time=START_NS + second * SECOND)
    states = set_.statuses()
    assert [(state.hits, state.changed, state.errors) for state in states] == [(1, 1, 0), (1, 1, 0), (2, 0, 0)]
    assert [state.last_hit for state in states] == [START_NS, START_NS + SECOND, START_NS + 3 * SECOND]


# ---- scripts

SCRIPT = """rules:
- {id: before, do: [{set_text: "1"}]}
- id: s
  on_error: %s
  do: [{set: {kept: 1}}, {script: {file: act.py, args: {x: 1}}}, {set: {then: 2}}, {tag: done}]
- {id: after, do: [{tag: "{{ message.text }}"}]}
"""


def suspended(on_error: str = "forward") -> tuple[SessionRules, Ruling]:
    rules = session_rules(SCRIPT % on_error, scripts=True)
    ruling = judged(rules)
    assert ruling is not None
    return rules, ruling


def resumed(ruling: Ruling, answer: ScriptAnswer) -> Ruling:
    assert ruling.resume is not None
    return ruling.resume(answer, START_NS + SECOND)


def test_a_script_is_asked_and_the_rules_go_on_with_its_answer() -> None:
    rules, ruling = suspended()
    assert ruling.script is not None
    assert (ruling.script.file, ruling.script.message["payload"]) == ("act.py", b"1")
    final = resumed(ruling, ScriptAnswer(payload=b"2", variables={"v": [1]}))
    assert final.script is None
    assert final.decision == Modify(b"2", 1)
    assert acted(final) == ["before", "s", "s", "s", "s", "after"]
    assert AddTag("after", "2") in final.effects
    assert rules.memory_of_session.own == {"kept": 1, "v": [1], "then": 2}


def test_a_script_may_leave_or_drop_the_message() -> None:
    assert resumed(suspended()[1], ScriptAnswer()).decision == Modify(b"1", 1)
    final = resumed(suspended()[1], ScriptAnswer(drop=True))
    assert (final.decision, acted(final)) == (Drop(), ["before", "s", "s", "s", "s"])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (ScriptAnswer(error="it took too long"), "it took too long"),
        (ScriptAnswer(payload=b"\xff"), "the script returned a text that is no UTF-8"),
        (ScriptAnswer(variables={"v": "x" * (2 << 20)}), "larger than"),
    ],
)
@pytest.mark.parametrize(("on_error", "decision"), [("forward", Modify(b"1", 1)), ("drop", Drop()), ("close", Drop())])
def test_a_script_that_fails(answer: ScriptAnswer, why: str, on_error: str, decision: object) -> None:
    rules, ruling = suspended(on_error)
    final = resumed(ruling, answer)
    assert final.decision == decision
    assert [(error.rule, error.action) for error in final.errors] == [("s", "script")]
    assert why in (final.errors[0].detail or "")
    assert acted(final) == ["before", "after"] if on_error == "forward" else ["before"]
    assert rules.memory_of_session.own == {}


def test_bytes_of_a_script_are_for_binary_messages() -> None:
    rules = session_rules("rules: [{id: s, do: [{script: act.py}]}]", scripts=True)
    ruling = judged(rules, b"x", opcode=2)
    assert ruling is not None
    assert resumed(ruling, ScriptAnswer(payload=b"\xff")).decision == Modify(b"\xff", 2)


def test_a_rule_may_call_two_scripts() -> None:
    rules = session_rules("rules: [{id: s, do: [{script: one.py}, {script: two.py}]}]", scripts=True)
    ruling = judged(rules)
    assert ruling is not None
    second = resumed(ruling, ScriptAnswer(payload=b"one"))
    assert second.script is not None
    assert (second.script.file, second.script.message["payload"]) == ("two.py", b"one")
    assert resumed(second, ScriptAnswer(payload=b"two")).decision == Modify(b"two", 1)


def test_what_other_events_do_while_a_script_runs_stays() -> None:
    rules = session_rules(
        """rules:
        - {id: s, match: {dir: c2s}, do: [{script: act.py}, {incr: {n: 1}}]}
        - {id: other, match: {dir: s2c}, do: [{incr: {n: 10}}, {goto: else}]}
        """,
        scripts=True,
    )
    ruling = judged(rules)
    assert ruling is not None
    assert acted(judged(rules, direction=S2C)) == ["other", "other"]
    resumed(ruling, ScriptAnswer())
    assert (rules.state, rules.memory_of_session.own) == ("else", {"n": 11})


def test_a_state_that_the_rule_itself_went_to_wins() -> None:
    rules = session_rules("rules: [{id: s, do: [{goto: mine}, {script: act.py}, {tag: x}]}]", scripts=True)
    ruling = judged(rules)
    assert ruling is not None
    resumed(ruling, ScriptAnswer())
    assert rules.state == "mine"


def test_injected_messages_call_no_script() -> None:
    rules = session_rules("rules: [{id: s, match: {source: any}, do: [{script: act.py}]}]", scripts=True)
    ruling = rules.judge(message(), START_NS, Source.USER)
    assert ruling is not None
    assert ruling.script is None
    assert ruling.errors == [Hit("s", "script", "a script can only be called with a message of a peer")]
