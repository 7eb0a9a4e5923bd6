"""`demo` shows real, decrypted traffic, ends by itself or on Ctrl-C, and leaves nothing behind but a capture."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wsinspect.cli.demo import starter_rules
from wsinspect.errors import EngineError
from wsinspect.model import SessionState
from wsinspect.store.reader import CaptureReader

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    for name in ("run", "tmp"):
        (folder / name).mkdir(mode=0o700)
    return folder


def started(folder: Path, *options: str) -> subprocess.Popen[str]:
    surroundings = {"XDG_RUNTIME_DIR": str(folder / "run"), "XDG_DATA_HOME": str(folder), "TMPDIR": str(folder / "tmp")}
    return subprocess.Popen(
        [sys.executable, "-m", "wsinspect", "demo", "--confdir", str(folder / "conf"), *options],
        cwd=ROOT,
        env=os.environ | surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def headless(folder: Path) -> tuple[str, str]:
    """What `demo --headless` printed."""
    with started(folder, "--headless") as process:
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output, errors


def test_it_shows_decrypted_messages_of_every_kind(headless: tuple[str, str]) -> None:
    output, _ = headless
    for shown in (
        '{"type":"say","text":"@marvin hello!"}',
        "A WebSocket walks into a bar. The bar says 101.",
        '[deflate] {"type":"tick"',
        "57 53 49 31",
        "refused the server answered 403 Forbidden",
        "closes  1012 service restart, back in a minute, by the server",
        "lost    without a close",
        "1012 service restart",
    ):
        assert shown in output


def test_the_capture_has_what_it_showed(headless: tuple[str, str], folder: Path) -> None:
    [capture] = (folder / "wsinspect" / "captures").glob("*.wsi")
    assert str(capture) in headless[1]
    with CaptureReader(capture) as reader:
        sessions = list(reader.sessions())
        assert sorted(session.state for session in sessions) == [SessionState.CLOSED] * 9 + [SessionState.REFUSED]
        assert all(session.tls_server and session.tls_server.verified for session in sessions)
        assert {session.subprotocol for session in sessions} == {None, "chat.v1"}
        assert sessions[0].url.endswith("/shop")  # what the documentation says of session 1
        opcodes = {frame.opcode for frame in reader.frames()}
        assert opcodes == {0x0, 0x1, 0x2, 0x8, 0x9, 0xA}
        assert not any(frame.violations for frame in reader.frames())


def test_it_says_what_to_do_next_and_leaves_nothing_behind(headless: tuple[str, str], folder: Path) -> None:
    assert "wsinspect exec -- PROGRAM" in headless[1]
    assert "--session 1 --to wss://localhost:8443/shop --insecure" in headless[1]
    assert list((folder / "run" / "wsinspect").iterdir()) == []
    assert list((folder / "tmp").iterdir()) == []


def test_its_rules_are_there_to_be_edited_and_change_nothing(headless: tuple[str, str], folder: Path) -> None:
    rules = folder / "wsinspect" / "captures" / "wsinspect-demo-rules.yaml"
    assert str(rules) in headless[1]
    assert rules.read_bytes() == (ROOT / "wsinspect" / "demo" / "rules.yaml").read_bytes()
    [capture] = rules.parent.glob("*.wsi")
    with CaptureReader(capture) as reader:
        touched = [message for message in reader.messages() if message.rules]
        assert {message.tags for message in touched} == {("bot",)}
        assert not any(message.sent for message in touched)
    assert headless[0].splitlines()[-1].split() == [str(len(touched)), "bot-talk"]


def test_an_edited_rule_acts_and_a_mistake_is_told(folder: Path) -> None:
    place = folder / "edited"
    place.mkdir()
    rules = place / "wsinspect-demo-rules.yaml"
    with started(folder, "-o", str(place / "edited.wsi")) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        seen = iter(process.stdout.readline, "")
        assert any("[rules bot-talk, bot]" in line for line in seen)
        starter = rules.read_text()
        rules.write_text(starter.replace("enabled: false\n", "enabled: true\n", 1))
        assert any("sent instead" in line and "What a wonderful day!" in line for line in seen)
        said = iter(process.stderr.readline, "")
        assert any("rules in force: 2 of 11" in line for line in said)
        rules.write_text(starter.replace("json_set:", "json_sat:", 1))
        assert any("did you mean 'json_set'?" in line for line in said)
        assert any("sent instead" in line for line in seen)  # the last good rules stay
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def test_rules_of_an_earlier_demo_stay_and_others_may_be_named(tmp_path: Path) -> None:
    kept = tmp_path / "kept.yaml"
    kept.write_text("mine")
    assert starter_rules(kept).read_text() == "mine"
    with pytest.raises(EngineError, match="cannot write the demo's rules"):
        starter_rules(tmp_path / "missing" / "rules.yaml")


def test_it_goes_on_until_ctrl_c(folder: Path) -> None:
    with started(folder, "--json", "-o", str(folder / "on.wsi")) as process:
        assert process.stdout is not None
        record = json.loads(process.stdout.readline())
        assert record["session"] >= 1
        process.send_signal(signal.SIGINT)
        # Not `communicate`: it knows nothing of what `readline` has read ahead.
        assert process.stderr is not None
        rest, errors = process.stdout.read(), process.stderr.read()
        process.wait(timeout=30)
    assert process.returncode == 0, errors
    assert all(json.loads(line) for line in rest.splitlines())
    assert "Captured" in errors
    assert "Traceback" not in errors
