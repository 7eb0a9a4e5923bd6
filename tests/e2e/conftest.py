"""Fixtures of the end-to-end tests: one engine a module, and lanes through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import private_runtime
from tests.peers.certificates import Certificate
from tests.peers.engine import EngineProcess, engine_process
from tests.peers.fixtures import authority, certificate, confdir
from tests.peers.lane import Lane, lane_of

__all__ = ["authority", "certificate", "confdir", "private_runtime"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, confdir: Path) -> Iterator[EngineProcess]:
    """An engine in regular mode that does not verify servers; stopped, and its log looked at, when a module is done."""
    with engine_process(tmp_path_factory.mktemp("engine"), confdir) as running:
        yield running


@pytest.fixture(params=["ws", "wss"])
def lane(request: pytest.FixtureRequest, engine: EngineProcess, certificate: Certificate) -> Lane:
    """A way across the engine; each test runs on a plain one and on one with TLS on both sides."""
    return lane_of(engine, certificate if request.param == "wss" else None)
