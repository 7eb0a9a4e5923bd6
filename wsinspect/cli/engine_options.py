"""The options of every command that starts an engine, and how they become `EngineOptions`."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

import click

from wsinspect.engine.captures import default_capture_path
from wsinspect.engine.options import (
    DEFAULT_ASSEMBLE_LIMIT_BYTES,
    DEFAULT_HOLD_LIMIT_BYTES,
    DEFAULT_LISTEN,
    DEFAULT_MAX_PAYLOAD_BYTES,
    EngineOptions,
    Overload,
    parse_address,
)
from wsinspect.errors import EngineError

if TYPE_CHECKING:
    from click.core import ParameterSource

_AMOUNT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]*)", re.ASCII)
_DAY_S = 86400.0


class SizeType(click.ParamType[int]):
    """Reads a size in the units of the filter language: `4096`, `64Mi`, `2G`; k is 1000, Ki is 1024."""

    name = "size"

    @override
    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from wsinspect.query.units import SIZES  # noqa: PLC0415 - start-up time

        if isinstance(value, int):
            return value
        match = _AMOUNT.fullmatch(value.strip())
        factor = 1 if match and not match[2] else SIZES.get(match[2].removesuffix("B")) if match else None
        if match is None or factor is None:
            self.fail(f"{value!r} is no size: write 4096, 64Mi, 2G …", param, ctx)
        return round(float(match[1]) * factor)


class DurationType(click.ParamType[float]):
    """Reads a duration in seconds or with a unit: `1.5`, `200ms`, `30m`, `12h`, `7d`."""

    name = "duration"

    @override
    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from wsinspect.query.units import TIMES  # noqa: PLC0415 - start-up time

        if isinstance(value, int | float):
            return float(value)
        match = _AMOUNT.fullmatch(value.strip())
        units = {unit: factor / TIMES["s"] for unit, factor in TIMES.items()} | {"d": _DAY_S, "": 1.0}
        if match is None or match[2] not in units:
            self.fail(f"{value!r} is no duration: write 1.5, 200ms, 30m, 12h, 7d …", param, ctx)
        return float(match[1]) * units[match[2]]


class AddressType(click.ParamType[str]):
    """Checks `HOST:PORT`."""

    name = "host:port"

    @override
    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            parse_address(value)
        except EngineError as error:
            self.fail(str(error).replace("\n", "; "), param, ctx)
        return value


class AssignmentType(click.ParamType[tuple[str, str]]):
    """Reads `NAME=VALUE`."""

    name = "name=value"

    @override
    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = value.partition("=")
        if not equals or not name.isidentifier():
            self.fail(f"{value!r} gives no variable a value: write NAME=VALUE", param, ctx)
        return name, text


_OPTIONS = (
    click.option(
        "--listen",
        metavar="HOST:PORT",
        type=AddressType(),
        help=f"Where the first mode listens. [default: {DEFAULT_LISTEN}; port 0 picks one]",
    ),
    click.option(
        "--mode",
        "modes",
        metavar="MODE",
        multiple=True,
        help="How clients come, in mitmproxy's spelling: regular (default), reverse:URL, upstream:URL, socks5, "
        "transparent, wireguard, local. Repeatable, with @HOST:PORT where there are several.",
    ),
    click.option(
        "-o",
        "--out",
        metavar="FILE.wsi",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The capture file. [default: a new dated file in your data folder]",
    ),
    click.option(
        "--rules",
        metavar="FILE",
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help="Rules that act on the traffic; reloaded when the file changes. Repeatable.",
    ),
    click.option(
        "--var",
        "variables",
        metavar="NAME=VALUE",
        multiple=True,
        type=AssignmentType(),
        help="A variable of the rules, as {{ vars.NAME }}; wins over the one in a file. Repeatable.",
    ),
    click.option(
        "--allow-scripts",
        is_flag=True,
        help="Let rules run Python functions of yours: 'script' in a rule file is refused otherwise.",
    ),
    click.option("--append", is_flag=True, help="Go on in an existing capture file, which is refused otherwise."),
    click.option(
        "--scope",
        metavar="GLOB",
        multiple=True,
        help="Intercept only these hosts, such as *.example.com; others are tunnelled untouched. Repeatable.",
    ),
    click.option("--insecure", is_flag=True, help="Do not verify the certificates of servers."),
    click.option(
        "--upstream-ca",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="PEM file of more authorities that may sign the certificates of servers.",
    ),
    click.option(
        "--confdir",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where the CA is, or is made. [default: mitmproxy's own folder]",
    ),
    click.option(
        "--max-payload",
        metavar="SIZE",
        type=SizeType(),
        default=DEFAULT_MAX_PAYLOAD_BYTES,
        help="Record this much of a frame's payload and count the rest. [default: 64Mi]",
    ),
    click.option(
        "--assemble-limit",
        metavar="SIZE",
        type=SizeType(),
        default=DEFAULT_ASSEMBLE_LIMIT_BYTES,
        help="Gather messages up to this for rules and breakpoints; larger ones pass. [default: 16Mi]",
    ),
    click.option(
        "--hold-limit",
        metavar="SIZE",
        type=SizeType(),
        default=DEFAULT_HOLD_LIMIT_BYTES,
        help="Hold at most this of a session's direction, then stop reading it. [default: 1Gi]",
    ),
    click.option(
        "--limit-size",
        metavar="SIZE",
        type=SizeType(),
        help="Keep the capture file under this by leaving out old sessions.",
    ),
    click.option(
        "--limit-age", metavar="DURATION", type=DurationType(), help="Leave out sessions older than this, such as 7d."
    ),
    click.option(
        "--on-overload",
        type=click.Choice([choice.value for choice in Overload]),
        default=Overload.WAIT.value,
        show_default=True,
        help="When recording cannot keep up: slow the traffic, or leave messages out and count them.",
    ),
    click.option("--durable", is_flag=True, help="Survive a loss of power as well; slower."),
    click.option(
        "--ready-file",
        metavar="PATH",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write a JSON description here once connections are accepted.",
    ),
)


def engine_options[**P, R](command: Callable[P, R]) -> Callable[..., R]:
    """Give a command the options of an engine; it is called with them as `options`, an `EngineOptions`."""

    @functools.wraps(command)
    def with_options(*args: Any, **given: Any) -> R:  # click's callbacks are untyped
        return command(*args, options=_collect(given), **given)  # type: ignore[arg-type]  # adds `options`

    for option in reversed(_OPTIONS):
        option(with_options)
    return with_options


def given_engine_options(ctx: click.Context) -> list[str]:
    """List the options of the engine that were given, by the names of their parameters."""
    from click.core import ParameterSource  # noqa: PLC0415 - an enum that click keeps to itself

    preset: tuple[ParameterSource | None, ...] = (None, ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)
    return [name for name in _NAMES if ctx.get_parameter_source(name) not in preset]


def chosen_engine_options(ctx: click.Context) -> bool:
    """Tell whether an option of the engine was given, so that a running engine cannot be what is meant."""
    return bool(given_engine_options(ctx))


_NAMES = (
    "listen",
    "modes",
    "out",
    "rules",
    "variables",
    "allow_scripts",
    "append",
    "scope",
    "insecure",
    "upstream_ca",
    "confdir",
    "max_payload",
    "assemble_limit",
    "hold_limit",
    "limit_size",
    "limit_age",
    "on_overload",
    "durable",
    "ready_file",
)


def _collect(given: dict[str, Any]) -> EngineOptions:
    """Take the engine's options out of a command's arguments."""
    taken = {name: given.pop(name) for name in _NAMES}
    return EngineOptions(
        out=taken["out"] or default_capture_path(),
        listen=taken["listen"],
        modes=taken["modes"] or ("regular",),
        rules=taken["rules"],
        variables=taken["variables"],
        allow_scripts=taken["allow_scripts"],
        scope=taken["scope"],
        insecure=taken["insecure"],
        upstream_ca=taken["upstream_ca"],
        confdir=taken["confdir"],
        append=taken["append"],
        durable=taken["durable"],
        max_payload=taken["max_payload"],
        assemble_limit=taken["assemble_limit"],
        hold_limit=taken["hold_limit"],
        on_overload=Overload(taken["on_overload"]),
        limit_size=taken["limit_size"],
        limit_age_s=taken["limit_age"],
        ready_file=taken["ready_file"],
    )
