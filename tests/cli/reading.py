"""Runs a reading command in process and takes its output apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from click.testing import CliRunner, Result

from wsinspect.cli.main import main


def run(*arguments: str | Path) -> Result:
    """Run `wsinspect` with these arguments."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def lines(*arguments: str | Path) -> list[str]:
    """Run a command that has to succeed, and return its lines."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout.splitlines()


def records(*arguments: str | Path) -> list[dict[str, Any]]:
    """Run a command with `--json` and return what it printed."""
    return [orjson.loads(line) for line in lines(*arguments, "--json")]


def assert_harmless(printed: list[str]) -> None:
    """Fail where something reached the output that a terminal would act on."""
    for line in printed:
        assert line.replace("\t", "").isprintable(), ascii(line)
