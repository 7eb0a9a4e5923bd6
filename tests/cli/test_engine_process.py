"""A child engine is waited for, understood when it fails, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.peers.waiting import until_blocking
from wsinspect.cli import engine_process
from wsinspect.cli.engine_process import GO_ON, EngineProcess, arguments, proxy_url, reachable, started_engine
from wsinspect.engine.options import EngineOptions, Overload
from wsinspect.engine.registry import EngineInfo
from wsinspect.errors import EngineError

STUB = """
import json, os, signal, sys, time
ready = sys.argv[sys.argv.index("--ready-file") + 1]
with open(ready + "~", "w") as file:
    json.dump(dict(pid=os.getpid(), version="0", listen=["127.0.0.1:1"], modes=["regular"], capture="x", ca="y"), file)
os.replace(ready + "~", ready)
"""


def stub(code: str, *, gets_ready: bool = True) -> Sequence[str]:
    return [sys.executable, "-c", (STUB if gets_ready else "import sys\n") + code]


OPTIONS = EngineOptions(out=Path("x.wsi"))


def test_it_is_interrupted_at_the_end() -> None:
    wait = "try:\n    sys.stdin.read()\nexcept KeyboardInterrupt:\n    sys.exit(0)\nsys.exit(7)"
    with started_engine(OPTIONS, program=stub(wait)) as engine:
        assert engine.info.pid == engine.process.pid
        assert engine.process.poll() is None
    assert engine.process.returncode == 0
    assert not engine.log.exists()


def test_what_it_reports_is_known_while_it_runs(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text(
        "Listening\ninfo: in force\nmore\nwarning: a\n  and b\ninfo: c\ninfo: rule r: e\nerror: d\nwarning: a\n"
    )
    info = EngineInfo(1, "0", (), (), "x", "y")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        assert EngineProcess(info, process, log).reports() == ["warning: a", "  and b", "info: rule r: e", "error: d"]


def test_it_is_stopped_when_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), started_engine(OPTIONS, program=stub("sys.stdin.read()")) as engine:
        raise ZeroDivisionError
    assert engine.process.returncode is not None


def test_one_that_is_detached_goes_on(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    listen = f"said = sys.stdin.read()\nopen({str(heard)!r} + '~', 'w').write(said)\n"
    with started_engine(OPTIONS, program=stub(listen + f"os.replace({str(heard)!r} + '~', {str(heard)!r})")) as engine:
        engine.detach()
    assert engine.detached
    assert until_blocking(lambda: heard.exists() and heard.read_text(), "what it heard") == GO_ON.decode()
    os.waitpid(engine.info.pid, 0)


def test_it_ends_with_its_starter(tmp_path: Path) -> None:
    outer = (
        "from pathlib import Path; import sys, time\n"
        "from wsinspect.cli.engine_process import started_engine\n"
        "from wsinspect.engine.options import EngineOptions\n"
        f"with started_engine(EngineOptions(out=Path('x')), program={list(stub('sys.stdin.read()'))!r}) as engine:\n"
        "    print(engine.process.pid, flush=True); time.sleep(60)\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE, text=True, env=environment) as starter:
        assert starter.stdout is not None
        child = int(starter.stdout.readline())
        starter.send_signal(signal.SIGKILL)
        starter.stdout.read()
    # The child has no parent to wait for it any more; that it is gone shows in that it lets go of its input.
    assert _is_gone(child)


def _is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    until_blocking(lambda: not stat.exists() or ") Z " in stat.read_text(), "the engine's end")
    return True


def test_what_it_says_when_it_does_not_start_is_handed_on() -> None:
    program = stub("sys.exit('Error: port 8080 is taken')", gets_ready=False)
    with (
        pytest.raises(EngineError, match=r"did not start\nport 8080 is taken"),
        started_engine(OPTIONS, program=program),
    ):
        pass


def test_it_may_take_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "START_S", 0.1)
    program = stub("sys.stdin.read()", gets_ready=False)
    with pytest.raises(EngineError, match=r"not ready within"), started_engine(OPTIONS, program=program):
        pass


def test_one_that_does_not_stop_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "STOP_S", 0.1)
    deaf = (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('deaf', file=sys.stderr, flush=True)"
    )

    def run() -> None:
        with started_engine(OPTIONS, program=stub(f"{deaf}\ntime.sleep(60)")) as engine:
            until_blocking(engine.log.read_text, "it to be deaf")

    with pytest.raises(EngineError, match="ended with status -15"):
        run()


def test_its_ready_file_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    options = EngineOptions(out=Path("x.wsi"), ready_file=tmp_path / "ready")
    wait = "try:\n    sys.stdin.read()\nexcept KeyboardInterrupt:\n    pass"
    with started_engine(options, program=stub(wait)) as engine:
        assert str(engine.info.pid) in (tmp_path / "ready").read_text()
    with (
        pytest.raises(EngineError, match="ready file"),
        started_engine(EngineOptions(out=Path("x"), ready_file=tmp_path / "no" / "ready"), program=stub(wait)),
    ):
        pass


def test_options_are_spelled_as_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = EngineOptions(
        out=Path("x.wsi"), listen="127.0.0.1:0", scope=("a", "b"), upstream_ca=Path("ca.pem"), insecure=True,
        on_overload=Overload.DROP, limit_size=10, limit_age_s=1.5, max_payload=5, rules=(Path("r.yaml"),),
        variables=(("x", "1=2"),), allow_scripts=True, assemble_limit=6, hold_limit=7,
    )  # fmt: skip
    assert arguments(options) == [
        *(
            "--out",
            str(tmp_path / "x.wsi"),
            "--listen",
            "127.0.0.1:0",
            "--mode",
            "regular",
            "--rules",
            str(tmp_path / "r.yaml"),
            "--var",
            "x=1=2",
            "--scope",
            "a",
            "--scope",
            "b",
        ),
        *("--upstream-ca", str(tmp_path / "ca.pem"), "--max-payload", "5", "--assemble-limit", "6"),
        *("--hold-limit", "7", "--on-overload", "drop"),
        *("--limit-size", "10", "--limit-age", "1.5", "--insecure", "--allow-scripts"),
    ]


def engine_info(modes: tuple[str, ...], listen: tuple[str, ...]) -> EngineInfo:
    return EngineInfo(1, "0", listen, modes, "/x.wsi", "/ca.pem")


@pytest.mark.parametrize(
    ("modes", "listen", "url"),
    [
        (("regular",), ("127.0.0.1:8080",), "http://127.0.0.1:8080"),
        (("reverse:wss://a.test", "regular@8081"), ("127.0.0.1:8080", "127.0.0.1:8081"), "http://127.0.0.1:8081"),
        (("upstream:http://p.test:1",), ("0.0.0.0:8080",), "http://127.0.0.1:8080"),
        (("socks5",), ("[::]:1080",), "socks5h://[::1]:1080"),
    ],
)
def test_how_clients_reach_it(modes: tuple[str, ...], listen: tuple[str, ...], url: str) -> None:
    assert proxy_url(engine_info(modes, listen)) == url


def test_an_engine_that_is_no_proxy() -> None:
    with pytest.raises(EngineError, match="no proxy"):
        proxy_url(engine_info(("reverse:wss://a.test",), ("127.0.0.1:8080",)))


def test_an_address_of_one_interface_stays() -> None:
    assert reachable("192.0.2.1:80") == "192.0.2.1:80"
