"""Filter expressions as SQL conditions."""

from __future__ import annotations

from dataclasses import dataclass

from wsinspect.query.nodes import Expr
from wsinspect.query.target import Target

__all__ = ["SqlFilter", "SqlParameter", "Target"]

type SqlParameter = int | str | bytes


@dataclass(frozen=True, slots=True)
class SqlFilter:
    """A filter split into what the database decides and what is left to Python."""

    where: str
    """A condition on the aliases `s` (session), `m` (message) or `f` (the view `frames`); `1` where all is residual."""
    parameters: tuple[SqlParameter, ...]
    """In the order of the `?` in `where`."""
    residual: Expr | None
    """What a record must match besides; None where `where` says all."""
