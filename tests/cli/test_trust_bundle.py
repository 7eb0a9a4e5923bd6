"""The bundle holds the proxy's CA, what the system trusts and what settings name, each once."""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi
import pytest

from tests.peers.certificates import Authority
from wsinspect.cli.trust_bundle import trust_bundle


@pytest.fixture
def authorities(tmp_path: Path) -> tuple[Authority, Authority]:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    return Authority(tmp_path / "one", "the proxy's"), Authority(tmp_path / "two", "the company's")


def test_it_adds_to_what_is_trusted(authorities: tuple[Authority, Authority], tmp_path: Path) -> None:
    ours, theirs = authorities
    settings = {"SSL_CERT_FILE": str(theirs.path), "PIP_CERT": str(tmp_path / "absent"), "CURL_CA_BUNDLE": ""}
    bundle = trust_bundle(ours.path, named_in=settings, variables=["SSL_CERT_FILE", "PIP_CERT", "CURL_CA_BUNDLE"])
    assert bundle.startswith(ours.path.read_bytes().strip())
    assert theirs.path.read_bytes().strip() in bundle
    (tmp_path / "bundle.pem").write_bytes(bundle)
    trusted = ssl.create_default_context(cafile=str(tmp_path / "bundle.pem")).get_ca_certs(binary_form=True)
    public = ssl.create_default_context(cafile=certifi.where()).get_ca_certs(binary_form=True)
    assert set(public) < set(trusted)


def test_each_is_in_it_once(authorities: tuple[Authority, Authority]) -> None:
    ours, _ = authorities
    settings = {"A": str(ours.path), "B": certifi.where()}
    blocks = trust_bundle(ours.path, named_in=settings, variables=["A", "B"]).split(b"-----BEGIN CERTIFICATE-----")[1:]
    assert len(blocks) == len(set(blocks))
