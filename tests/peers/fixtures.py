"""Fixtures that the peers' own tests and the end-to-end tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.certificates import Authority, Certificate

__all__ = ["authority", "certificate", "confdir"]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The certificate authority of this run's servers."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Certificate:
    """A certificate for localhost and 127.0.0.1."""
    return authority.issue()


@pytest.fixture(scope="session")
def confdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the engines of this run keep mitmproxy's CA, made once."""
    return tmp_path_factory.mktemp("confdir")
