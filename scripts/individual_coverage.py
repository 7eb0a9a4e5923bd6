"""Checks that each core module is covered, branch by branch, by its own test file alone.

Coverage that comes by the way, from the tests of other modules, asserts nothing about a module. The tests of the core
run once; each line is on record with the test file that ran it, and a module counts only those of its own file, plus
what runs as modules are imported.

Exit status: 0 covered; 1 not, or a test failed.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Generator

import coverage
import pytest

from scripts.mirror import ROOT, WITHOUT_TEST, modules, test_of

CORE = (
    "wsinspect/errors.py",
    "wsinspect/model.py",
    "wsinspect/wire/",
    "wsinspect/query/",
    "wsinspect/decode/",
    "wsinspect/rules/",
    "wsinspect/replay/",
)
IMPORTING = "importing"


class TestFileAsContext:
    """A pytest plugin that tells coverage which test file runs."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Record a test under its file, its fixtures with it."""
        self._measured.switch_context(item.path.relative_to(ROOT).as_posix())
        try:
            return (yield)
        finally:
            self._measured.switch_context(IMPORTING)


def core_modules() -> list[str]:
    """List the modules of the core that have a test file."""
    return sorted(module for module in modules(ROOT) - WITHOUT_TEST.keys() if module.startswith(CORE))


def run(tests: list[str], measured: coverage.Coverage) -> int:
    """Run test files under coverage, and return pytest's exit status."""
    measured.start()
    measured.switch_context(IMPORTING)
    try:
        return pytest.main(["-q", "--no-header", *tests], plugins=[TestFileAsContext(measured)])
    finally:
        measured.stop()


def uncovered(module: str, measured: coverage.Coverage) -> str | None:
    """Report what the tests of a module leave out of it; None where that is nothing."""
    contexts = [f"^{re.escape(context)}$" for context in (IMPORTING, test_of(module))]
    report = io.StringIO()
    percentage = measured.report([str(ROOT / module)], show_missing=True, file=report, contexts=contexts)
    return None if percentage == 100 else f"{test_of(module)} covers {report.getvalue().splitlines()[2]}"


def main() -> int:
    """Print what is not covered, and return the exit status."""
    listed = core_modules()
    tests = [test_of(module) for module in listed if (ROOT / test_of(module)).is_file()]
    measured = coverage.Coverage(
        data_file=None,
        branch=True,
        source=[str(ROOT / "wsinspect")],
        messages=False,
        config_file=str(ROOT / "pyproject.toml"),
    )
    status = run(tests, measured)
    missing = [report for module in listed if (report := uncovered(module, measured))]
    print(*missing, sep="\n", file=sys.stderr)
    return 1 if status or missing else 0


if __name__ == "__main__":
    sys.exit(main())
