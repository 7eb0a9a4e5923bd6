"""`wsinspect rules list`: the rules of a running engine, with what they did."""

from __future__ import annotations

import sys

import click
import orjson

from wsinspect.cli.control_call import call, engine_option
from wsinspect.cli.control_tables import table
from wsinspect.cli.parameters import json_option
from wsinspect.cli.printer import Printer
from wsinspect.control.methods import RULES_LIST


@click.command("list")
@engine_option
@json_option
def command(selector: str | None, as_json: bool) -> None:
    """List the rules of a running engine, with hits and errors.

    Below a rule that failed is why it failed last.
    """
    rules = call(selector, RULES_LIST.name, {})
    assert isinstance(rules, list)
    if as_json:
        for rule in rules:
            sys.stdout.buffer.write(orjson.dumps(rule, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
        return
    printer = Printer()
    for line in table(RULES_LIST.name, rules):
        printer.line(line)
    printer.flush()
