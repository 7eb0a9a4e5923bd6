"""Which Python `make` takes: one that really runs, is new enough and can make environments; else one clear sentence."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "find-python.sh"
SHIM = '#!/bin/sh\necho "pyenv: $(basename $0): command not found" >&2\nexit 127\n'
OLD = "#!/bin/sh\nexit 1\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the script is for POSIX shells")


def python(path: Path) -> Path:
    """Put the Python that runs this test somewhere else."""
    return program(path, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def find(path: Path, home: Path, *minors: str) -> subprocess.CompletedProcess[str]:
    shell = shutil.which("sh")
    assert shell is not None
    return subprocess.run(
        [shell, str(SCRIPT), *minors],
        env={"PATH": str(path), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder that is the whole PATH."""
    folder = tmp_path / "path"
    folder.mkdir()
    return folder


def found(path: Path, home: Path) -> str:
    result = find(path, home)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.strip()


@pytest.mark.parametrize("name", ["python3.14", "python3.13", "python3.12", "python3"])
def test_a_python_in_the_path_is_taken(name: str, path: Path, tmp_path: Path) -> None:
    python(path / name)
    assert found(path, tmp_path) == sys.executable


def test_a_shim_that_fails_is_passed_over(path: Path, tmp_path: Path) -> None:
    program(path / "python3.14", SHIM)
    program(path / "python3.13", SHIM)
    python(path / "python3.12")
    assert found(path, tmp_path) == sys.executable


@pytest.mark.parametrize(
    "place",
    [
        ".pyenv/versions/3.12.1/bin/python",
        ".pyenv/versions/3.13.0/bin/python",
        ".local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3",
    ],
)
def test_pythons_of_pyenv_and_uv_are_found_outside_the_path(place: str, path: Path, tmp_path: Path) -> None:
    program(path / "python3", OLD)
    program(path / "python3.12", SHIM)
    python(tmp_path / place)
    assert found(path, tmp_path) == sys.executable


def test_a_version_can_be_asked_for(path: Path, tmp_path: Path) -> None:
    python(path / "python3")
    python(path / "python3.13")
    assert find(path, tmp_path, "12").returncode == 1
    python(tmp_path / ".pyenv/versions/3.12.1/bin/python")
    assert find(path, tmp_path, "12").stdout.strip() == sys.executable


def test_uv_is_asked(path: Path, tmp_path: Path) -> None:
    elsewhere = python(tmp_path / "elsewhere" / "python3.13")
    program(path / "uv", f'#!/bin/sh\n[ "$1 $2" = "python find" ] && echo "{elsewhere}"\n')
    assert found(path, tmp_path) == sys.executable


def test_with_none_there_is_one_sentence_that_says_what_to_install(path: Path, tmp_path: Path) -> None:
    program(path / "python3", OLD)
    program(path / "python3.13", SHIM)
    result = find(path, tmp_path)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("wsinspect needs Python 3.12 or newer")
    assert "apt install python3.12-venv" in result.stderr
