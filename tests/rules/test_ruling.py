"""Rulings, as they are before any rule has spoken."""

from __future__ import annotations

from tests.rules.turns import REQUEST
from wsinspect.rules.ruling import HandshakeRuling, Ruling
from wsinspect.wire.decisions import Forward


def test_without_a_rule_everything_goes_on_as_it_came() -> None:
    assert Ruling() == Ruling(Forward(), [], [], [])
    ruling = HandshakeRuling(REQUEST)
    assert (ruling.changed, ruling.remote, ruling.reject, ruling.mock, ruling.abort) == (False, None, None, None, False)


def test_rulings_share_nothing() -> None:
    assert Ruling().effects is not Ruling().effects
    assert Ruling().hits is not Ruling().hits
