"""Choosing the rules that may match."""

from __future__ import annotations

from dataclasses import replace

from tests.rules.running import C2S, OPEN, S2C, turn_of
from wsinspect.rules.circumstances import Circumstances, of_session
from wsinspect.rules.compiled_rule import CompiledRule, candidates, may_match
from wsinspect.rules.limits import Limits
from wsinspect.rules.match import compile_match
from wsinspect.rules.schema import Limit, Match, OnError
from wsinspect.rules.state import Quota, RuleState


def compiled(name: str, **match: object) -> CompiledRule:
    return CompiledRule(
        id=name, order=0, folder="", event="message", every_ns=0, match=compile_match(Match.model_validate(match)),
        when=None, rule_state=None, probability=None, limits=Limits(Limit(), Quota()), actions=(), stops=False,
        on_error=OnError.FORWARD, on_oversize=OnError.FORWARD, state=RuleState(name, "", True, "message"),
    )  # fmt: skip


RULES = [
    compiled("always", source="any"),
    compiled("here", source="any", host="a.test", text="x"),
    compiled("elsewhere", host="b.test"),
    compiled("to the client", source="any", dir="s2c"),
]


def test_candidates() -> None:
    known = replace(of_session(OPEN), direction=C2S, opcode=1)
    found = candidates(RULES, known)
    assert [each.rule.id for each in found] == ["always", "here"]
    assert [len(each.tests) for each in found] == [0, 1]
    assert found[1].tests[0](turn_of(b"x"))
    assert [each.rule.id for each in candidates(RULES, replace(known, direction=S2C))][-1] == "to the client"


def test_may_match() -> None:
    assert [may_match(rule, Circumstances()) for rule in RULES] == [True] * 4
    assert [may_match(rule, Circumstances(host="c.test")) for rule in RULES] == [True, False, False, True]
