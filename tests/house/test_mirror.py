"""The check that tests mirror modules finds what has no partner."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.mirror import WITHOUT_TEST, problems


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree in which everything has its partner."""
    for name in [
        "wsinspect/__init__.py",
        *WITHOUT_TEST,
        "wsinspect/wire/frames.py",
        "tests/wire/test_frames.py",
        "tests/e2e/test_whole.py",
    ]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_tree_that_mirrors_has_no_problems(tree: Path) -> None:
    assert problems(tree) == []


def test_a_module_without_tests_is_a_problem(tree: Path) -> None:
    (tree / "wsinspect/wire/deflate.py").touch()
    assert problems(tree) == ["wsinspect/wire/deflate.py has no tests/wire/test_deflate.py"]


def test_a_test_without_a_module_is_a_problem(tree: Path) -> None:
    (tree / "tests/wire/test_deflate.py").touch()
    assert problems(tree) == ["tests/wire/test_deflate.py tests no module"]


def test_an_exception_that_is_none_any_more_is_a_problem(tree: Path) -> None:
    (tree / "tests/test___main__.py").touch()
    assert problems(tree) == ["wsinspect/__main__.py needs no exception"]


def test_a_file_of_another_language_may_have_tests(tree: Path) -> None:
    (tree / "wsinspect/wire/preload.cjs").touch()
    assert problems(tree) == []
    (tree / "tests/wire/test_preload.py").touch()
    assert problems(tree) == []
