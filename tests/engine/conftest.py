"""Fixtures of the engine's tests: certificates, and an engine inside the test's own process."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # what mitmproxy imports uses old names of pyparsing and pyasn1
    import mitmproxy.addons

from tests.peers.fixtures import authority, certificate, confdir

__all__ = ["authority", "certificate", "confdir", "mitmproxy", "private_runtime"]


@pytest.fixture
def private_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep engines of the tests from being found by others, and others from being found by the tests."""
    directory = tmp_path / "runtime"
    directory.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
