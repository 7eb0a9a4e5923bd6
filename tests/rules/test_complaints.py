"""What pydantic finds is told once, in words, at its place."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from wsinspect.rules import conditions, templates
from wsinspect.rules.complaints import MAX_ERRORS, complaints, meant
from wsinspect.rules.schema import Checks, Rule, RuleFile, Strict
from wsinspect.rules.yaml_source import parse

EVENTS = "one of message, handshake_request, handshake_response, open, ping, pong, close"
CHECKS = Checks(templates.problem, conditions.problem)


def told(text: str, model: type[Strict] = Rule) -> list[str]:
    root = parse(text, lambda _, message: pytest.fail(message))
    assert root is not None
    try:
        model.model_validate(root.value, context=CHECKS, by_alias=True, by_name=False)
    except ValidationError as error:
        found = sorted(complaints(error, root, model))
        return [f"{place.line}:{place.column}: {message}" for place, message in found]
    return []


def of_match(conditions: str) -> list[str]:
    return told(f"id: a\ndo: [drop]\nmatch: {conditions}")


def of_action(action: str) -> list[str]:
    return told(f"id: a\ndo:\n- {action}")


def of_rule(keys: str) -> list[str]:
    return told(f"id: a\ndo: [drop]\n{keys}")


@pytest.mark.parametrize(
    ("keys", "problems"),
    [
        ("mach: {}", ["3:1: unknown key 'mach' in a rule (did you mean 'match'?)"]),
        ("host: x", ["3:1: unknown key 'host' in a rule: it belongs in match"]),
        ("json_set: {}", ["3:1: unknown key 'json_set' in a rule: it belongs in an item of do"]),
        ("xyz: {}", ["3:1: unknown key 'xyz' in a rule"]),
        ("on: mesage", ["3:5: unknown event 'mesage' (did you mean 'message'?)"]),
        ("on: xyz", [f"3:5: unknown event 'xyz': it is {EVENTS}"]),
        ("on: 5", [f"3:5: on wants {EVENTS}, or a mapping of timer, or a mapping of idle, not 5"]),
        ("on: {timr: 5}", ["3:6: unknown key 'timr' in on (did you mean 'timer'?)"]),
        ("on: {timer: 5q}", ["3:13: timer wants a duration of 1ms or more, such as 5s, not '5q'"]),
        ("then: stopp", ["3:7: unknown value 'stopp' of then (did you mean 'stop'?)"]),
        ("then: 5", ["3:7: then wants one of continue, stop, not 5"]),
        ("when:", ["3:6: there is nothing behind 'when'"]),
        ("when: size == x", ["3:7: column 9: size is a size in bytes, so a number is expected (as in: size > 10)"]),
        ("match:", ["3:7: match wants a mapping, not nothing"]),
        ("enabled: yes", ["3:10: enabled wants true or false, not 'yes'"]),
        ("note: 5", ["3:7: note wants a text: put 5 in quotes"]),
        ("note: true", ["3:7: note wants a text: put true in quotes"]),
        ("note: [a]", ["3:7: note wants a text, not a list"]),
        ("rule_state: ''", ["3:13: rule_state is empty"]),
        ("probability: 2", ["3:14: probability has to be at most 1"]),
        ("probability: -0.5", ["3:14: probability has to be at least 0"]),
        ("limit: {rate: 10}", ["3:15: rate wants a rate such as 10/s, not 10"]),
        ("limit: {times: 0}", ["3:16: times has to be at least 1"]),
        ("limit: {tims: 0}", ["3:9: unknown key 'tims' in limit (did you mean 'times'?)"]),
        (
            "limit: {xyz: 0}",
            ["3:9: unknown key 'xyz' in limit: there may be times, times_per_session, cooldown, rate, until, injected"],
        ),
        ("priority: 1.5", ["3:11: priority wants a whole number, not 1.5"]),
    ],
)
def test_rules(keys: str, problems: list[str]) -> None:
    assert of_rule(keys) == problems


@pytest.mark.parametrize(
    ("conditions", "problems"),
    [
        ("{hots: x}", ["3:9: unknown key 'hots' in match (did you mean 'host'?)"]),
        ("{when: x}", ["3:9: unknown key 'when' in match: it belongs in the rule"]),
        ("{json_set: x}", ["3:9: unknown key 'json_set' in match: it belongs in an item of do"]),
        ("{host: 5}", ["3:15: host wants a glob (or ~ and a regular expression), or a list of them: put 5 in quotes"]),
        ("{host: []}", ["3:15: host is empty"]),
        ("{host: [a, 5]}", ["3:19: host wants a glob (or ~ and a regular expression): put 5 in quotes"]),
        ("{host: ~(}", ["3:15: this is no regular expression (RE2): missing ): ("]),
        ("{host: [a, ~(]}", ["3:19: this is no regular expression (RE2): missing ): ("]),
        ("{header: {'a b': x}}", ["3:18: this is no name of a header"]),
        (
            "{header: {a: 5}}",
            ["3:21: a wants a glob (or ~ and a regular expression), or true or false: put 5 in quotes"],
        ),
        ("{status: [99, x]}", ["3:18: status has to be at least 100", "3:22: status wants a whole number, not 'x'"]),
        (
            "{text: [a]}",
            ["3:15: text wants a text, or a mapping of equals, contains, icontains, starts, ends, not a list"],
        ),
        ("{text: {equls: a}}", ["3:16: unknown key 'equls' in text (did you mean 'equals'?)"]),
        ("{text: {}}", ["3:15: there is no test in it"]),
        ("{size: 4q}", ["3:15: size wants a size such as 512, 4k or 1Mi, or a mapping of gt, ge, lt, le, not '4q'"]),
        ("{size: {gt: x}}", ["3:20: gt wants a size such as 512, 4k or 1Mi, not 'x'"]),
        ("{json: {$.a: {equls: 3}}}", ["3:22: unknown key 'equls' in $.a (did you mean 'equals'?)"]),
        ("{json: {$.a: {gt: x, in: []}}}", ["3:26: gt wants a number, not 'x'", "3:33: in is empty"]),
        ("{json: {'$.[': 1}}", ["3:16: this is no JSONPath: expected a shorthand selector, at character 3"]),
        ("{json: {a: 1}}", ["3:16: a JSONPath begins with $, which is the whole: $.name is a member of it"]),
        ("{index: {evry: 3}}", ["3:17: unknown key 'evry' in index (did you mean 'every'?)"]),
        ("{index: {}}", ["3:16: index needs 'every'"]),
        ("{index: 0}", ["3:16: index has to be at least 1"]),
        ("{close_code: {gt: x}}", ["3:26: gt wants a number, not 'x'"]),
        ("{bytes: [{at: 1, equals: zz}]}", ["3:33: bytes are written as pairs of hexadecimal digits: 0a ff"]),
        ("{any: [{dir: s2x}]}", ["3:21: unknown value 's2x' of dir (did you mean 's2c'?)"]),
        ("{not: {not: {host: }}}", ["3:27: there is nothing behind 'host'"]),
        ("{direction: s2c}", ["3:9: unknown key 'direction' in match (did you mean 'dir'?)"]),
        ("{path /x}", ["3:9: unknown key 'path /x' in match: behind 'path' there are a colon and a space"]),
        ("{nope /x}", ["3:9: unknown key 'nope /x' in match"]),
        ("{dir: 5}", ["3:14: dir wants one of c2s, s2c, not 5"]),
    ],
)
def test_conditions(conditions: str, problems: list[str]) -> None:
    assert of_match(conditions) == problems


@pytest.mark.parametrize(
    ("action", "problems"),
    [
        ("relpace: {}", ["3:3: unknown action 'relpace' (did you mean 'replace'?)"]),
        ("relpace", ["3:3: unknown action 'relpace' (did you mean 'replace'?)"]),
        ("match: {}", ["3:3: unknown action 'match': it belongs in the rule"]),
        ("host: x", ["3:3: unknown action 'host': it belongs in match"]),
        ("set_json: {}", ["3:3: unknown action 'set_json' (did you mean 'json_set'?)"]),
        ("drop_it: x", ["3:3: unknown action 'drop_it' (did you mean 'drop'?)"]),
        ("set_text:hello", ["3:3: unknown action 'set_text:hello': behind 'set_text' there are a colon and a space"]),
        ("xyzzy: x", ["3:3: unknown action 'xyzzy'"]),
        ("5", ["3:3: do wants an action, not 5"]),
        ("", ["3:2: do wants an action, not nothing"]),
        ("replace", ["3:3: there is nothing behind 'replace'"]),
        ("replace:", ["3:11: there is nothing behind 'replace'"]),
        ("replace: {text: x}", ["3:12: replace needs 'with'"]),
        ("replace: {text: x, wiht: y}", ["3:22: unknown key 'wiht' in replace (did you mean 'with'?)"]),
        ("set_text: 5", ["3:13: set_text wants a text: put 5 in quotes"]),
        ("set_hex: 00", ["3:12: set_hex wants bytes in hexadecimal: put 00 in quotes"]),
        ("delay: x", ["3:10: ms wants a number, not 'x'"]),
        ("delay: {ms: 1, jiter: 3}", ["3:18: unknown key 'jiter' in delay (did you mean 'jitter'?)"]),
        ("drop: false", ["3:9: drop wants nothing, not false"]),
        ("reply: {}", ["3:10: give exactly one of text, json, hex, base64, file"]),
        ("reply: 5", ["3:10: text wants a text: put 5 in quotes"]),
        ("mock: {upstream: true}", ["3:20: upstream wants false, not true"]),
        (
            "replace: {text: '{{', with: x}",
            ["3:19: there is no }} within 10000 characters, at character 1 of the template"],
        ),
        ("json_set: {$.a: {b: [x, '{{ y y }}']}}", ["3:27: unexpected 'y', at character 6 of the template"]),
        ("send: {to: clint, text: x}", ["3:14: unknown value 'clint' of to (did you mean 'client'?)"]),
        (
            "send: {to: client, text: x, repeat: {every: x}}",
            ["3:47: every wants a duration of 1ms or more, such as 5s, not 'x'"],
        ),
        (
            "send: {to: client, text: x, repeat: x}",
            ["3:39: repeat wants a whole number, or a mapping of times, every, not 'x'"],
        ),
        ("raw_frame: {to: client, opcode: 1, length: 9223372036854775808}", ["3:46: length has to be smaller"]),
        ("throttle: {kbps: 0}", ["3:20: kbps has to be more than 0"]),
        ("{drop: , hold: }", ["3:3: give exactly one action; write further ones as further items of the list"]),
        ("fragment: [1, x]", ["3:17: sizes wants a whole number, not 'x'"]),
        ("tag: [a, 5]", ["3:12: tag wants a text: put 5 in quotes"]),
    ],
)
def test_actions(action: str, problems: list[str]) -> None:
    assert of_action(action) == problems


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("[]", ["1:1: a rule file wants a mapping of version, seed, vars, include, rules, not a list"]),
        ("version: 2", ["1:10: version wants 1, not 2"]),
        ("version: 1\nruels: []", ["2:1: unknown key 'ruels' in a rule file (did you mean 'rules'?)"]),
        ("version: 1\nid: x", ["2:1: unknown key 'id' in a rule file: it belongs in the rule"]),
        ("rules: []", ["1:1: a rule file needs 'version'"]),
        ("version: 1\nrules: [5]", ["2:9: rules wants a rule, not 5"]),
        (
            "version: 1\nvars: {1a: 3, b: '{{ }}'}",
            [
                "2:8: a variable's name has letters, digits and _, and no digit in front",
                "2:18: there is nothing between {{ and }}, at character 1 of the template",
            ],
        ),
    ],
)
def test_files(text: str, problems: list[str]) -> None:
    assert told(text, RuleFile) == problems


def test_a_rule_alone_says_that_it_is_one() -> None:
    assert told("5") == ["1:1: rules wants a rule, not 5"]
    assert told("id: a b\ndo: [drop]") == [
        "1:5: the id has other characters than letters, digits, _ . -, or begins with . or -"
    ]
    assert told(f"id: {'a' * 101}\ndo: [drop]") == ["1:5: id is longer than 100 characters"]
    assert told("id: a") == ["1:1: a rule needs 'do'"]


def test_all_problems_of_a_rule_are_told_at_once() -> None:
    assert len(told("id: 5\ndo: [relpace, {delay: x}]\nmatch: {hots: 1, dir: x}\nwhen: size >\nthen: x\nfoo: 1")) == 8


def test_more_than_anybody_reads_is_not_looked_at() -> None:
    assert len(told("id: a\ndo: [" + "relpace, " * 20_000 + "]")) == MAX_ERRORS


def test_long_words_are_cut() -> None:
    [problem] = of_rule(f"{'x' * 1000}: 1")
    assert len(problem) < 120


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("relpace", ["replace"], " (did you mean 'replace'?)"),
        ("DIR", ["dir"], " (did you mean 'dir'?)"),
        ("x", ["dir"], ""),
    ],
)
def test_what_was_meant(word: str, known: Sequence[str], hint: str) -> None:
    assert meant(word, known) == hint
