"""Fixtures of the peers' own tests."""

from tests.peers.fixtures import authority, certificate, confdir

__all__ = ["authority", "certificate", "confdir"]
