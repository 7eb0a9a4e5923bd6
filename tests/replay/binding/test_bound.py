"""Bindings as people read them."""

from __future__ import annotations

from wsinspect.model import Direction
from wsinspect.replay.binding.bound import Binding, Bindings, Origin


def test_each_binding_and_each_remark_is_a_line() -> None:
    bindings = Bindings(Direction.C2S, (Binding("token", Origin.FOUND, (), (), "it is random"),), ("one was left out",))
    assert bindings.for_people() == ["token: it is random", "one was left out"]


def test_bindings_can_be_kept_by_what_they_are() -> None:
    one, other = Bindings(Direction.C2S, ()), Bindings(Direction.C2S, ())
    assert {one: 1, other: 2}[one] == 1
