"""The command line as a whole: help without imports, statuses, closed pipes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import types

import click
import pytest
from click.testing import CliRunner

from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.main import SECTIONS, main
from wsinspect.errors import EngineError, FilterError, StoreError

MODULE = "wsinspect.cli.sessions"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Puts a module in the place of `sessions`, whose `command` a test sets."""
    module = types.ModuleType(MODULE)
    monkeypatch.setitem(sys.modules, MODULE, module)
    return module


def run(module: types.ModuleType, callback: object) -> tuple[int, str]:
    assert callable(callback)
    module.command = click.command("sessions")(callback)  # type: ignore[attr-defined]
    result = CliRunner().invoke(main, ["sessions"])
    return result.exit_code, result.stderr


def raising(error: BaseException) -> object:
    def callback() -> None:
        raise error

    return callback


def returning(value: object) -> object:
    def callback() -> object:
        return value

    return callback


@pytest.mark.parametrize(
    ("callback", "status"),
    [
        (returning(None), ExitStatus.DONE),
        (returning("text"), ExitStatus.DONE),
        (returning(ExitStatus.DIFFERS), ExitStatus.DIFFERS),
        (raising(StoreError("bad", where="x.wsi")), ExitStatus.INPUT),
        (raising(EngineError("bad")), ExitStatus.ENGINE),
        (raising(FilterError("bad", expression="a ==", column=5)), ExitStatus.USAGE),
        (raising(click.UsageError("bad")), ExitStatus.USAGE),
        (raising(click.exceptions.Exit(1)), ExitStatus.DIFFERS),
        (raising(KeyboardInterrupt()), ExitStatus.INTERRUPTED),
    ],
)
def test_how_a_command_ends_is_its_status(command: types.ModuleType, callback: object, status: ExitStatus) -> None:
    assert run(command, callback)[0] == status


def test_an_error_is_told_on_stderr_and_made_harmless(command: types.ModuleType) -> None:
    error = StoreError("odd \x1b[31m name", where="x.wsi", hint="do this")
    assert run(command, raising(error))[1] == "Error: x.wsi: odd \\x1b[31m name\ndo this\n"


def test_a_filter_error_draws_its_caret(command: types.ModuleType) -> None:
    told = run(command, raising(FilterError("expected a value", expression="size >", column=7)))[1]
    assert told.splitlines()[1:] == ["  size >", "        ^"]


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
def test_help_lists_every_command(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    for commands in SECTIONS.values():
        for name, entry in commands.items():
            assert f"  {name} " in result.output
            assert entry.help.split()[0] in result.output


def test_an_unknown_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["sesions"])
    assert result.exit_code == ExitStatus.USAGE
    assert "sesions" in result.stderr


@pytest.mark.parametrize("name", [name for commands in SECTIONS.values() for name in commands])
def test_a_listed_command_is_what_its_module_has(name: str) -> None:
    entry = next(commands[name] for commands in SECTIONS.values() if name in commands)
    if importlib.util.find_spec(entry.module) is None:
        pytest.fail(f"{entry.module} is missing")
    command = main.get_command(click.Context(main), name)
    assert isinstance(command, click.Command)
    assert command.name == name


def test_help_imports_neither_the_proxy_nor_any_command() -> None:
    script = (
        "import sys; from wsinspect.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'mitmproxy', 'textual', 'rich', 'sqlite3', 'orjson', 'websockets'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL, timeout=20)


def test_a_reader_that_has_enough_ends_a_command_quietly() -> None:
    script = "import click, sys, types\n" + (
        "from wsinspect.cli.main import main\n"
        "module = types.ModuleType('m'); sys.modules['wsinspect.cli.sessions'] = module\n"
        "@click.command('sessions')\n"
        "def command():\n"
        "    for _ in range(100_000): click.echo('x' * 100)\n"
        "module.command = command\n"
        "main(['sessions'])\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=20) == ExitStatus.DONE
