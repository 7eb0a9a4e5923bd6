"""Programs started through `exec` reach real servers through the engine, and end as they would without it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.certificates import Authority
from tests.peers.engine import EngineProcess
from tests.peers.programs import NODE, node
from wsinspect.model import SessionState
from wsinspect.store.reader import CaptureReader

ROOT = Path(__file__).parents[2]
SERVER = """
import asyncio, ssl, sys
from websockets.asyncio.server import serve
async def echo(connection):
    async for message in connection:
        await connection.send(message)
async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    async with serve(echo, "127.0.0.1", 0, ssl=context) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""
PYTHON_CLIENT = """
import asyncio, sys
from websockets.asyncio.client import connect
async def main():
    async with connect(sys.argv[1]) as connection:
        await connection.send("hello")
        print(await connection.recv())
asyncio.run(main())
"""
AIOHTTP_CLIENT = """
import asyncio, sys, aiohttp
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session, session.ws_connect(sys.argv[1]) as connection:
        await connection.send_str("hello")
        print((await connection.receive()).data)
asyncio.run(main())
"""
NODE_CLIENT = """
import WebSocket from "ws";
const socket = new WebSocket(process.argv[1]);
socket.on("open", () => socket.send("hello"));
socket.on("message", (data) => { console.log(String(data)); socket.close(); });
socket.on("error", (error) => { console.error(error.message); process.exit(9); });
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def confdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("confdir")


@pytest.fixture(scope="module")
def url(authority: Authority) -> Iterator[str]:
    """An echo server with a certificate of `authority`."""
    certificate = authority.issue()
    command = [sys.executable, "-c", SERVER, str(certificate.certificate), str(certificate.key)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"wss://localhost:{server.stdout.readline().strip()}/echo"
        server.communicate()


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")


def exec_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "wsinspect", "exec", *arguments]


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        exec_command(*arguments), capture_output=True, text=True, timeout=60, cwd=cwd, env=environment, check=False
    )


def states(capture: Path) -> list[SessionState]:
    with CaptureReader(capture) as reader:
        return [session.state for session in reader.sessions()]


CLIENTS = {
    "websockets": (sys.executable, "-c", PYTHON_CLIENT),
    "aiohttp": (sys.executable, "-c", AIOHTTP_CLIENT),
    "node": ("node", "--input-type=module", "-e", NODE_CLIENT),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reaches_a_server_that_the_engine_verifies(
    client: str, url: str, authority: Authority, confdir: Path, tmp_path: Path
) -> None:
    if client == "node":
        node()
    options = ["-o", str(tmp_path / "x.wsi"), "--confdir", str(confdir), "--upstream-ca", str(authority.path)]
    done = run(*options, "--", *CLIENTS[client], url, cwd=NODE if client == "node" else ROOT)
    assert (done.returncode, done.stdout) == (0, "hello\n"), done.stderr
    assert "captured 1 session, 2 messages" in done.stderr
    with CaptureReader(tmp_path / "x.wsi") as reader:
        [session] = reader.sessions()
        assert session.url == url
        assert session.tls_server is not None
        assert session.tls_server.verified
        assert [message.payload for message in reader.messages()] == [b"hello", b"hello"]


@pytest.mark.parametrize("client", ["websockets", "node"])
def test_a_server_that_cannot_be_verified_is_not_reached(client: str, url: str, confdir: Path, tmp_path: Path) -> None:
    if client == "node":
        node()
    options = ["-o", str(tmp_path / "x.wsi"), "--confdir", str(confdir)]
    done = run(*options, "--", *CLIENTS[client], url, cwd=NODE if client == "node" else ROOT)
    assert done.returncode == (9 if client == "node" else 1)
    assert "502" in done.stderr or "certificate" in done.stderr.lower()
    [state] = states(tmp_path / "x.wsi")
    assert state is SessionState.FAILED


def test_send_is_a_client_like_any_other(url: str, authority: Authority, confdir: Path, tmp_path: Path) -> None:
    options = ["-q", "-o", str(tmp_path / "x.wsi"), "--confdir", str(confdir), "--upstream-ca", str(authority.path)]
    done = run(*options, "--", sys.executable, "-m", "wsinspect", "send", url, "hi", "--expect", "hi")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hi\n", "")
    assert states(tmp_path / "x.wsi") == [SessionState.CLOSED]


def test_curl_trusts_the_proxy_too(url: str, authority: Authority, confdir: Path, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    options = ["-q", "-o", str(tmp_path / "x.wsi"), "--confdir", str(confdir), "--upstream-ca", str(authority.path)]
    done = run(*options, "--", "curl", "-sS", "-o", os.devnull, "-w", "%{http_code}", url.replace("wss:", "https:"))
    assert (done.returncode, done.stdout) == (0, "426"), done.stderr


@pytest.mark.parametrize("quiet", [False, True])
def test_what_rules_failed_at_is_told(
    quiet: bool, url: str, authority: Authority, confdir: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\nrules: [{id: a, match: {dir: c2s}, do: [{set_text: '{{ vars.missing }}'}]}]\n")
    options = ["--rules", str(rules), "-o", str(tmp_path / "x.wsi"), "--confdir", str(confdir)]
    options += ["--upstream-ca", str(authority.path), *(["-q"] if quiet else [])]
    done = run(*options, "--", *CLIENTS["websockets"], url)
    assert done.returncode == 0, done.stderr
    told = "wsinspect: warning: rule a failed in session 1: there is no variable 'missing'"
    assert done.stderr.splitlines()[:1] == ([] if quiet else [told])


def test_a_running_engine_is_used(url: str, authority: Authority, confdir: Path, tmp_path: Path) -> None:
    engine = EngineProcess(tmp_path, confdir, options=["--upstream-ca", str(authority.path)], insecure=False)
    engine.start()
    try:
        done = run("--", *CLIENTS["websockets"], url)
        assert f"using the engine {engine.pid}" in done.stderr
        assert f"captured 1 session, 2 messages, 4 frames, 34 bytes in {engine.capture}" in done.stderr
        again = run("--engine", str(engine.capture), "--", *CLIENTS["websockets"], url)
        assert "captured 1 session, 2 messages" in again.stderr, "what was there before is not counted"
        assert engine.running
        assert run("--engine", "1", "--", "true").returncode == 4
        assert run("--engine", "1", "--insecure", "--", "true").returncode == 2
    finally:
        engine.stop()


def test_the_programs_exit_status_is_ours(confdir: Path) -> None:
    done = run("--confdir", str(confdir), "--", sys.executable, "-c", "import sys; sys.exit(42)")
    assert done.returncode == 42
    assert "opened no WebSocket" in done.stderr


def test_a_signal_that_ends_the_program_shows(confdir: Path) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run("-q", "--confdir", str(confdir), "--", sys.executable, "-c", code).returncode == 128 + signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_handed_on_and_outlived(number: signal.Signals, confdir: Path) -> None:
    code = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(7))\n"
        "print('waiting', flush=True); time.sleep(60)"
    )
    command = exec_command("--confdir", str(confdir), "--", sys.executable, "-c", code)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 7, errors
    assert "captured" in errors


@pytest.mark.parametrize(
    ("program", "status"), [("no-such-program-anywhere", 127), (str(ROOT / "pyproject.toml"), 126)]
)
def test_what_is_no_program(program: str, status: int) -> None:
    done = run("--", program)
    assert done.returncode == status
    assert program in done.stderr


def test_an_engine_that_does_not_start_says_why(tmp_path: Path, confdir: Path) -> None:
    (tmp_path / "x.wsi").write_text("something else")
    done = run("-o", str(tmp_path / "x.wsi"), "--confdir", str(confdir), "--", "true")
    assert done.returncode == 3
    assert "did not start" in done.stderr
    assert str(tmp_path / "x.wsi") in done.stderr
