"""Dependencies: each is declared, used and explained, and locked without a word on where packages come from."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
NPM_LOCKS = [ROOT / "tests" / folder / "node" / "package-lock.json" for folder in ("peers", "bench")]

PROGRAMS = {
    "coverage", "import-linter", "mypy", "pytest-asyncio", "pytest-textual-snapshot", "pytest-timeout", "ruff",
    "types-pyyaml", "wsproto",
}  # fmt: skip
"""Of the development group: what is run, is a plugin or tells mypy types, and so need not be imported."""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    """Return the names of the packages that requirements name."""
    return {canonical(re.split(r"[\s<>=!~;\[]", requirement)[0]) for requirement in requirements}


def imported(folder: str) -> set[str]:
    """Return the packages from elsewhere that the files of a folder import."""
    providers = packages_distributions()
    modules: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    modules |= {alias.name.partition(".")[0] for alias in names}
                case ast.ImportFrom(module=str(module), level=0):
                    modules.add(module.partition(".")[0])
                case _:
                    pass
    outside = modules - sys.stdlib_module_names - {"wsinspect", "tests", "scripts"}
    return {canonical(providers.get(module, [module])[0]) for module in outside}


def test_what_is_imported_at_run_time_is_declared_and_nothing_else() -> None:
    assert imported("wsinspect") == declared(PROJECT["project"]["dependencies"])


def test_what_the_tests_import_is_declared() -> None:
    groups = PROJECT["dependency-groups"]
    known = declared(PROJECT["project"]["dependencies"] + groups["dev"] + groups["bench"])
    assert (imported("tests") | imported("scripts")) - known == set()


def test_what_is_declared_for_development_is_used() -> None:
    used = imported("tests") | imported("scripts") | PROGRAMS
    assert declared(PROJECT["dependency-groups"]["dev"]) - used == set()


def test_each_dependency_is_named_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text().lower()
    missing = [name for name in declared(PROJECT["project"]["dependencies"]) if f"`{name}`" not in changelog]
    assert missing == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_line_of_a_lock_pins_one_version(lock: Path) -> None:
    pin = re.compile(r"[a-z0-9][a-z0-9.-]*==[0-9][0-9a-z.]*( ; .+)?")
    assert [line for line in lock.read_text().splitlines() if not pin.fullmatch(line)] == []


def test_locks_agree_with_each_other() -> None:
    pins: dict[str, set[str]] = {}
    for lock in LOCKS:
        for line in lock.read_text().splitlines():
            name, _, version = line.partition(" ;")[0].partition("==")
            pins.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}


@pytest.mark.parametrize("group", ["runtime", "build", "dev", "bench", "lock"])
def test_what_is_declared_is_locked(group: str) -> None:
    runtime = PROJECT["project"]["dependencies"]
    wanted = runtime if group == "runtime" else PROJECT["dependency-groups"][group]
    locked = declared((ROOT / "requirements" / f"{group}.txt").read_text().splitlines())
    assert declared(wanted) - locked == set()


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda path: path.parent.parent.name)
def test_npm_locks_pin_contents_and_name_no_host(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"]
    packages.pop("")
    assert [name for name, package in packages.items() if "resolved" in package or "integrity" not in package] == []
