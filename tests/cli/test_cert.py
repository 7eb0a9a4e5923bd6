"""`cert` makes the CA where there is none, and says where it is and how it comes to be trusted."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from wsinspect.cli.cert import command, recipes
from wsinspect.engine.ca import load_ca
from wsinspect.errors import EngineError


def test_it_names_the_files_and_every_system(tmp_path: Path) -> None:
    output = CliRunner().invoke(command, ["--confdir", str(tmp_path)]).stdout
    assert str(tmp_path / "mitmproxy-ca-cert.pem") in output
    for name in ("Debian", "Fedora", "macOS", "Windows", "Firefox", "Chrome", "iOS", "Android", "Java", "Node"):
        assert name in output
    assert "made just now" in output
    assert "made just now" not in CliRunner().invoke(command, ["--confdir", str(tmp_path)]).stdout


def test_json_has_the_paths_and_the_fingerprint(tmp_path: Path) -> None:
    record = json.loads(CliRunner().invoke(command, ["--confdir", str(tmp_path), "--json"]).stdout)
    authority = load_ca(tmp_path)
    assert authority is not None
    assert record["pem"] == str(authority.pem)
    assert record["sha256"] == authority.sha256
    assert record["created"] is True


def test_the_certificate_is_copied_and_its_key_is_not(tmp_path: Path) -> None:
    confdir = tmp_path / "conf"
    for name in ("ca.pem", "ca.p12"):
        result = CliRunner().invoke(command, ["--confdir", str(confdir), "--export", str(tmp_path / name)])
        assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "ca.pem").read_bytes() == (confdir / "mitmproxy-ca-cert.pem").read_bytes()
    assert (tmp_path / "ca.p12").read_bytes() == (confdir / "mitmproxy-ca-cert.p12").read_bytes()


def test_a_copy_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--confdir", str(tmp_path), "--export", str(tmp_path / "absent" / "x")])
    assert isinstance(result.exception, EngineError)


def test_a_path_with_a_space_is_quoted(tmp_path: Path) -> None:
    authority = load_ca(tmp_path / "a folder")
    assert authority is not None
    steps = [step for recipe in recipes(authority) for step in recipe.steps]
    assert any(f"sudo cp '{authority.pem}'" in step for step in steps)
