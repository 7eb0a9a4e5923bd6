"""SQL conditions: they agree with predicates on every record, and split where they must."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.query.records import Capture, captures, expressions
from wsinspect.query import sql
from wsinspect.query.nodes import Expr
from wsinspect.query.parser import parse
from wsinspect.query.predicate import to_predicate
from wsinspect.query.sql import SqlFilter, to_sql
from wsinspect.query.target import Target

FROM = {
    Target.SESSION: "SELECT s.id FROM session AS s",
    Target.MESSAGE: "SELECT m.id FROM message AS m JOIN session AS s ON s.id = m.session",
    Target.FRAME: "SELECT f.id FROM frames AS f JOIN session AS s ON s.id = f.session",
}


def found_in_sql(capture: Capture, expr: Expr, target: Target) -> list[int]:
    condition = to_sql(expr, target)
    connection = capture.database()
    rows = connection.execute(f"{FROM[target]} WHERE {condition.where} ORDER BY 1", condition.parameters).fetchall()
    connection.close()
    found = [number for (number,) in rows]
    if condition.residual is None:
        return found
    kept = found_by_predicate(capture, condition.residual, target)
    return [number for number in found if number in kept]


def found_by_predicate(capture: Capture, expr: Expr, target: Target) -> list[int]:
    if target is Target.SESSION:
        is_session = to_predicate(expr, Target.SESSION)
        return [session.id for session in capture.sessions if is_session(session)]
    if target is Target.MESSAGE:
        is_message = to_predicate(expr, Target.MESSAGE)
        return [
            message.id
            for message in capture.messages
            if is_message(message, capture.session(message.session), capture.neighbours(message))
        ]
    is_frame = to_predicate(expr, Target.FRAME)
    return [
        row for row, frame in enumerate(capture.frames, 1) if is_frame(frame, capture.session(frame.session))
    ]


@pytest.mark.parametrize("target", Target)
@given(data=st.data(), capture=captures())
@settings(deadline=None, max_examples=150)
def test_sql_and_predicate_agree(target: Target, data: st.DataObject, capture: Capture) -> None:
    for expr in data.draw(st.lists(expressions(target), min_size=1, max_size=6)):
        assert found_in_sql(capture, expr, target) == found_by_predicate(capture, expr, target), str(expr)
