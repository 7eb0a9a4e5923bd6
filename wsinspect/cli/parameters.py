"""Arguments and options that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, override

import click

from wsinspect.model import Session, SessionId

if TYPE_CHECKING:
    from wsinspect.query import SqlFilter

MOST_NAMED = 12
"""Sessions of a capture that are named where one has to be chosen."""
_RECORD_ID = re.compile(r"(?P<session>[1-9]\d{0,17})(?:\.(?P<frame>f)?(?P<number>[1-9]\d{0,17}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RecordId:
    """What `show` is asked for: a session, or one of its messages or frames."""

    session: SessionId
    message: int | None = None
    """Number of a message."""
    frame: int | None = None
    """`seq` of a frame."""

    def __str__(self) -> str:
        if self.message is not None:
            return f"{self.session}.{self.message}"
        return f"{self.session}" if self.frame is None else f"{self.session}.f{self.frame}"


class RecordIdType(click.ParamType[RecordId]):
    """Reads `3` (a session), `3.17` (message 17 of session 3) and `3.f45` (frame 45)."""

    name = "id"

    @override
    def convert(self, value: str | RecordId, param: click.Parameter | None, ctx: click.Context | None) -> RecordId:
        if isinstance(value, RecordId):
            return value
        match = _RECORD_ID.fullmatch(value)
        if match is None:
            self.fail(f"{value!r} is no ID: 3 is a session, 3.17 a message of it, 3.f45 a frame", param, ctx)
        session = SessionId(int(match["session"]))
        if match["number"] is None:
            return RecordId(session)
        number = int(match["number"])
        return RecordId(session, frame=number) if match["frame"] else RecordId(session, message=number)


class SpeedType(click.ParamType[float]):
    """Reads `2x`, `0.5`.

    Args:
        most: The highest speed there is.
    """

    name = "factor"

    def __init__(self, most: float = math.inf) -> None:
        self._most = most

    @override
    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            speed = float(value.removesuffix("x") if isinstance(value, str) else value)
        except ValueError:
            speed = 0.0
        if not (0 < speed < math.inf and speed <= self._most):
            limit = "" if math.isinf(self._most) else f", up to {self._most:g}x"
            self.fail(f"{value!r} is no speed: write 2x, 0.5x …{limit}", param, ctx)
        return speed


class FilterType(click.ParamType["SqlFilter"]):
    """Reads a filter expression; what is wrong with one is told with a caret.

    Args:
        target: What it is asked of: the value of a `query.Target`.
    """

    name = "filter"

    def __init__(self, target: str) -> None:
        self._target = target

    @override
    def convert(self, value: str | SqlFilter, param: click.Parameter | None, ctx: click.Context | None) -> SqlFilter:
        return sql_filter(value, self._target) if isinstance(value, str) else value


class PayloadLimitType(click.ParamType[int]):
    """Reads how much of a payload to show: `full` (as -1) or a number of bytes."""

    name = "full|N"

    @override
    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "full":
            return -1
        try:
            limit = int(value)
        except ValueError:
            limit = -1
        if limit < 0:
            self.fail(f"{value!r} is neither 'full' nor a number of bytes", param, ctx)
        return limit


capture_argument = click.argument("capture", metavar="FILE", type=click.Path(path_type=Path))
"""`FILE`: a capture. Whether it can be read is for the reader to say, with status 3."""


def filter_argument[F: Callable[..., object]](target: str) -> Callable[[F], F]:
    """Make `FILTER`, a filter expression or nothing, as `condition`.

    Args:
        target: What it is asked of: the value of a `query.Target`.
    """
    return click.argument("condition", metavar="[FILTER]", type=FilterType(target), required=False)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
"""`--json`, as `as_json`."""


def _not_both(ctx: click.Context, param: click.Parameter, value: int | None) -> int | None:
    if value is not None and ctx.params.get("last" if param.name == "limit" else "limit") is not None:
        raise click.UsageError("--limit takes the first records and --last the last ones: choose one")
    return value


limit_option = click.option(
    "-n",
    "--limit",
    metavar="N",
    type=click.IntRange(min=0),
    callback=_not_both,
    help="Stop after the first N records.",
)
"""`--limit N`; not with `--last`."""

last_option = click.option(
    "--last", metavar="N", type=click.IntRange(min=0), callback=_not_both, help="Print only the last N records."
)
"""`--last N`; not with `--limit`."""

payload_option = click.option(
    "--payload",
    "payload_limit",
    metavar="full|N",
    type=PayloadLimitType(),
    help="Show whole payloads, or N bytes of each. JSON has them whole anyway.",
)
"""`--payload`, as `payload_limit`: None unless given, -1 for all, else bytes."""


def sql_filter(expression: str, target: str) -> SqlFilter:
    """Read a filter expression.

    Args:
        expression: The expression.
        target: What it is asked of: the value of a `query.Target`.

    Raises:
        FilterError: It cannot be read.
    """
    # Its parts take a tenth of a second to import, which a listing without a filter need not wait for.
    from wsinspect.query import Target, parse, to_sql  # noqa: PLC0415

    asked = Target(target)
    return to_sql(parse(expression, asked), asked)


def only_session(sessions: Iterable[Session]) -> int:
    """Return the number of the session that is meant where none is named.

    Args:
        sessions: All of a capture; more than `MOST_NAMED` need not be given.

    Raises:
        click.UsageError: There is not just one.
    """
    numbers = [int(each.id) for each in sessions]
    if len(numbers) == 1:
        return numbers[0]
    if not numbers:
        raise click.UsageError("the capture has no sessions.")
    names = ", ".join(map(str, numbers[:MOST_NAMED])) + (" and more" if len(numbers) > MOST_NAMED else "")
    raise click.UsageError(f"the capture has several sessions: choose one with --session ({names}).")
