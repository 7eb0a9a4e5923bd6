"""`wsinspect rules check` tells every problem of rule files at its place, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.main import main
from wsinspect.cli.rules_check import problems_of
from wsinspect.errors import RuleError
from wsinspect.rules.problems import Place, Problem, RuleFileError

DROP = "do: [drop]"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, *rules: str) -> None:
    (folder / name).write_text("version: 1\nrules:\n" + "".join(f"- {{{rule}}}\n" for rule in rules))


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", "check", *arguments])


def test_good_files_are_counted(folder: Path) -> None:
    write(folder, "a.yaml", f"id: a, {DROP}", f"id: b, enabled: false, {DROP}", f"id: c, enabled: false, {DROP}")
    write(folder, "b.yaml", f"id: d, {DROP}")
    result = check("a.yaml", "b.yaml")
    assert result.stdout == "a.yaml: 3 rules, 2 of them disabled\nb.yaml: 1 rule\n"
    assert (result.exit_code, result.stderr) == (ExitStatus.DONE, "")


def test_all_problems_of_all_files_are_told(folder: Path) -> None:
    write(folder, "a.yaml", "id: a, do: [relpace]", "id: b, match: {hots: x}, do: [drop]")
    write(folder, "b.yaml", "id: c, on: open, do: [drop]")
    write(folder, "c.yaml", f"id: d, {DROP}")
    result = check("a.yaml", "b.yaml", "c.yaml", "nope.yaml")
    assert result.exit_code == ExitStatus.INPUT
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "a.yaml:3:16: unknown action 'relpace' (did you mean 'replace'?)",
        "a.yaml:4:19: unknown key 'hots' in match (did you mean 'host'?)",
        "b.yaml:3:26: drop cannot be done on open: there is no message",
        "nope.yaml: the file cannot be read: No such file or directory",
    ]


def test_problems_are_records_for_programs(folder: Path) -> None:
    write(folder, "a.yaml", "id: a, do: [relpace]")
    result = check("--json", "a.yaml", "nope.yaml")
    assert (result.exit_code, result.stderr) == (ExitStatus.INPUT, "")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"file": "a.yaml", "line": 3, "column": 16, "message": "unknown action 'relpace' (did you mean 'replace'?)"},
        {"file": "nope.yaml", "message": "the file cannot be read: No such file or directory"},
    ]


def test_without_problems_there_are_no_records(folder: Path) -> None:
    write(folder, "a.yaml", f"id: a, {DROP}")
    assert check("--json", "a.yaml").stdout == ""


def test_files_that_are_good_by_themselves_may_not_go_together(folder: Path) -> None:
    write(folder, "a.yaml", f"id: x, {DROP}")
    write(folder, "b.yaml", f"id: x, {DROP}")
    result = check("a.yaml", "b.yaml")
    assert result.exit_code == ExitStatus.INPUT
    assert result.stderr == "b.yaml:3:3: the id 'x' is taken: a.yaml:3:3 has it\n"


def test_what_only_running_needs_is_checked_too(folder: Path) -> None:
    write(folder, "a.yaml", "id: a, do: [from_file: nope.bin]", f"id: b, {DROP}", "id: c, do: [script: x.py]")
    result = check("a.yaml")
    assert result.exit_code == ExitStatus.INPUT
    [line] = result.stderr.splitlines()
    assert line.startswith("a.yaml:3:16: rule 'a': from_file: ")


def test_a_file_that_never_ends_is_not_read_to_the_end() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("there is no /dev/zero")
    assert check("/dev/zero").stderr == "/dev/zero: the file is larger than 4 MiB\n"


def test_what_files_say_cannot_write_to_the_terminal(folder: Path) -> None:
    write(folder, "a.yaml", f'"\\e[31m": 1, id: a, {DROP}')
    assert "\x1b" not in check("a.yaml").stderr


def test_no_file_is_wrong_usage() -> None:
    assert check().exit_code == ExitStatus.USAGE


def test_an_error_is_its_problems() -> None:
    problems = [Problem("a", Place(1, 2), "x"), Problem("b", None, "y")]
    assert list(problems_of(RuleFileError(problems))) == problems
    assert list(problems_of(RuleError("C:/a:1:2: x: 5\nnot possible"))) == [
        Problem("C:/a", Place(1, 2), "x: 5"),
        Problem("rules", None, "not possible"),
    ]
