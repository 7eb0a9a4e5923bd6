"""The CA is made where it is missing, read where it is there, and never replaced."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from wsinspect.engine.ca import default_confdir, load_ca
from wsinspect.errors import EngineError


def test_a_missing_ca_is_made_once(tmp_path: Path) -> None:
    made = load_ca(tmp_path / "conf")
    assert made is not None
    assert made.created
    assert made.pem.read_text().count("BEGIN CERTIFICATE") == 1
    assert "PRIVATE" not in made.pem.read_text()
    again = load_ca(tmp_path / "conf")
    assert again is not None
    assert not again.created
    assert again.sha256 == made.sha256
    ssl.create_default_context(cafile=str(made.pem))


def test_none_is_made_where_none_should_be(tmp_path: Path) -> None:
    assert load_ca(tmp_path, create=False) is None
    assert list(tmp_path.iterdir()) == []


def test_a_lost_certificate_is_written_again_from_the_ca(tmp_path: Path) -> None:
    made = load_ca(tmp_path)
    assert made is not None
    content = made.pem.read_bytes()
    made.pem.unlink()
    load_ca(tmp_path)
    assert made.pem.read_bytes() == content


def test_a_damaged_ca_is_an_error_and_stays(tmp_path: Path) -> None:
    secret = tmp_path / "mitmproxy-ca.pem"
    secret.write_text("no certificate")
    with pytest.raises(EngineError, match="cannot be read"):
        load_ca(tmp_path)
    assert secret.read_text() == "no certificate"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match="the CA"):
        load_ca(tmp_path / "file" / "conf")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is the oracle")
def test_the_hash_is_the_one_android_wants(tmp_path: Path) -> None:
    made = load_ca(tmp_path)
    assert made is not None
    command = ["openssl", "x509", "-noout", "-subject_hash_old", "-in", str(made.pem)]
    assert subprocess.check_output(command, text=True).strip() == made.subject_hash


def test_mitmproxys_own_folder_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_confdir() == tmp_path / ".mitmproxy"
