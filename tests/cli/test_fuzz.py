"""`fuzz` finds what a fragile server breaks on, in the context of the recording, and says so in every form."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from tests.peers.fragile import CRASHES_ON, Fragile, fragile_server, record_talk
from tests.peers.waiting import DEADLINE_S, until_blocking
from wsinspect.cli.main import main
from wsinspect.store.reader import CaptureReader


@dataclass
class World:
    server: Fragile
    folder: Path
    capture: Path

    def run(self, *arguments: str, message: int = 3) -> Result:
        out = self.folder / f"out{len(list(self.folder.iterdir()))}.wsi"
        given = [str(self.capture), "--message", str(message), "-o", str(out), *arguments]
        return CliRunner().invoke(main, ["fuzz", *given])

    def payloads(self, *lines: str) -> str:
        path = self.folder / "payloads.txt"
        path.write_text("".join(f"{line}\n" for line in lines))
        return str(path)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with fragile_server() as server:
        yield World(server, tmp_path, record_talk(tmp_path / "talk.wsi", server.url))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Result, Path]]:
    """One run that meets all that the server breaks on."""
    folder = tmp_path_factory.mktemp("everything")
    with fragile_server() as server:
        world = World(server, folder, record_talk(folder / "talk.wsi", server.url))
        lists = world.payloads("8", str(CRASHES_ON), "O'Brien", "", "plain")
        chosen = ["--field", "$.user", "--payloads", lists, "--mutators", "structure"]
        result = world.run(*chosen, "--listen", "600ms", "--parallel", "4", "--json")
        yield world, result, next(folder.glob("out*.wsi"))


def records(result: Result) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in result.stdout.splitlines()]


def kinds(record: dict[str, Any]) -> list[str]:
    return [anomaly["kind"] for anomaly in record["anomalies"]]


def test_everything_that_breaks_the_server_is_found_and_sorted_first(everything: tuple[World, Result, Path]) -> None:
    result = everything[1]
    assert result.exit_code == 0
    run, *variations = records(result)
    assert run["of"] == "run"
    assert run["sent"] == run["planned"] == len(variations)
    found = {(one["field"], one["value"]): kinds(one) for one in variations}
    assert found["$.user.id", str(CRASHES_ON)] == ["lost"]
    assert "error" in found["$.user.name", "O'Brien"]
    assert "latency" in found["$.user.name", ""]
    assert found["$.user.name", "10,000 arrays deep"] == ["close"]
    assert found["$.user.name", "plain"] == []
    odd = [bool(kinds(one)) for one in variations]
    assert odd == sorted(odd, reverse=True)
    assert kinds(variations[0]) == ["lost"]


def test_every_connection_logs_in_anew(everything: tuple[World, Result, Path]) -> None:
    server = everything[0].server
    # The server shows everybody the door who does not have the token of this very connection.
    assert len(server.asked) > 20
    assert len({said["token"] for said in server.asked if "token" in said}) > 20


def test_the_capture_has_a_session_for_each_with_tags_and_a_note(everything: tuple[World, Result, Path]) -> None:
    _, result, out = everything
    lost = records(result)[1]
    with CaptureReader(out) as reader:
        session = reader.session(lost["session"])
        first = reader.session(1)
    assert session is not None
    assert first is not None
    assert set(first.tags) == {"baseline", "fuzz"}
    assert set(session.tags) == {"fuzz", "payloads", "anomaly", "lost"}
    assert session.note == f"payloads $.user.id: {CRASHES_ON} — the connection was lost without a close"
    listed = CliRunner().invoke(main, ["sessions", str(out), "tags == anomaly"]).stdout.splitlines()
    assert len(listed) == 1 + records(result)[0]["odd"]


def test_people_get_a_table(world: World) -> None:
    lists = world.payloads("8", str(CRASHES_ON))
    result = world.run("--field", "$.user.id", "--payloads", lists, "--listen", "300ms")
    assert result.exit_code == 0
    assert "2 variations of 2 sent, 1 odd" in result.stdout
    assert "answered by result within" in result.stdout
    assert "the connection was lost without a close" in result.stdout
    assert f"2 variations of message 3 to {world.server.url}" in result.stderr


def test_one_connection_can_do_for_all(world: World) -> None:
    lists = world.payloads("8", "9", str(CRASHES_ON), "10")
    result = world.run("--field", "$.user.id", "--payloads", lists, "--listen", "300ms", "--reuse", "--json")
    _, *variations = records(result)
    assert [kinds(one) for one in variations] == [["lost"], [], [], []]
    assert {one["value"]: one["session"] for one in variations} == {"8": 4, "9": 4, str(CRASHES_ON): 4, "10": 5}


def test_it_stops_when_told_to(world: World) -> None:
    lists = world.payloads(str(CRASHES_ON), "8", "9")
    result = world.run("--field", "$.user.id", "--payloads", lists, "--listen", "300ms", "--stop-on", "close", "--json")
    run, *variations = records(result)
    assert len(variations) == 1
    assert run["stopped"] == f"the connection ended upon payloads $.user.id: {CRASHES_ON}"


@pytest.mark.parametrize(("kind", "status"), [("error,lost", 1), ("any", 1), ("error,hung", 0)])
def test_an_anomaly_can_fail_it(world: World, kind: str, status: int) -> None:
    lists = world.payloads(str(CRASHES_ON))
    result = world.run("--field", "$.user.id", "--payloads", lists, "--listen", "100ms", "--fail-on", kind)
    assert result.exit_code == status


def test_a_dry_run_sends_nothing(world: World) -> None:
    result = world.run("--dry-run", "--mutators", "numbers", "--field", "$.user.id")
    assert result.exit_code == 0
    assert "numbers $.user.id: 2^53+1" in result.stdout.splitlines()
    as_records = records(world.run("--dry-run", "--mutators", "numbers", "--field", "$.user.id", "--json"))
    named = ("numbers", "$.user.id", "2^53+1")
    assert named in [(one["mutator"], one["field"], one["value"]) for one in as_records]
    assert [one["number"] for one in as_records] == list(range(1, len(as_records) + 1))
    assert world.server.connections == 0


def test_a_template_is_sent_with_the_values_of_this_session(world: World) -> None:
    text = '{"type":"query","token":"5f0c6a1be2d47788","user":{"id":§7§}}'
    result = world.run("--template", text, "--payloads", world.payloads("8"), "--listen", "200ms", "--json")
    assert [kinds(one) for one in records(result)[1:]] == [[]]
    assert world.server.asked[-1]["user"] == {"id": 8}


def test_a_server_that_stays_away_ends_it(world: World) -> None:
    world.server.closes_after = 3
    lists = world.payloads("1", "2", "3", "4", "5")
    result = world.run("--field", "$.user.id", "--payloads", lists, "--listen", "100ms")
    assert result.exit_code == 4
    assert "0 variations of 5 sent" in result.stdout
    assert "3 variations in a row were not sent" in result.stderr


def test_what_is_not_on_record_is_told(world: World) -> None:
    # The capture has no close frame of the session.
    result = world.run("--field", "$.user.id", "--max", "1", "--listen", "50ms", "--rebind", "tokne={{ 1 }}")
    assert "Warning: The session ended without" in result.stderr
    assert "Warning: --rebind 'tokne={{ 1 }}': none of our messages" in result.stderr


def test_a_server_that_was_never_there_is_an_error(world: World) -> None:
    result = world.run("--to", "127.0.0.1:1", "--max", "1")
    assert result.exit_code == 4
    assert "127.0.0.1:1" in result.stderr


def test_a_set_up_that_fails_is_an_error(world: World) -> None:
    world.server.welcomes = False
    result = world.run("--field", "$.user.id", "--max", "1", "--timeout", "100ms")
    assert result.exit_code == 4
    why = "the message was not reached: message 3 waited 0.1 s for the like of the server's message 2"
    assert why in result.stderr


def test_a_message_that_is_refused_as_it_is_is_told(world: World) -> None:
    result = world.run("--ignore", "token", "--field", "$.user.id", "--max", "1", "--listen", "200ms")
    assert result.exit_code == 0
    assert "then the server closes with 1008" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (["--message", "2"], 2, "message 2 came from the server; of the client there are 1, 3"),
        (["--message", "9"], 3, "there is no message 9"),
        (["--message", "3", "--session", "9"], 3, "there is no session 9"),
        (["--message", "3", "--rebind", "x"], 2, "no '='"),
        (["--message", "3", "--rebind", "x={{ }}"], 2, "x"),
        (["--message", "3", "--to", "ftp://x"], 2, "no WebSocket URL"),
        (["--message", "3", "-x", "foo://a"], 2, "'foo://a' is no proxy"),
        (["--message", "3", "--to", "wss://a", "--cacert", "nowhere.pem"], 3, "nowhere.pem"),
    ],
)
def test_what_cannot_be_is_told(world: World, arguments: list[str], status: int, why: str) -> None:
    result = CliRunner().invoke(main, ["fuzz", str(world.capture), "-o", str(world.folder / "x.wsi"), *arguments])
    assert result.exit_code == status
    assert why in result.stderr
    assert world.server.connections == 0


def test_several_sessions_have_to_be_chosen_from(world: World) -> None:
    world.run("--field", "$.user.id", "--max", "1", "--listen", "50ms")
    out = next(world.folder.glob("out*.wsi"))
    result = CliRunner().invoke(main, ["fuzz", str(out), "--message", "3"])
    assert result.exit_code == 2
    assert "choose one with --session (" in result.stderr


def test_a_capture_is_gone_on_in_where_that_is_asked_for(world: World) -> None:
    out = world.folder / "one.wsi"
    first, refused, second = (
        world.run("--field", "$.user.id", "--max", "1", "--listen", "50ms", "-o", str(out), *more)
        for more in ((), (), ("--append",))
    )
    assert (first.exit_code, refused.exit_code, second.exit_code) == (0, 3, 0)
    assert "continue it with --append" in refused.stderr
    with CaptureReader(out) as reader:
        assert len(list(reader.sessions(limit=99))) == 8


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one program there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_upon_ctrl_c_it_reports_what_there_is(world: World, number: signal.Signals) -> None:
    out = world.folder / "interrupted.wsi"
    command = [sys.executable, "-m", "wsinspect", "fuzz", str(world.capture), "--message", "3", "-o", str(out)]
    program = subprocess.Popen(
        [*command, "--json", "--listen", "200ms", "--mutators", "numbers,injections"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    until_blocking(lambda: len(world.server.asked) > 5, "some variations were sent")
    program.send_signal(number)
    stdout, stderr = program.communicate(timeout=DEADLINE_S)
    assert program.returncode == 130, stderr
    run, *variations = [orjson.loads(line) for line in stdout.splitlines()]
    assert run["stopped"] == "interrupted"
    assert 0 < len(variations) < run["planned"]
    with CaptureReader(out) as reader:
        assert not reader.live
