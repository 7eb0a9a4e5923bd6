"""`replay` plays a recorded session, compares, and fails understandably; its exit status says how it went."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson
import pytest
from click.testing import Result

from tests.cli.reading import assert_harmless, run
from tests.cli.recording import REFUSED, write_capture
from tests.cli.replaying import SHOP, Servers, payloads, running_servers, shop, shop_capture, write_recordings
from wsinspect.model import Direction
from wsinspect.replay.recording import Recording
from wsinspect.store.reader import CaptureReader
from wsinspect.store.recording import read_recording

TOKEN, NEW_TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "ffeeddccbbaa99887766554433221100"
QUICK = ("--wait", "0.2", "--linger", "0.2")


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with running_servers() as running:
        yield running


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return shop_capture(tmp_path / "old.wsi")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "new.wsi"


def play(capture: Path, servers: Servers, path: str, out: Path, *more: str | Path) -> Result:
    return run("replay", capture, "--to", f"ws://127.0.0.1:{servers.port}{path}", "-o", out, *QUICK, *more)


def recording_in(path: Path, session: int = 1) -> Recording:
    with CaptureReader(path) as reader:
        return read_recording(reader, session)


def test_a_session_is_played_with_what_the_server_issues_now(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "", out)
    assert ended.exit_code == 0, ended.output
    assert "Played to the end: sent 2 of 2 messages, received 2 (recorded 2)" in ended.stdout
    assert f"{TOKEN} → {NEW_TOKEN}" in ended.stdout
    assert f"Recorded as session 1 of {out}" in ended.stderr
    new = recording_in(out)
    assert payloads(new, Direction.C2S) == [
        '{"op":"login"}', f'{{"op":"buy","token":"{NEW_TOKEN}","item":"lamp"}}',
    ]  # fmt: skip
    assert (new.session.tags, new.session.note) == (("replay",), f"Replay of session 1 of {capture}")
    assert servers.requests[-1].path == "/shop", "the recorded path is kept where none is given"


def test_in_sequence_it_ends_alike(capture: Path, servers: Servers, out: Path) -> None:
    assert play(capture, servers, "/shop", out, "--pace", "sequence").exit_code == 0


def test_by_the_clock_all_is_sent(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "/shop", out, "--pace", "timed", "--speed", "20x")
    assert "Played to the end: sent 2 of 2 messages" in ended.stdout


def test_what_differs_is_shown(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "/changed", out)
    assert ended.exit_code == 1
    assert "39" in ended.stdout
    assert "42" in ended.stdout


def test_it_need_not_be_compared(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "/changed", out, "--no-compare")
    assert ended.exit_code == 0
    assert "42" not in ended.stdout


def test_what_does_not_come_is_named_with_what_came_instead(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "/other", out)
    assert ended.exit_code == 1
    assert re.search(r"the close frame waited \d+ms in vain for sold \(message 4\)", ended.stdout)
    assert "nearest: sorry (message 4)" in ended.stdout
    assert "$.price: 39 is missing" in ended.stdout
    gone_on = play(capture, servers, "/other", out, "--append", "--keep-going")
    assert "Played to the end" in gone_on.stdout
    assert gone_on.exit_code == 1


def test_a_server_that_says_nothing_is_waited_for_so_long(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "/silent", out)
    assert ended.exit_code == 1
    assert "Ended as a wait ran out: sent 1 of 2 messages, received 0" in ended.stdout
    assert re.search(r"buy \(message 3\) waited \d+ms in vain for welcome \(message 2\)", ended.stdout)
    assert "nothing came meanwhile" in ended.stdout


def test_an_early_close_is_told(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "/closes", out)
    assert ended.exit_code == 1
    assert "Ended early: the server closed: sent 1 of 2 messages" in ended.stdout
    assert "The server closed with 4000 (enough)" in ended.stdout


def test_a_lost_connection_is_status_4_and_what_was_played_is_on_record(
    capture: Path, servers: Servers, out: Path
) -> None:
    ended = play(capture, servers, "/lost", out)
    assert ended.exit_code == 4
    assert "the connection was lost without a close: sent 1 of 2 messages" in ended.stdout
    assert payloads(recording_in(out), Direction.C2S) == ['{"op":"login"}']


def test_a_refusal_is_status_4_and_leaves_no_capture_behind(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "/refused", out)
    assert ended.exit_code == 4
    assert "Not connected" in ended.stdout
    assert "403" in ended.stdout
    assert "no capture is kept" in ended.stderr
    assert list(out.parent.iterdir()) == [capture]
    assert play(capture, servers, "/shop", out).exit_code == 0, "the next try has no file in its way"
    again = play(capture, servers, "/refused", out, "--append")
    assert f"The attempt is recorded in {out}" in again.stderr
    with CaptureReader(out) as reader:
        assert [session.status for session in reader.sessions()] == [101, 403]


@pytest.mark.parametrize("option", ["--cacert", "--cert"])
def test_an_unusable_certificate_is_named(capture: Path, out: Path, option: str) -> None:
    ended = run("replay", capture, "--to", "wss://127.0.0.1:1", "-o", out, option, capture)
    assert ended.exit_code == 3
    assert "no certificate that can be used" in str(ended.stderr)
    assert "Not connected" not in ended.stdout
    assert not out.exists()


def test_garbage_is_status_4(capture: Path, servers: Servers, out: Path) -> None:
    ended = run("replay", capture, "--to", f"127.0.0.1:{servers.garbage_port}", "-o", out)
    assert ended.exit_code == 4
    assert "HTTP" in ended.stdout


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("/broken", r"1 frame: RFC 6455 5\.2: reserved opcode"),
        ("/endless", r"1\d bytes of a frame that never ended"),  # the server's close looks like a part of it
    ],
)
def test_what_is_broken_is_told(capture: Path, servers: Servers, out: Path, path: str, broken: str) -> None:
    ended = play(capture, servers, path, out)
    assert "    no message came meanwhile\n" in ended.stdout
    assert re.search(f"  The server sent what is broken\n    {broken}\n", ended.stdout)
    as_json = play(capture, servers, path, out, "--append", "--json")
    one = orjson.loads(as_json.stdout.splitlines()[0])
    assert bool(one["violations"]) is (path == "/broken")
    assert one["unfinished_bytes"] > 0


def test_what_we_did_not_send_is_no_difference_of_the_server(capture: Path, servers: Servers, out: Path) -> None:
    silent = play(capture, servers, "/silent", out)
    assert "2 missing, 0 messages the same" not in silent.stdout
    assert "; 1 of our messages was not sent" in silent.stdout
    assert "c2s" not in "".join(line for line in silent.stdout.splitlines() if line.startswith(" -"))
    assert "close" not in silent.stdout.partition("Handshake and close")[2]
    lost = play(capture, servers, "/lost", out, "--append", "--json")
    records = [orjson.loads(line) for line in lost.stdout.splitlines()]
    assert [record["unsent"] for record in records if record["of"] == "summary"] == [1]
    assert not [record for record in records if record["of"] == "close"]
    closed = play(capture, servers, "/closes", out, "--append")
    assert "1000 → 4000" in closed.stdout, "that is the server's"


@pytest.mark.parametrize("path", ["/broken", "/flood"])
def test_what_nobody_asked_for_does_no_harm(capture: Path, servers: Servers, out: Path, path: str) -> None:
    ended = play(capture, servers, path, out)
    assert ended.exit_code in (1, 4)
    assert "sent 1 of 2 messages" in ended.stdout
    assert len(ended.stdout) < 20_000
    assert_harmless(ended.stdout.splitlines())


def test_json_is_for_programs(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "/other", out, "--json")
    records = [orjson.loads(line) for line in ended.stdout.splitlines()]
    (one,) = [record for record in records if record["of"] == "run"]
    assert (one["outcome"], one["sent"], one["session"]) == ("ran_out", 2, 1)
    assert one["waits"][0]["missing"][0]["kind"] == "sold"
    (binding,) = [record for record in records if record["of"] == "binding"]
    assert binding["now"] == NEW_TOKEN
    assert [record["differs"] for record in records if record["of"] == "summary"] == [True]
    refused = play(capture, servers, "/refused", out, "--append", "--json")
    assert orjson.loads(refused.stdout.splitlines()[0])["outcome"] == "not_connected"


def test_several_connections_are_summed_up(capture: Path, servers: Servers, out: Path, tmp_path: Path) -> None:
    junit = tmp_path / "report.xml"
    ended = play(capture, servers, "/shop", out, "--repeat", "2", "--parallel", "3", "--junit", junit)
    assert ended.exit_code == 0, ended.output
    assert "6 runs: 6 as recorded, 0 not connected; sent 12, received 12 messages" in ended.stdout
    with CaptureReader(out) as reader:
        assert len(list(reader.sessions())) == 6
    root = ET.parse(junit).getroot()  # noqa: S314 - ours
    assert (root.get("tests"), root.get("failures")) == ("6", "0")


def test_the_report_for_ci_says_what_is_wrong(capture: Path, servers: Servers, out: Path, tmp_path: Path) -> None:
    junit = tmp_path / "report.xml"
    play(capture, servers, "/changed", out, "--junit", junit)
    assert ET.parse(junit).getroot().get("failures") == "1"  # noqa: S314 - ours
    play(capture, servers, "/refused", out, "--append", "--junit", junit)
    assert "403" in junit.read_text()
    nowhere = play(capture, servers, "/shop", out, "--append", "--junit", tmp_path / "no" / "folder.xml")
    assert nowhere.exit_code == 3


def test_what_is_refused_is_not_tried_again(capture: Path, servers: Servers, out: Path) -> None:
    before = len(servers.requests)
    assert play(capture, servers, "/refused", out, "--repeat", "5").exit_code == 4
    assert len(servers.requests) == before + 1


def test_values_may_be_set(capture: Path, servers: Servers, out: Path) -> None:
    play(capture, servers, "/shop", out, "--set", "item={{ vars.what }} {{ 1 + 1 }}", "--var", "what=cup")
    assert '"item":"cup 2"' in servers.said[-1]
    play(capture, servers, "/shop", out, "--append", "--set", "item=bowl", "--ignore", "token")
    assert servers.said[-1] == f'{{"op":"buy","token":"{TOKEN}","item":"bowl"}}'
    play(capture, servers, "/shop", out, "--append", "--set", "item=")
    assert '"item":""' in servers.said[-1]
    missing = play(capture, servers, "/shop", out, "--append", "--rebind", "item={{ vars.nothing + 1 }}")
    assert "item went as recorded" in missing.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--set", "nothing"], "--set: 'nothing' cannot be read"),
        (["--set", "a={{ x"], "--set: 'a={{ x' cannot be read"),
        (["--from-message", "3", "--to-message", "2"], "--from-message 3 is behind --to-message 2"),
        (["--rebind", "a={{ nonsense( }}"], "a: "),
        (["--set", "a={{ nonsense( }}"], "--set a: "),
        (["-x", "foo://a"], "'foo://a' is no proxy"),
        (["--speed", "0"], "is no speed"),
        (["--speed", "fast"], "is no speed"),
        (["--to", "ftp://x"], "is no WebSocket URL"),
        (["-H", "nonsense"], "is no header"),
    ],
)
def test_wrong_usage_is_status_2(capture: Path, arguments: list[str], complaint: str) -> None:
    ended = run("replay", capture, *arguments)
    assert ended.exit_code == 2
    assert complaint in ended.stderr


def test_a_correction_of_nothing_is_told(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "", out, "--rebind", "tokne=welcome.token")
    assert ended.exit_code == 0
    assert "Warning: --rebind 'tokne=welcome.token': none of our messages has a value at 'tokne'" in ended.stderr
    ended = play(capture, servers, "", out, "--append", "--set", "itme=cup", "--speed", "2x")
    assert "Warning: --set 'itme=cup': none of our messages has a value at 'itme'" in ended.stderr
    assert "Warning: --speed has no effect without --pace timed" in ended.stderr


def test_a_session_is_chosen_where_there_are_several(tmp_path: Path) -> None:
    several = write_recordings(tmp_path / "several.wsi", *(shop(*SHOP) for _ in range(14)))
    ended = run("replay", several)
    assert ended.exit_code == 2
    assert "choose one with --session (1, 2, 3" in ended.stderr
    assert "and more" in ended.stderr
    none = write_recordings(tmp_path / "none.wsi")
    assert run("replay", none).exit_code == 2


def test_nothing_to_replay_is_status_3(tmp_path: Path) -> None:
    capture = write_capture(tmp_path / "chat.wsi")
    refused = run("replay", capture, "--session", "2")
    assert refused.exit_code == 3
    assert str(REFUSED.status) in refused.stderr
    assert run("replay", capture, "--session", "9").exit_code == 3
    silent = shop_capture(tmp_path / "silent.wsi", "< a", "< b")
    ended = run("replay", silent)
    assert ended.exit_code == 3
    assert "sent nothing" in ended.stderr
    cut = write_recordings(tmp_path / "cut.wsi", shop(*SHOP), cut=5)
    ended = run("replay", cut)
    assert ended.exit_code == 3
    assert "no message of the client is wholly on record" in ended.stderr
    assert run("replay", tmp_path / "missing.wsi").exit_code == 3


def test_an_existing_capture_is_refused_without_append(capture: Path, servers: Servers) -> None:
    before = capture.read_bytes()
    assert play(capture, servers, "/shop", capture).exit_code == 3
    assert capture.read_bytes() == before
    assert play(capture, servers, "/shop", capture, "--append").exit_code == 0
    assert len(recording_in(capture, 2).messages()) == 4


def test_it_may_be_looked_at_without_connecting(capture: Path) -> None:
    shown = run("replay", capture, "--show-bindings", "--to", "127.0.0.1:1")
    assert shown.exit_code == 0
    assert "token" in shown.stdout
    planned = run("replay", capture, "--dry-run")
    assert "waits for welcome (message 2)" in planned.stdout
    records = [orjson.loads(line) for line in run("replay", capture, "--dry-run", "--json").stdout.splitlines()]
    assert [record["of"] for record in records] == ["binding", "step", "step", "step"]
    assert records[2]["waits_for"][0]["kind"] == "welcome"


def test_a_part_may_be_played(capture: Path, servers: Servers, out: Path) -> None:
    ended = play(capture, servers, "/shop", out, "--to-message", "2")
    assert ended.exit_code == 0, ended.output  # what comes behind it is no part of it, and so is the close
    assert "sent 1 of 1 message," in ended.stdout
    assert "we closed it with 1000" in ended.stdout
    unknown = play(capture, servers, "/shop", out, "--append", "--from-message", "77")
    assert unknown.exit_code == 3


def test_a_capture_has_a_name_where_none_is_given(
    capture: Path, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsinspect.engine.captures.captures_directory", lambda: tmp_path)
    ended = run("replay", capture, "--to", f"127.0.0.1:{servers.port}", *QUICK)
    assert ended.exit_code == 0, ended.output
    assert "Recorded as session 1 of" in ended.stderr


def test_a_run_that_was_cut_is_remarked(tmp_path: Path, servers: Servers, out: Path) -> None:
    lines = shop(*SHOP)
    open_end = replace(lines, events=lines.events[:3])
    capture = write_recordings(tmp_path / "open.wsi", open_end)
    ended = play(capture, servers, "/shop", out)
    assert "we closed it with 1000" in ended.stdout
