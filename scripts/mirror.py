"""Checks that tests mirror modules: `wsinspect/wire/frames.py` has `tests/wire/test_frames.py`, and the reverse.

Modules and tests without a partner are listed here with the reason. Exit status: 0 they match; 1 they do not.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

WITHOUT_TEST = {
    "wsinspect/__main__.py": "runs the command line; the end-to-end tests start every engine through it",
    "wsinspect/replay/performing.py": "records and a port; players implement it, the client asks it",
    "wsinspect/tui/selection.py": "records; the lists make them and the screens read them",
    "wsinspect/tui/themes.py": "colours; the tests of `colours` look at them",
    "wsinspect/replay/mocking/manner.py": "records; `answering` is made with them",
    "wsinspect/engine/steered.py": "records and a port; `steering` implements it, `control_server` asks it",
}
"""Modules that have no test file of their own, and why."""

WITHOUT_MODULE = {
    "tests/bench": "the benchmark",
    "tests/e2e": "tests of the whole, through a running engine",
    "tests/house": "tests of the files around the code",
    "tests/peers": "the peers that those tests talk to",
    "tests/snapshots": "pictures of the whole screen, one of each state",
}
"""Folders of tests that mirror no module, and why."""


def modules(root: Path) -> set[str]:
    """List the modules that need tests, as paths from the root; an `__init__.py` holds nothing but names."""
    found = {path.relative_to(root).as_posix() for path in (root / "wsinspect").rglob("*.py")}
    return {path for path in found if not path.endswith("/__init__.py")}


def test_files(root: Path) -> set[str]:
    """List the test files that should have a module."""
    found = {path.relative_to(root).as_posix() for path in (root / "tests").rglob("test_*.py")}
    return {path for path in found if not any(path.startswith(f"{folder}/") for folder in WITHOUT_MODULE)}


def test_of(module: str) -> str:
    """Return where the tests of a module are."""
    path = Path(module)
    return Path("tests", *path.parts[1:-1], f"test_{path.name}").as_posix()


def problems(root: Path) -> list[str]:
    """List everything that has no partner, and every exception that is none."""
    wanted = {module: test_of(module) for module in modules(root)}
    tests = test_files(root)
    found = [f"{module} has no {test}" for module, test in wanted.items() if test not in tests | _excused()]
    found += [f"{test} tests no module" for test in tests - _testable(root)]
    found += [f"{module} needs no exception" for module in WITHOUT_TEST if wanted.get(module) in {None, *tests}]
    return sorted(found)


def _testable(root: Path) -> set[str]:
    """List the test files that there may be: files of another language that lie beside the modules may have one."""
    files = (path.relative_to(root) for path in (root / "wsinspect").rglob("*.*"))
    return {test_of(path.with_suffix(".py").as_posix()) for path in files}


def _excused() -> set[str]:
    return {test_of(module) for module in WITHOUT_TEST}


def main() -> int:
    """Print what has no partner, and return the exit status."""
    found = problems(ROOT)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
