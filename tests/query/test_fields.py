"""Kinds of fields, and what was probably meant."""

from __future__ import annotations

from wsinspect.model import Verdict
from wsinspect.query.fields import Access, Field, Kind, micros, microseconds, nearest, words_of
from wsinspect.query.nodes import Operator
from wsinspect.query.target import Target


def test_operators_follow_the_kind() -> None:
    assert Operator.LT in Kind.SIZE.operators
    assert Operator.LT not in Kind.WORD.operators
    assert Operator.CONTAINS not in Kind.BOOLEAN.operators
    assert not Kind.PART.operators
    assert {kind for kind in Kind if kind.several} == {Kind.TEXTS, Kind.COUNTS}


def test_targets_are_those_with_an_access_and_for_lifted_fields_all() -> None:
    of_session = Field("x", Kind.TEXT, "", session=Access(lambda s: s.url))
    assert of_session.targets() == (Target.SESSION,)
    lifted = Field("x", Kind.TEXT, "", session=Access(lambda s: s.url), lifted=True)
    assert lifted.targets() == (Target.SESSION, Target.MESSAGE, Target.FRAME)
    assert Field("x", Kind.COUNT, "", frame=Access(lambda f: f.seq)).targets() == (Target.FRAME,)


def test_times_round_as_records_print_them() -> None:
    assert [microseconds(time) for time in (None, 499, 500, 1499)] == [None, 0, 1, 1]
    assert micros("m.time") == "((m.time + 500) / 1000)"


def test_words_are_lower_case() -> None:
    assert words_of(Verdict)[4] == "not_sent"


def test_nearest() -> None:
    assert nearest("siz", ["size", "seq"]) == "size"
    assert nearest("qqq", ["size", "seq"]) is None
