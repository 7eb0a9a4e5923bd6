"""Fixtures of the client's tests."""

from tests.engine.client.playing import no_proxy
from tests.peers.fixtures import authority, certificate, confdir

__all__ = ["authority", "certificate", "confdir", "no_proxy"]
