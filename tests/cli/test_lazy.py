"""Groups list what a table says, and import a command when it is named."""

from __future__ import annotations

import sys
import types

import click
import pytest
from click.testing import CliRunner

from wsinspect.cli.lazy import Entry, LazyGroup


@pytest.fixture
def group() -> LazyGroup:
    sections = {
        "One": {"first": Entry("wsinspect_test.first", "The first of them."), "no": Entry("wsinspect_test.no", "Not.")},
        "Two": {"second": Entry("wsinspect_test.second", "The other one.")},
    }
    return LazyGroup("group", sections=sections, help="All of them.")


def test_the_help_imports_nothing(group: LazyGroup) -> None:
    result = CliRunner().invoke(group, ["--help"])
    assert result.exit_code == 0
    sections = result.output[result.output.index("One:") :].split()
    assert sections == "One: first The first of them. no Not. Two: second The other one.".split()
    assert group.list_commands(click.Context(group)) == ["first", "no", "second"]


def test_a_command_is_imported_when_it_is_named(group: LazyGroup, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("wsinspect_test.second")
    module.command = click.command("second")(lambda: click.echo("done"))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wsinspect_test", types.ModuleType("wsinspect_test"))
    monkeypatch.setitem(sys.modules, "wsinspect_test.second", module)
    assert CliRunner().invoke(group, ["second"]).output == "done\n"


def test_what_is_not_in_the_table_is_no_command(group: LazyGroup) -> None:
    result = CliRunner().invoke(group, ["third"])
    assert result.exit_code == 2
    assert "third" in result.stderr
