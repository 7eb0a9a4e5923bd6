"""Groups of commands, each of which is imported only when it is named."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, override

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that is not imported yet."""

    module: str
    """Where its `command` is."""
    help: str
    """Its line in the list of commands."""


class LazyGroup(click.Group):
    """A group that knows of its commands what a table says.

    Args:
        sections: The commands by name, in sections with a title each.
    """

    def __init__(
        self,
        *args: Any,  # click's own
        sections: Mapping[str, Mapping[str, Entry]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._sections = sections

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for commands in self._sections.values() for name in commands]

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for commands in self._sections.values():
            if entry := commands.get(cmd_name):
                command = importlib.import_module(entry.module).command
                assert isinstance(command, click.Command)
                return command
        return None

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, self.list_commands(ctx)))
        for title, commands in self._sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), entry.help) for name, entry in commands.items()])
