"""The filter expression language: parsing, matching records, and SQL."""

from wsinspect.query.complete import complete
from wsinspect.query.fields import Neighbours
from wsinspect.query.functions import register_functions, sql_functions
from wsinspect.query.nodes import Expr
from wsinspect.query.parser import parse
from wsinspect.query.predicate import RecordPredicate, SessionPredicate, to_predicate
from wsinspect.query.reference import field_rows, operator_rows, unit_rows
from wsinspect.query.sql import SqlFilter, to_sql
from wsinspect.query.target import Target

__all__ = [
    "Expr",
    "Neighbours",
    "RecordPredicate",
    "SessionPredicate",
    "SqlFilter",
    "Target",
    "complete",
    "field_rows",
    "operator_rows",
    "parse",
    "register_functions",
    "sql_functions",
    "to_predicate",
    "to_sql",
    "unit_rows",
]
