"""`doctor` finds what is wrong, says what to do about it, and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsinspect.cli import doctor
from wsinspect.cli.doctor import Finding
from wsinspect.engine import registry
from wsinspect.engine.ca import load_ca

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - as shutil has it


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def taken() -> Iterator[str]:
    """An address that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_all_is_well(tmp_path: Path) -> None:
    load_ca(tmp_path / "conf")
    result = CliRunner().invoke(
        doctor.command, ["--listen", "127.0.0.1:0", "--confdir", str(tmp_path / "conf")], standalone_mode=False
    )
    assert result.return_value == 0, result.stdout
    assert "Ready to capture" in result.stdout


def test_a_problem_makes_the_status_1_and_json_has_it(tmp_path: Path, taken: str) -> None:
    arguments = ["--listen", taken, "--confdir", str(tmp_path), "--json"]
    result = CliRunner().invoke(doctor.command, arguments, standalone_mode=False)
    assert result.return_value == 1
    checks = {check["check"]: check for check in map(json.loads, result.stdout.splitlines())}
    assert checks["port"]["finding"] == "problem"
    assert "--listen" in checks["port"]["advice"]
    assert checks["CA"]["finding"] == "note"
    assert not (tmp_path / "mitmproxy-ca.pem").exists(), "looking makes no CA"


def test_an_old_python() -> None:
    assert doctor.check_python((3, 11, 2)).finding is Finding.PROBLEM
    assert doctor.check_python((3, 12, 0)).finding is Finding.FINE


def test_a_port_that_an_engine_has(taken: str) -> None:
    with registry.register(registry.EngineInfo(7, "0", (taken,), ("regular",), "/x.wsi", "/ca.pem")):
        check = doctor.check_port(taken)
    assert check.finding is Finding.NOTE
    assert "engine 7" in check.found


def test_a_ca_whose_key_others_can_read(tmp_path: Path) -> None:
    load_ca(tmp_path)
    (tmp_path / "mitmproxy-ca.pem").chmod(0o644)
    check = doctor.check_ca(tmp_path)
    assert check.finding is Finding.PROBLEM
    assert "chmod 600" in (check.advice or "")


def test_a_ca_that_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "mitmproxy-ca.pem").write_text("?")
    assert doctor.check_ca(tmp_path).finding is Finding.PROBLEM


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert doctor.check_captures(tmp_path / "file" / "captures").finding is Finding.PROBLEM


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 99, 1))
    check = doctor.check_captures(tmp_path)
    assert check.finding is Finding.PROBLEM
    assert "only 1 bytes free" in check.found


def test_a_proxy_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:secret@proxy.test:3128")
    check = doctor.check_proxy_settings()
    assert check.finding is Finding.NOTE
    assert "upstream" in (check.advice or "")
    assert "secret" not in check.found
