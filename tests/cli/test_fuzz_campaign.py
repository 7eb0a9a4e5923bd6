"""A run's sessions say what was sent on them, and a failed set-up says what it waited for."""

from __future__ import annotations

from pathlib import Path

import orjson
from click.testing import CliRunner

from tests.peers.fragile import fragile_server, record_talk
from wsinspect.cli.main import main
from wsinspect.store.reader import CaptureReader


def test_the_note_of_a_session_with_very_many_ends(tmp_path: Path) -> None:
    payloads = tmp_path / "payloads"
    payloads.write_text("".join(f"{number}\n" for number in range(200, 225)))
    with fragile_server() as server:
        capture, out = record_talk(tmp_path / "talk.wsi", server.url), tmp_path / "out.wsi"
        arguments = ["--message", "3", "--field", "$.user.id", "--payloads", str(payloads), "--listen", "100ms"]
        result = CliRunner().invoke(main, ["fuzz", str(capture), "-o", str(out), "--reuse", "--json", *arguments])
    assert result.exit_code == 0, result.stderr
    sessions = [orjson.loads(line).get("session") for line in result.stdout.splitlines()[1:]]
    with CaptureReader(out) as reader:
        (session,) = [reader.session(number) for number in set(sessions)]
    assert session is not None
    assert session.note is not None
    assert len(session.note.splitlines()) == 21
    assert session.note.endswith("and 5 others")


def test_what_the_set_up_got_instead_is_told(tmp_path: Path) -> None:
    with fragile_server() as server:
        server.welcomes = False
        server.greets = True
        capture, out = record_talk(tmp_path / "talk.wsi", server.url), tmp_path / "out.wsi"
        arguments = ["--message", "3", "--field", "$.user.id", "--timeout", "100ms"]
        result = CliRunner().invoke(main, ["fuzz", str(capture), "-o", str(out), *arguments])
    assert result.exit_code == 4
    assert "what came was hello" in result.stderr
