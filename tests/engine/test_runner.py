"""An engine starts completely or not at all, says what is wrong, and leaves nothing open behind it."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest
from mitmproxy import ctx

from tests.engine.live import live_engine
from tests.peers.capture import recorded_sessions
from tests.peers.certificates import Authority
from tests.peers.upgrade import connect, connect_through_socks, free_ports, parse_head, raw_server
from wsinspect.engine import registry
from wsinspect.errors import EngineError, StoreError
from wsinspect.store.reader import CaptureReader

pytestmark = pytest.mark.usefixtures("private_runtime")


async def test_an_engine_that_runs_can_be_found_and_says_where_it_is(tmp_path: Path, confdir: Path) -> None:
    ready = tmp_path / "ready.json"
    async with live_engine(tmp_path, confdir, ready_file=ready) as engine:
        assert registry.running() == [engine.info]
        assert registry.from_json(ready.read_bytes()) == engine.info
        assert engine.info.modes == ("regular",)
        assert engine.info.capture == str(tmp_path / "capture.wsi")
        assert Path(engine.info.ca).parent == confdir
        assert _text(engine.info.ca).startswith("-----BEGIN CERTIFICATE")
        with CaptureReader(engine.capture) as reader:
            assert reader.live
    assert registry.running() == []
    with CaptureReader(engine.capture) as reader:
        assert not reader.live
        assert [run.clean for run in reader.runs()] == [True]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(engine.address).close()


async def test_several_modes_have_an_address_each(tmp_path: Path, confdir: Path) -> None:
    modes = ("regular", "socks5@127.0.0.1:0", "regular@127.0.0.1:0")
    async with live_engine(tmp_path, confdir, modes=modes) as engine, raw_server() as server:
        assert engine.info.modes == modes
        assert len(set(engine.addresses)) == 3
        await (await connect_through_socks(engine.addresses[1], server.authority)).close()
        await engine.until_empty()


async def test_a_port_in_use_is_an_error_and_leaves_nothing(tmp_path: Path, confdir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(EngineError, match=r"in use|bind") as caught:
            async with live_engine(tmp_path, confdir, listen=listen):
                pass
    assert "--listen" in str(caught.value.hint)
    assert registry.running() == []
    with CaptureReader(tmp_path / "capture.wsi") as reader:
        assert not reader.live


@pytest.mark.parametrize(
    ("modes", "words"),
    [
        (("nonsense",), "nonsense"),
        (("reverse:nonsense://a.test",), "nonsense"),
        (("regular", "socks5"), "same address"),
    ],
)
async def test_modes_that_cannot_be_are_an_error(
    tmp_path: Path, confdir: Path, modes: tuple[str, ...], words: str
) -> None:
    with pytest.raises(EngineError) as caught:
        async with live_engine(tmp_path, confdir, modes=modes):
            pass
    assert words in str(caught.value)
    assert ("MODE@HOST:PORT" in str(caught.value.hint)) == (words == "same address")


async def test_a_capture_that_is_there_is_not_touched(tmp_path: Path, confdir: Path) -> None:
    (tmp_path / "capture.wsi").write_bytes(b"precious")
    with pytest.raises(StoreError):
        async with live_engine(tmp_path, confdir):
            pass
    assert (tmp_path / "capture.wsi").read_bytes() == b"precious"


@pytest.mark.parametrize("content", [None, b"no certificate", b"\xff\xfe"])
async def test_authorities_that_cannot_be_read_are_an_error(
    tmp_path: Path, confdir: Path, content: bytes | None
) -> None:
    authorities = tmp_path / "authorities.pem"
    if content is not None:
        authorities.write_bytes(content)
    with pytest.raises(EngineError) as caught:
        async with live_engine(tmp_path, confdir, upstream_ca=authorities):
            pass
    assert caught.value.where == str(authorities)
    assert not (tmp_path / "capture.wsi").exists()


async def test_authorities_are_for_as_long_as_the_engine(tmp_path: Path, confdir: Path, authority: Authority) -> None:
    async with live_engine(tmp_path, confdir, upstream_ca=authority.path):
        bundle = ctx.options.ssl_verify_upstream_trusted_ca
        together = _text(bundle)
        assert _text(authority.path) in together
        assert together.count("BEGIN CERTIFICATE") > 20, "those trusted anyway still are"
    with pytest.raises(FileNotFoundError):
        _text(bundle)


def _text(path: str | Path) -> str:
    return Path(path).read_text()


async def test_a_ready_file_that_cannot_be_written_is_an_error(tmp_path: Path, confdir: Path) -> None:
    with pytest.raises(EngineError, match="ready-file"):
        async with live_engine(tmp_path, confdir, ready_file=tmp_path / "missing" / "ready"):
            pass
    assert registry.running() == []


async def test_errors_of_a_running_engine_are_not_gathered_for_ever(tmp_path: Path, confdir: Path) -> None:
    before = list(logging.getLogger().handlers)
    async with live_engine(tmp_path, confdir):
        added = [one for one in logging.getLogger().handlers if one not in before]
        assert [one for one in added if type(one).__name__ == "Collector"] == []


async def test_ipv6_and_a_host_of_its_own(tmp_path: Path, confdir: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    (port,) = free_ports(1)
    async with live_engine(tmp_path, confdir, listen=f"[::1]:{port}") as engine:
        assert engine.info.listen == (f"[::1]:{port}",)


async def test_a_head_that_is_not_http_is_answered_400(tmp_path: Path, confdir: Path) -> None:
    async with live_engine(tmp_path, confdir) as engine:
        client = await connect(engine.address)
        await client.send(b"NONSENSE\r\n\r\n")
        assert parse_head(await client.take_head()).status == 400
        await client.close()
        await engine.until_empty()
    assert recorded_sessions(engine.capture) == []
