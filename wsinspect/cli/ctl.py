"""`wsinspect ctl`: calls a method of a running engine's control channel."""

from __future__ import annotations

import json
import sys

import click
import orjson
from click.shell_completion import CompletionItem

from wsinspect.cli.control_call import call, converse, engine_option
from wsinspect.cli.control_params import read_params
from wsinspect.cli.control_tables import has_table, notice_line, table
from wsinspect.cli.parameters import json_option
from wsinspect.cli.printer import Printer
from wsinspect.control import methods
from wsinspect.control.client import ControlClient
from wsinspect.control.descriptions import Key, all_methods, keys
from wsinspect.control.messages import Json
from wsinspect.control.methods import METHODS, Method
from wsinspect.control.parameters import Params
from wsinspect.control.results import as_json as result_json
from wsinspect.present.text import escape_lines

_HELP = "help"
_HERE = {
    methods.HOLD.name: "By ctl, whose connection ends at once, keep is true unless you say keep=false.",
    methods.RULES_LOAD.name: "By ctl a path may also be one from the folder you are in.",
}
"""What is different on the command line."""


def _complete_method(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    items = [CompletionItem(method.name, help=method.meaning) for method in METHODS.values()]
    items.append(CompletionItem(_HELP, help="Explain a method."))
    return [item for item in items if item.value.startswith(incomplete)]


def _complete_param(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    name = ctx.params.get("method")
    if name == _HELP:
        return _complete_method(ctx, param, incomplete)
    if name not in METHODS:
        return []
    items = [CompletionItem(f"{key.name}=", help=key.meaning) for key in keys(METHODS[name].params)]
    return [item for item in items if item.value.startswith(incomplete)]


@click.command("ctl")
@click.argument("method", metavar="[METHOD]", required=False, shell_complete=_complete_method)
@click.argument("params", metavar="[PARAMS]...", nargs=-1, shell_complete=_complete_param)
@engine_option
@json_option
def command(method: str | None, params: tuple[str, ...], selector: str | None, as_json: bool) -> None:
    """Call a method of a running engine's control channel.

    Without METHOD the methods are listed; `ctl help METHOD` explains one. PARAMS are name=value pairs, or one JSON
    object, or - for a JSON object on standard input. A message may be named by its id, 3.17, and the only parameter
    that a method needs be left unnamed:

    \b
    wsinspect ctl hold 'dir == c2s and text contains "order"'
    wsinspect ctl release 3.17 json='{"order": 7}'
    wsinspect ctl inject '{"session": 3, "to": "client", "text": "hello"}'

    A value is taken as it stands where only text will do, else as JSON where it is JSON; give a list by naming its
    parameter again and again. Quote for the shell what has spaces, quotation marks or other signs the shell acts on.

    A breakpoint set by `ctl hold` stays until `ctl unhold`, as ctl's own connection ends at once: keep=true unless
    you say keep=false. `ctl subscribe` prints notices until Ctrl-C. Lists are printed as tables, all else as JSON.
    """  # noqa: D301 - click's sign for a paragraph that is left as it is
    if method is None or (method, params) == (methods.METHODS_.name, ()):
        _print(methods.METHODS_.name, [orjson.loads(result_json(each)) for each in all_methods()], as_json=as_json)
    elif method == _HELP:
        _explain(params)
    elif method == methods.SUBSCRIBE.name:
        given = read_params(_known(method), params)
        converse(selector, lambda client: _follow(client, given, as_json=as_json))
    else:
        given = read_params(_known(method), params)
        _print(method, call(selector, method, given), as_json=as_json)


def _known(name: str) -> Method[Params]:
    method = METHODS.get(name)
    if method is None:
        raise click.UsageError(escape_lines(f"{methods.no_such_method(name)}\n'wsinspect ctl' lists them"))
    return method


async def _follow(client: ControlClient, params: dict[str, Json], *, as_json: bool) -> None:
    await client.call(methods.SUBSCRIBE.name, **params)
    printer = Printer()
    async for notice in client.notices():
        if as_json:
            _print_json({"kind": notice.kind, **notice.params})
            sys.stdout.buffer.flush()
        else:
            printer.line(notice_line(notice))
            printer.flush()


def _print(method: str, result: Json, *, as_json: bool) -> None:
    if as_json:
        for each in result if isinstance(result, list) else [result]:
            _print_json(each)
        sys.stdout.buffer.flush()
    elif has_table(method):
        printer = Printer()
        for line in table(method, result):
            printer.line(line)
        printer.flush()
    elif result is not None:
        click.echo(escape_lines(json.dumps(result, indent=2, ensure_ascii=False)))


def _print_json(value: Json) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))


def _explain(words: tuple[str, ...]) -> None:
    if len(words) != 1:
        raise click.UsageError("which method? 'wsinspect ctl' lists them")
    method = _known(words[0])
    formatter = click.HelpFormatter(max_width=110)
    formatter.write_text(f"{method.name}: {method.meaning}")
    if rows := [_parameter_row(key) for key in keys(method.params)]:
        with formatter.section("Parameters"):
            formatter.write_dl(rows)
    if note := _HERE.get(method.name):
        formatter.write_paragraph()
        formatter.write_text(note)
    with formatter.section("Example"):
        # On one line, however long: it is there to be copied.
        formatter.write(f"  wsinspect ctl {method.name} {_typed(method.example)}".rstrip() + "\n")
    click.echo(formatter.getvalue(), nl=False)


def _parameter_row(key: Key) -> tuple[str, str]:
    default = f" [default: {key.default}]" if key.default is not None else ""
    shown = key.type.replace("`", "")
    return key.name, f"{shown}. {key.meaning}{default}{'' if not key.required else ' [required]'}"


def _typed(example: dict[str, Json]) -> str:
    words = []
    for name, value in example.items():
        for each in value if isinstance(value, list) else [value]:
            text = each if isinstance(each, str) else orjson.dumps(each).decode()
            words.append(f"{name}={_quoted(text)}")
    return " ".join(words)


def _quoted(text: str) -> str:
    if text and all(character.isalnum() or character in "./-_" for character in text):
        return text
    return f'"{text}"' if "'" in text else f"'{text}'"
