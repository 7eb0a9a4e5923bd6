"""The demo's certificates are good for this machine, and for who trusts their authority only."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from wsinspect.demo.certificates import DemoAuthority


async def test_a_client_that_trusts_the_authority_gets_through(tmp_path: Path) -> None:
    authority = DemoAuthority(tmp_path)
    async with await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=authority.server_context()
    ) as server:
        port = server.sockets[0].getsockname()[1]
        trust = ssl.create_default_context(cafile=authority.path)
        for name in ("localhost", "127.0.0.1"):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=name)
            writer.close()
            await writer.wait_closed()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(
                "127.0.0.1", port, ssl=ssl.create_default_context(), server_hostname="localhost"
            )


def test_the_authoritys_key_is_not_written(tmp_path: Path) -> None:
    authority = DemoAuthority(tmp_path)
    authority.server_context()
    assert "PRIVATE" not in authority.path.read_text()
    assert (tmp_path / "demo-server.pem").stat().st_mode & 0o777 == 0o600
