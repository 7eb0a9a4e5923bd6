"""Writes what is generated from the code: pages of docs/reference/, and the JSON Schema of rule files.

`make docs` runs it, and a test says when a page is no longer what it would write.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

import click

from scripts.control_reference import control_page
from scripts.keys_reference import keys_page
from scripts.markdown import inline, table
from scripts.mirror import ROOT
from scripts.rules_reference import rules_page
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.main import main as wsinspect
from wsinspect.query.reference import field_rows, operator_rows, unit_rows
from wsinspect.query.target import Target
from wsinspect.rules.json_schema import schema_text

FOLDER = ROOT / "docs" / "reference"
RULES_SCHEMA = ROOT / "rules" / "wsinspect-rules.schema.json"
"""Beside the rule files that name it."""
GENERATED = "<!-- Written by `make docs` from the code. Change it there. -->"

EXIT_STATUSES = {
    ExitStatus.DONE: "Done.",
    ExitStatus.DIFFERS: "It ran, and what it checked does not hold.",
    ExitStatus.USAGE: "Wrong usage: an option, an argument or a filter expression.",
    ExitStatus.INPUT: "An input, such as a capture, is unusable.",
    ExitStatus.ENGINE: "The network or the engine failed.",
    ExitStatus.INTERRUPTED: "Interrupted. Ctrl-C is how `capture` ends, with 0.",
}


def page(name: str) -> str:
    """Return the text of a page of `PAGES`."""
    return "\n".join([GENERATED, "", *PAGES[name]()]) + "\n"


def _commands() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield "Records go to standard output, everything else to standard error. The exit status says how a command ended:"
    yield ""
    yield from table("Status", "Meaning", rows=((str(int(status)), EXIT_STATUSES[status]) for status in ExitStatus))
    root = click.Context(wsinspect, info_name="wsinspect", **wsinspect.context_settings)
    yield from _command(wsinspect, root)
    yield from _subcommands(wsinspect, root)


def _subcommands(group: click.Group, ctx: click.Context) -> Iterator[str]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        if command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=ctx)
        yield from _command(command, inner)
        if isinstance(command, click.Group):
            yield from _subcommands(command, inner)


def _command(command: click.Command, ctx: click.Context) -> Iterator[str]:
    yield ""
    yield f"## `{ctx.command_path}`"
    yield ""
    yield "```"
    yield " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    yield "```"
    # What stands behind a form feed is for readers of the code, as in click's own help.
    text = inspect.cleandoc(command.help or "").partition("\f")[0].strip()
    if text:
        yield ""
        yield from _prose(text)
    # Of its own: click keeps the option for help of whoever asked first, who may not have come through the group.
    help_option = click.Option(ctx.help_option_names, is_flag=True, help="Show this message and exit.")
    parameters = [*command.params, help_option]
    records = [record for each in parameters if (record := each.get_help_record(ctx))]
    if records:
        yield ""
        yield from (f"- `{form}`: {inline(help_text)}" if help_text else f"- `{form}`" for form, help_text in records)


def _prose(text: str) -> Iterator[str]:
    """Lay out paragraphs; one that click is told not to rewrap becomes a block of code."""
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ""
        first, _, rest = paragraph.partition("\n")
        if first.strip() == "\b":
            yield from ("```", *rest.splitlines(), "```")
        else:
            yield inline(paragraph)


def _filters() -> Iterator[str]:
    yield "# Filter expressions"
    yield ""
    yield (
        "One language chooses sessions, messages and frames. A record that lacks a field does not match a condition on"
        " it. A field of the session can be asked of its messages and frames too; where they have one of that name"
        " themselves, `session.` in front means the session's."
    )
    yield ""
    yield "## Operators"
    yield ""
    rows = ((f"`{row.form}`", inline(row.meaning), f"`{row.example}`") for row in operator_rows())
    yield from table("Form", "Matches where", "Example", rows=rows)
    yield ""
    yield "## Fields"
    yield ""
    yield "Every field can be asked for with `has(field)`."
    yield ""
    asked_of = {Target.SESSION: "session", Target.MESSAGE: "message", Target.FRAME: "frame"}
    yield from table(
        "Field",
        "Of",
        "Meaning",
        "Values",
        "Operators",
        rows=(
            (
                f"`{row.name}`",
                ", ".join(asked_of[target] for target in row.targets),
                inline(row.meaning),
                ", ".join(f"`{word}`" for word in row.words) or row.kind,
                " ".join(f"`{operator}`" for operator in row.operators),
            )
            for row in field_rows()
        ),
    )
    yield ""
    yield "## Units"
    yield ""
    yield from table(
        "Unit",
        "Is",
        rows=((f"`{row.name}`", f"{row.factor:,} {'ns' if row.of_time else 'bytes'}") for row in unit_rows()),
    )


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "commands.md": _commands,
    "filters.md": _filters,
    "rules.md": rules_page,
    "control.md": control_page,
    "keys.md": keys_page,
}
"""What writes each page, by file name."""


def main() -> None:
    """Write the pages, and the JSON Schema of rule files."""
    RULES_SCHEMA.write_text(schema_text(), encoding="utf-8")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (FOLDER / name).write_text(page(name), encoding="utf-8")


if __name__ == "__main__":
    main()
