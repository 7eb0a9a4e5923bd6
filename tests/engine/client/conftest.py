"""Fixtures of the client's tests."""

from tests.engine.client.playing import no_proxy
from tests.engine.conftest import private_runtime
from tests.peers.fixtures import authority, certificate, confdir

__all__ = ["authority", "certificate", "confdir", "no_proxy", "private_runtime"]
