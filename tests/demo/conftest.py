"""The demo's server, at a pace for tests."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from wsinspect.demo.certificates import DemoAuthority
from wsinspect.demo.clients import Way
from wsinspect.demo.servers import demo_server

BEAT_S = 0.02


@pytest.fixture
async def way(tmp_path: Path) -> AsyncIterator[Way]:
    """The way to a running server, without a proxy."""
    authority = DemoAuthority(tmp_path)
    async with demo_server(authority.server_context(), BEAT_S) as url:
        yield Way(url, None, ssl.create_default_context(cafile=authority.path), BEAT_S)
