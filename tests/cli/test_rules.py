"""`wsinspect rules` has its commands in a table."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from wsinspect.cli.main import main
from wsinspect.cli.rules import SECTIONS, command

NAMES = [name for commands in SECTIONS.values() for name in commands]


@pytest.mark.parametrize("name", NAMES)
def test_a_listed_command_is_what_its_module_has(name: str) -> None:
    found = command.get_command(click.Context(command), name)
    assert isinstance(found, click.Command)
    assert found.name == name


def test_the_help_lists_them() -> None:
    result = CliRunner().invoke(main, ["rules", "--help"])
    assert result.exit_code == 0
    assert all(f"  {name} " in result.output for name in NAMES)
