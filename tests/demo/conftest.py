"""The demo's server, at a pace for tests."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from wsinspect.demo.certificates import DemoAuthority
from wsinspect.demo.clients import Way
from wsinspect.demo.servers import demo_server

BEAT_S = 0.02


@asynccontextmanager
async def served(folder: Path, *, changed: bool = False) -> AsyncIterator[Way]:
    authority = DemoAuthority(folder)
    async with demo_server(authority.server_context(), BEAT_S, changed=changed) as url:
        yield Way(url, None, ssl.create_default_context(cafile=authority.path), BEAT_S)


@pytest.fixture
async def way(tmp_path: Path) -> AsyncIterator[Way]:
    """The way to a running server, without a proxy."""
    async with served(tmp_path) as way:
        yield way


@pytest.fixture
async def new_way(tmp_path: Path) -> AsyncIterator[Way]:
    """The way to a server whose shop is the new version."""
    async with served(tmp_path, changed=True) as way:
        yield way
