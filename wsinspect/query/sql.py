"""Filter expressions as SQL conditions.

A condition and the predicate of the same expression agree on every record. NULL counts as false at the top and under
`and` and `or`; `not` makes it false explicitly, so that `not` is plain negation here as well.

`functions` has the functions that conditions call. Payloads come from the columns, or from `wsi_payload(m.id)` and
`wsi_frame_payload(f.id)` where those are NULL. On messages and frames the session must be joined as `s`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from wsinspect.query.fields import Access, Derived, Field, Kind
from wsinspect.query.matching import (
    Among,
    Check,
    Compare,
    Contains,
    Never,
    Operand,
    Present,
    Search,
    comparison,
    membership,
    payload_bytes,
    presence,
)
from wsinspect.query.nodes import And, Comparison, Expr, Has, Membership, Mention, Not, Operator, Or, conjunction
from wsinspect.query.table import find
from wsinspect.query.target import Target

__all__ = ["SqlFilter", "SqlParameter", "Target", "to_sql"]

type SqlParameter = Operand


@dataclass(frozen=True, slots=True)
class SqlFilter:
    """A filter split into what the database decides and what is left to Python."""

    where: str
    """A condition on the aliases `s` (session), `m` (message) or `f` (the view `frames`); `1` where all is residual."""
    parameters: tuple[SqlParameter, ...]
    """In the order of the `?` in `where`."""
    residual: Expr | None
    """What a record must match besides; None where `where` says all."""


@dataclass(frozen=True, slots=True)
class _Condition:
    sql: str
    parameters: tuple[SqlParameter, ...] = ()


_FALSE = _Condition("0")
_TRUE = _Condition("1")


def to_sql(expr: Expr, target: Target) -> SqlFilter:
    """Split an expression into a SQL condition and a residual.

    Of `a and b` either part may become SQL by itself; `a or b` and `not a` do so as a whole or not at all.

    Args:
        expr: The expression.
        target: What it is asked of.
    """
    conditions: list[_Condition] = []
    residual: list[Expr] = []
    for part in _conjuncts(expr):
        condition = _condition(part, target)
        if condition is None:
            residual.append(part)
        else:
            conditions.append(condition)
    joined = _join(conditions, " AND ") if conditions else _TRUE
    return SqlFilter(joined.sql, joined.parameters, conjunction(residual))


def _conjuncts(expr: Expr) -> list[Expr]:
    return [leaf for part in expr.parts for leaf in _conjuncts(part)] if isinstance(expr, And) else [expr]


def _join(conditions: list[_Condition], glue: str) -> _Condition:
    if len(conditions) == 1:
        return conditions[0]
    sql = glue.join(condition.sql for condition in conditions)
    return _Condition(f"({sql})", tuple(value for condition in conditions for value in condition.parameters))


def _condition(expr: Expr, target: Target) -> _Condition | None:
    match expr:
        case Or(parts) | And(parts):
            conditions = [_condition(part, target) for part in parts]
            able = [condition for condition in conditions if condition is not None]
            glue = " AND " if isinstance(expr, And) else " OR "
            return _join(able, glue) if len(able) == len(conditions) else None
        case Not(part):
            inner = _condition(part, target)
            return None if inner is None else _Condition(f"({inner.sql}) IS NOT TRUE", inner.parameters)
        case Mention(text):
            payload = find("bytes")
            assert payload is not None
            access = _access(payload, target)
            return _FALSE if access is None else _check(Contains(payload_bytes(text)), str(access.sql))
        case Comparison() | Membership() | Has():
            field = find(expr.field)
            access = None if field is None else _access(field, target)
            return _FALSE if field is None or access is None else _leaf(expr, field, access, target)
        case _:
            assert_never(expr)


def _access(field: Field, target: Target) -> Access[object] | Derived | None:
    own = {Target.SESSION: field.session, Target.MESSAGE: field.message, Target.FRAME: field.frame}[target]
    # How a record is read plays no part here.
    return own or (field.session if field.lifted else None)  # type: ignore[return-value]


def _leaf(
    node: Comparison | Membership | Has, field: Field, access: Access[object] | Derived, target: Target
) -> _Condition | None:
    if field.kind is Kind.JSON:
        return _Condition(f"wsi_json(?, {access.sql})", (str(node),))
    match node:
        case Has():
            check = presence(field)
        case Membership(values=values):
            check = membership(field, values)
        case Comparison(operator=asked, value=value):
            check = comparison(field, asked, value)
        case _:
            assert_never(node)
    if access.sql is None:
        return None
    if field.kind.several:
        return _several(check, access.sql)
    condition = _check(check, access.sql)
    return _readable(condition, access.sql, target) if field.kind is Kind.UTF8 else condition


def _check(check: Check, sql: str) -> _Condition:
    match check:
        case Never():
            return _FALSE
        case Present():
            return _Condition(f"{sql} IS NOT NULL")
        case Compare(asked, operand):
            sign = {Operator.EQ: "=", Operator.NE: "<>"}.get(asked, asked.value)
            return _Condition(f"{sql} {sign} ?", (operand,))
        case Among(operands):
            return _Condition(f"{sql} IN ({', '.join('?' * len(operands))})", operands)
        case Contains(needle):
            return _Condition(f"instr({sql}, ?) > 0", (needle,))
        case Search(pattern):
            function = "wsi_icontains" if pattern.literal else "wsi_regex"
            return _Condition(f"{function}(?, {int(pattern.raw)}, {sql})", (payload_bytes(pattern.source),))
        case _:
            assert_never(check)


def _several(check: Check, select: str) -> _Condition:
    if isinstance(check, Compare) and check.operator is Operator.NE:
        same = _several(Compare(Operator.EQ, check.operand), select)
        return _Condition(f"(EXISTS ({select}) AND NOT {same.sql})", same.parameters)
    inner = _check(check, "l.x")
    return _Condition(f"EXISTS (SELECT 1 FROM ({select}) AS l WHERE {inner.sql})", inner.parameters)


def _readable(condition: _Condition, payload: str, target: Target) -> _Condition:
    """Narrow a condition on a payload to valid UTF-8 of text messages, decoding only what the condition found."""
    text = "m.opcode = 1"
    if target is Target.FRAME:
        # The second digit of the header's byte is the opcode; RSV1, of compressed ones, is bit 2 of the first.
        text = "hex(substr(f.header, 1, 1)) IN ('01', '11', '21', '31', '81', '91', 'A1', 'B1')"
    sql = f"CASE WHEN {text} AND {condition.sql} THEN wsi_utf8({payload}) ELSE 0 END"
    return _Condition(sql, condition.parameters)
