"""SQL conditions: they agree with predicates on every record, and split where they must."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.query.records import Capture, captures, expressions
from wsinspect.query.nodes import Expr, Has
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
    return [row for row, frame in enumerate(capture.frames, 1) if is_frame(frame, capture.session(frame.session))]


@pytest.mark.parametrize("target", Target)
@given(data=st.data(), capture=captures())
@settings(deadline=None, max_examples=150)
def test_sql_and_predicate_agree(target: Target, data: st.DataObject, capture: Capture) -> None:
    for expr in data.draw(st.lists(expressions(target), min_size=1, max_size=6)):
        assert found_in_sql(capture, expr, target) == found_by_predicate(capture, expr, target), str(expr)


PAYLOAD = "COALESCE(m.payload, wsi_payload(m.id))"


@pytest.mark.parametrize(
    ("text", "where", "parameters", "residual"),
    [
        ("foo", f"instr({PAYLOAD}, ?) > 0", (b"foo",), None),
        ("size > 4k", "m.size > ?", (4000,), None),
        ("size > 4k and host == a", "(m.size > ? AND s.host = ?)", (4000, "a"), None),
        ("(size > 4 and (host == a and frames == 3))", "(m.size > ? AND s.host = ?)", (4, "a"), "frames == 3"),
        ("size > 4 or frames == 3", "1", (), "size > 4 or frames == 3"),
        ("frames == 3 and session.listener == x", "1", (), "frames == 3 and session.listener == x"),
        ("not frames == 3", "1", (), "not frames == 3"),
        ("not (size > 4 and host == a)", "((m.size > ? AND s.host = ?)) IS NOT TRUE", (4, "a"), None),
        ("number in (1, 2)", "m.number IN (?, ?)", (1, 2), None),
        ("seq == 1", "0", (), None),
        ("number == 1.5", "0", (), None),
        ("has(host)", "s.host IS NOT NULL", (), None),
        ("path ~ a", "wsi_regex(?, 0, s.path)", (b"a",), None),
        ("path icontains a", "wsi_icontains(?, 0, s.path)", (b"a",), None),
        ("json.$.a == 1", f"wsi_json(?, {PAYLOAD})", ("json.$.a == 1",), None),
        ("index > 1.5", "wsi_index(m.session, m.dir, m.number) > ?", (1,), None),
        ("latency > 1", "wsi_latency(m.session, m.number) > ?", (10**9,), None),
    ],
)
def test_conditions(text: str, where: str, parameters: tuple[object, ...], residual: str | None) -> None:
    expected = SqlFilter(where, parameters, None if residual is None else parse(residual))  # type: ignore[arg-type]
    assert to_sql(parse(text), Target.MESSAGE) == expected


def test_words_outside_a_session_never_match_it() -> None:
    assert to_sql(parse("chat or text == a"), Target.SESSION).where == "(0 OR 0)"


def test_text_is_narrowed_before_it_is_decoded() -> None:
    assert to_sql(parse("text contains a"), Target.MESSAGE).where == (
        f"CASE WHEN m.opcode = 1 AND instr({PAYLOAD}, ?) > 0 THEN wsi_utf8({PAYLOAD}) ELSE 0 END"
    )
    assert "'81'" in to_sql(parse("text contains a"), Target.FRAME).where


def test_a_tree_about_an_unknown_field_never_matches() -> None:
    assert to_sql(Has("nope"), Target.MESSAGE).where == "0"


def test_the_longest_filter_is_within_the_limits_of_sqlite() -> None:
    connection = Capture([], [], []).database()
    longest = to_sql(parse(" or ".join(["not a"] * 500)), Target.MESSAGE)
    deepest = to_sql(parse("not " * 49 + "a"), Target.MESSAGE)
    for condition in (longest, deepest):
        connection.execute(f"{FROM[Target.MESSAGE]} WHERE {condition.where}", condition.parameters)
    connection.close()
