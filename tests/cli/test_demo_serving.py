"""`demo --serve` runs the servers until it is told to stop, and says how to use them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner
from websockets.sync.client import connect

from tests.peers.certificates import client_context
from wsinspect.cli.demo_serving import serve_until_interrupted
from wsinspect.cli.main import main
from wsinspect.errors import EngineError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_interrupted(tmp_path: Path, ending: signal.Signals) -> None:
    changed = ["--changed"] if ending is signal.SIGTERM else []
    command = [sys.executable, "-m", "wsinspect", "demo", "--serve", *changed, "--listen", "127.0.0.1:0"]
    environment = os.environ | {"TMPDIR": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    with (
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process,
        ExitStack() as whatever_happens,
    ):
        whatever_happens.callback(process.kill)
        assert process.stderr is not None
        said = "".join(process.stderr.readline() for _ in range(7))
        url = re.search(r"wss://localhost:\d+", said)
        authority = re.search(r"/\S+/demo-ca.pem", said)
        assert url is not None, said
        assert authority is not None, said
        assert f"wsinspect replay shop.wsi --session 1 --to {url[0]}/shop --insecure" in said
        assert ("a new version of the shop" in said) == bool(changed)
        with connect(
            f"{url[0]}/shop", ssl=client_context(Path(authority[0])), proxy=None, open_timeout=60
        ) as connection:
            connection.send('{"id": 1, "method": "login", "params": {"user": "ana", "password": "correct horse"}}')
            assert '"token"' in str(connection.recv(timeout=20))
        process.send_signal(ending)
        _, rest = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, "")
    assert not Path(authority[0]).parent.exists()


def test_an_address_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(EngineError, match=r"(?i)in use") as raised:
            serve_until_interrupted(listen, 0.1, changed=False)
    assert raised.value.where == listen


@pytest.mark.parametrize(
    ("arguments", "useless", "mode"),
    [
        (["--serve", "--headless", "-o", "x.wsi"], "--headless, --out", "--serve"),
        (["--serve", "--json", "--var", "a=b", "--mode", "socks5"], "--json, --mode, --var", "--serve"),
        (["--serve", "--shop-client", "ws://x"], "--shop-client", "--serve"),
        (["--shop-client", "ws://x", "--changed", "--listen", "127.0.0.1:1"], "--changed, --listen", "--shop-client"),
    ],
)
def test_options_without_a_meaning_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], useless: str, mode: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    result = CliRunner().invoke(main, ["demo", *arguments])
    assert result.exit_code == 2
    assert f"{useless}: not together with {mode}" in result.stderr
