"""Every action of the rule language on live traffic of real peers."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.peers.rules import connected, conversation
from tests.peers.waiting import until, within
from wsinspect.engine.steered import Notice, NoticeKind
from wsinspect.model import Direction, Source, Stage, Verdict

C2S, S2C = Direction.C2S, Direction.S2C


def acting(do: str, more: str = "", match: str = "dir: c2s") -> str:
    """A rule on the client's messages."""
    return f"  - id: it\n    match: {{{match}}}\n{more}    do:\n      - {do}\n"


CHANGES: dict[str, tuple[str, str | bytes, str | bytes]] = {
    "replace a literal": ("replace: {text: a, with: b}", "banana", "bbnbnb"),
    "replace by groups": (r"replace: {regex: '(?P<n>\d+)', with: '<\g<n>>', count: 1}", "a1b2", "a<1>b2"),
    "json_set": (
        "json_set: {$.user.vip: true}",
        '{"user": {"vip": false}, "n": 1.0}',
        '{"user": {"vip": true}, "n": 1.0}',
    ),
    "json_delete": ("json_delete: $.secret", '{"a":1, "secret":2}', '{"a":1}'),
    "set_text": ("set_text: 'for {{ session.host }}: {{ message.text }}'", "x", "for 127.0.0.1: x"),
    "set_hex": ("set_hex: 00ff", b"x", b"\x00\xff"),
    "set_base64": ("set_base64: AAH/", b"x", b"\x00\x01\xff"),
    "from_file": ("from_file: body.txt", "x", "from the file"),
    "set_type": ("set_type: binary", "text", b"text"),
    "truncate": ("truncate: 3", "abcdef", "abc"),
}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "deflate"])
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_reaches_the_server_and_the_record_has_both(
    tmp_path: Path, confdir: Path, name: str, compressed: bool
) -> None:
    do, said, heard = CHANGES[name]
    (tmp_path / "body.txt").write_text("from the file")
    async with conversation(tmp_path, confdir, acting(do), compressed=compressed) as talk:
        await talk.say(said, said)
        assert [await talk.heard(), await talk.heard()] == [heard, heard]
        await talk.server.send(said)
        assert await talk.answer() == said  # the other direction is nobody's business
        recorded = await talk.record()
    sent = heard.encode() if isinstance(heard, str) else heard
    came = said.encode() if isinstance(said, str) else said
    changed = [message for message in recorded.messages if message.direction is C2S]
    assert [(m.payload, m.sent, m.verdict, m.rules) for m in changed] == [(came, sent, Verdict.MODIFIED, ("it",))] * 2
    frames = [frame for frame in recorded.frames if frame.stage is Stage.SENT]
    assert [frame.source for frame in frames] == [Source.RULE] * 2


async def test_corrupt_flips_one_bit(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("corrupt: {bits: 1}")) as talk:
        await talk.say(bytes(100))
        got = await talk.heard()
    assert isinstance(got, bytes)
    assert sum(byte.bit_count() for byte in got) == 1


async def test_a_field_of_a_decoder_cannot_be_set_without_one(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("set_fields: {name: x}")) as talk:
        await talk.say("as it came")
        assert await talk.heard() == "as it came"
        (status,) = talk.steering.rules()
    assert (status.errors, status.hits) == (1, 0)
    assert status.last_error


async def test_drop_and_what_follows(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("drop", match="dir: c2s, text: bad"), compressed=True) as talk:
        await talk.say("good one", "bad one", "good two", "good one")
        assert [await talk.heard() for _ in range(3)] == ["good one", "good two", "good one"]
        recorded = await talk.record()
    verdicts = [message.verdict for message in recorded.messages]
    assert verdicts[:2] == [Verdict.FORWARDED, Verdict.DROPPED]


async def test_hold_waits_for_a_person(tmp_path: Path, confdir: Path) -> None:
    rules = acting("replace: {text: a, with: b}\n      - hold", match="dir: c2s, text: stop")
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.say("stop a", "behind it")
        (held,) = await until(lambda: talk.steering.held() or None, "the message to be held")
        assert (held.by, held.changed, held.size) == ("rule it", True, 6)
        assert talk.steering.held_payload(held.session, held.number) == (1, b"stop b")
        await talk.server.send("the other direction goes on")
        assert await talk.answer() == "the other direction goes on"
        talk.steering.edit(held.session, held.number, b"edited", None)
        talk.steering.release(held.session, held.number)
        assert [await talk.heard(), await talk.heard()] == ["edited", "behind it"]
        recorded = await talk.record()
    first, second = (message for message in recorded.messages if message.direction is C2S)
    assert (first.verdict, first.payload, first.sent) == (Verdict.MODIFIED, b"stop a", b"edited")
    assert first.held_ns
    assert second.verdict is Verdict.FORWARDED


async def test_delay_keeps_the_order_and_lets_pings_pass(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("delay: 300", match="dir: c2s, text: late")) as talk:
        began = time.monotonic()
        await talk.say("late", "behind")
        await within(await talk.client.ping(), "a pong")
        assert time.monotonic() - began < 0.29
        assert [await talk.heard(), await talk.heard()] == ["late", "behind"]
        assert time.monotonic() - began >= 0.3
        recorded = await talk.record()
    first = recorded.messages[0]
    assert first.verdict is Verdict.FORWARDED
    assert first.delayed_ns is not None
    assert first.delayed_ns >= 290_000_000


async def test_throttle_spreads_messages(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("throttle: {messages_per_s: 20}")) as talk:
        began = time.monotonic()
        await talk.say(*map(str, range(8)))
        assert [await talk.heard() for _ in range(8)] == list(map(str, range(8)))
        assert time.monotonic() - began >= 0.3


async def test_duplicate_sends_it_again(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("duplicate: 2"), compressed=True) as talk:
        await talk.say("once", "twice")
        assert [await talk.heard() for _ in range(6)] == ["once"] * 3 + ["twice"] * 3
        recorded = await talk.record()
    assert [message.source for message in recorded.messages].count(Source.RULE) == 4


async def test_reorder_loses_nothing(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("reorder: {window: 4, within: 200ms}"), compressed=True) as talk:
        said = [f"message {number}" for number in range(30)]
        await talk.say(*said)
        heard = [await talk.heard() for _ in said]
    assert sorted(map(str, heard)) == sorted(said)
    assert heard != said


async def test_fragment_cuts_into_frames(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("fragment: [2, 3]")) as talk:
        await talk.say("abcdefghij")
        parts = [part async for part in talk.server.recv_streaming()]
    assert [part for part in parts if part] == ["ab", "cde", "fgh", "ij"]


async def test_send_reply_and_their_timing(tmp_path: Path, confdir: Path) -> None:
    rules = """
  - id: speak
    match: {dir: c2s, text: go}
    do:
      - send: {to: server, text: "behind it"}
      - send: {to: client, json: {n: "{{ message.size }}"}}
      - reply: {text: later, after: 100ms}
      - send: {to: both, hex: "0102", repeat: {times: 2, every: 50ms}}
"""
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.say("go")
        assert [await talk.heard() for _ in range(4)] == ["go", "behind it", b"\1\2", b"\1\2"]
        got = [await talk.answer() for _ in range(4)]
        assert got[0] in ('{"n":2}', '{"n": 2}')
        assert sorted(map(repr, got[1:])) == sorted(map(repr, ["later", b"\1\2", b"\1\2"]))
        recorded = await talk.record()
    assert {message.source for message in recorded.messages[1:]} == {Source.RULE}


async def test_ping_and_pong(tmp_path: Path, confdir: Path) -> None:
    rules = acting("ping: {to: server, text: from the rule}\n      - pong: client")
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.say("x")
        assert await talk.heard() == "x"
        recorded = await talk.record()
    frames = [(frame.opcode, frame.payload) for frame in recorded.frames if frame.source is Source.RULE]
    assert frames == [(9, b"from the rule"), (10, b"")]
    assert (10, b"from the rule") in [(frame.opcode, frame.payload) for frame in recorded.of(C2S) + recorded.of(S2C)]


async def test_broadcast_reaches_every_session_that_fits(tmp_path: Path, confdir: Path) -> None:
    rules = acting("broadcast: {to: client, text: to all, match: {path: /fits*}}", match="dir: c2s, text: tell")
    async with (
        conversation(tmp_path, confdir, rules) as talk,
        connected(talk.engine, path="/fits-one") as one,
        connected(talk.engine, path="/fits-two") as two,
        connected(talk.engine, path="/not") as other,
    ):
        await talk.say("tell")
        assert [await one.answer(), await two.answer()] == ["to all"] * 2
        await other.server.send("nothing before this")
        assert await other.answer() == "nothing before this"


async def test_raw_frame_has_the_header_that_was_asked_for(tmp_path: Path, confdir: Path) -> None:
    rules = acting("raw_frame: {to: client, opcode: 2, rsv: 2, payload: 00ff}")
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.say("x")
        with pytest.raises(ConnectionClosed) as closed:
            await talk.answer()
        assert closed.value.sent is not None
        assert closed.value.sent.code == 1002  # reserved bits
        await talk.heard()
        recorded = await talk.record()
    (frame,) = [frame for frame in recorded.frames if frame.source is Source.RULE]
    assert (frame.opcode, frame.rsv, frame.payload) == (2, 2, b"\x00\xff")


async def test_close_reaches_both_peers(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("close: {code: 1013, reason: try later}")) as talk:
        await talk.say("never sent on")
        with pytest.raises(ConnectionClosed) as at_client:
            await talk.answer()
        with pytest.raises(ConnectionClosed) as at_server:
            await talk.heard()
        recorded = await talk.record()
    for closed in (at_client.value, at_server.value):
        assert closed.rcvd is not None
        assert (closed.rcvd.code, closed.rcvd.reason) == (1013, "try later")
    assert recorded.session.close is not None
    assert (recorded.session.close.by, recorded.session.close.code) == ("proxy", 1013)
    assert recorded.messages[0].verdict is Verdict.DROPPED


async def test_abort_is_a_reset_for_both(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("abort")) as talk:
        await talk.say("x")
        with pytest.raises(ConnectionClosed) as at_client:
            await talk.answer()
        with pytest.raises(ConnectionClosed) as at_server:
            await talk.heard()
    assert at_client.value.rcvd is None
    assert at_server.value.rcvd is None


async def test_a_blackhole_takes_everything_and_stays_open(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("blackhole: c2s", match="dir: c2s, text: last")) as talk:
        await talk.say("before", "last", "into the hole")
        assert await talk.heard() == "before"
        await talk.server.send("still there")
        assert await talk.answer() == "still there"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(talk.server.recv(), 0.2)
        talk.server.transport.abort()
        with pytest.raises(ConnectionClosed):
            await talk.answer()
        recorded = await talk.record()
    assert [message.verdict for message in recorded.messages] == [
        Verdict.FORWARDED,
        Verdict.DROPPED,
        Verdict.DROPPED,
        Verdict.FORWARDED,
    ]


async def test_half_close_is_a_fin_to_one_peer(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, acting("half_close: server")) as talk:
        await talk.say("x")
        await within(talk.server.wait_closed(), "the server to see the end")
        assert talk.server.close_code == 1006


async def test_state_goes_on_from_message_to_message(tmp_path: Path, confdir: Path) -> None:
    rules = """
  - id: login
    match: {dir: c2s, json: {$.type: login}}
    do:
      - capture: {json: {who: $.user}}
      - set: {count: 10}
      - goto: in
  - id: inside
    rule_state: in
    match: {dir: c2s, text: count}
    do:
      - incr: {count: 1}
      - set_text: "{{ vars.who }} {{ vars.count }}"
  - id: out
    rule_state: in
    match: {dir: c2s, text: out}
    do: [{unset: who}, {goto: start}]
"""
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.say("count", '{"type":"login","user":"ann"}', "count", "count", "out", "count")
        heard = [await talk.heard() for _ in range(6)]
    assert heard == ["count", '{"type":"login","user":"ann"}', "ann 11", "ann 12", "out", "count"]


async def test_variables_of_all_sessions_are_shared(tmp_path: Path, confdir: Path) -> None:
    rules = """
  - id: keep
    match: {dir: c2s, regex: "token=(?P<token>[a-z]+)"}
    do:
      - {capture: {regex: "token=(?P<token>[a-z]+)"}, scope: global}
  - id: use
    match: {dir: c2s, text: TOKEN}
    do:
      - replace: {text: TOKEN, with: "{{ vars.token }}"}
"""
    async with conversation(tmp_path, confdir, rules) as talk, connected(talk.engine) as other:
        await talk.say("token=secret")
        assert await talk.heard() == "token=secret"
        await other.say("it is TOKEN")
        assert await other.heard() == "it is secret"


async def test_what_observes_is_on_record_and_told(tmp_path: Path, confdir: Path) -> None:
    rules = """
  - id: watch
    match: {dir: c2s, text: odd}
    do:
      - tag: odd
      - note: "size {{ message.size }}"
      - log: {text: "seen {{ message.text }}", level: warning}
      - alert: look at this
      - save: {file: "saved/{{ message.number }}.txt"}
      - expect: {that: "size < 3", message: too long}
"""
    notices: list[Notice] = []
    async with conversation(tmp_path, confdir, rules) as talk:
        talk.steering.subscribe(notices.append)
        await talk.say("odd one", "plain")
        assert [await talk.heard(), await talk.heard()] == ["odd one", "plain"]
        saved = tmp_path / "saved" / "1.txt"
        await until(saved.exists, "the saved payload")
        recorded = await talk.record()
        assert talk.steering.expect_failures == 1
    first, second = recorded.messages
    assert (first.tags, first.note, first.verdict) == (("odd",), "size 7", Verdict.FORWARDED)
    assert (second.tags, second.note, second.rules) == ((), None, ())
    assert saved.read_text() == "odd one"
    told = {notice.kind: notice.text for notice in notices if notice.rule == "watch"}
    assert told[NoticeKind.ALERT] == "look at this"
    assert told[NoticeKind.LOG] == "seen odd one"
    assert "too long" in told[NoticeKind.EXPECT_FAILED]


SCRIPT = """
def act(message):
    return {"by": message.args["name"], "was": message.text}
"""


async def test_a_script_changes_messages_in_order(tmp_path: Path, confdir: Path) -> None:
    (tmp_path / "act.py").write_text(SCRIPT)
    rules = acting("script: {file: act.py, args: {name: me}}", match="dir: c2s, text: call")
    async with conversation(tmp_path, confdir, rules, allow_scripts=True) as talk:
        await talk.say("call 1", "plain", "call 2")
        heard = [str(await talk.heard()) for _ in range(3)]
    assert json.loads(heard[0]) == {"by": "me", "was": "call 1"}
    assert heard[1] == "plain"
    assert json.loads(heard[2]) == {"by": "me", "was": "call 2"}


async def test_a_script_that_never_returns_costs_its_limit_and_no_message(tmp_path: Path, confdir: Path) -> None:
    (tmp_path / "act.py").write_text("def act(message):\n    while True: pass\n")
    rules = acting("script: {file: act.py, timeout: 300ms}", match="dir: c2s, text: call")
    async with conversation(tmp_path, confdir, rules, allow_scripts=True) as talk:
        await talk.say("call", "plain")
        assert [await talk.heard(), await talk.heard()] == ["call", "plain"]
        (status,) = talk.steering.rules()
        assert status.errors == 1


@pytest.mark.parametrize(
    ("more", "heard"),
    [("", "as it came"), ("    on_error: drop\n", None), ("    on_error: close\n", ConnectionClosed)],
    ids=["forward", "drop", "close"],
)
async def test_a_rule_that_fails_does_as_it_says(
    tmp_path: Path, confdir: Path, more: str, heard: str | type[Exception] | None
) -> None:
    rules = acting("json_set: {$.a: 1}", more, "dir: c2s, text: as it")
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.say("as it came", "next")
        if heard is ConnectionClosed:
            with pytest.raises(ConnectionClosed) as closed:
                await talk.heard()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1011
        else:
            assert await talk.heard() == (heard or "next")
        (status,) = talk.steering.rules()
        assert status.errors == 1


async def test_control_frames_can_be_dropped_and_answered(tmp_path: Path, confdir: Path) -> None:
    rules = """
  - id: swallow
    on: ping
    match: {dir: c2s}
    do: [drop, {reply: {text: no pongs today}}]
"""
    async with conversation(tmp_path, confdir, rules) as talk:
        pong = await talk.client.ping(b"hello?")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(pong), 0.2)
        recorded = await talk.record()
    (ping,) = [frame for frame in recorded.frames if frame.opcode == 9]
    assert ping.verdict is Verdict.DROPPED


async def test_a_close_can_be_turned_into_another(tmp_path: Path, confdir: Path) -> None:
    rules = """
  - id: other-code
    on: close
    match: {dir: c2s, close_code: 1000}
    do: [{close: {code: 4001, reason: by rule, side: server}}]
"""
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.client.close()
        with pytest.raises(ConnectionClosed) as closed:
            await talk.heard()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "by rule")


async def test_open_timers_and_silence(tmp_path: Path, confdir: Path) -> None:
    rules = """
  - id: greet
    on: open
    do: [{send: {to: client, text: hello}}]
  - id: tick
    on: {timer: 100ms}
    limit: {times_per_session: 2}
    do: [{send: {to: client, text: tick}}]
  - id: quiet
    on: {idle: 400ms}
    limit: {times_per_session: 1}
    do: [{send: {to: server, text: so quiet}}]
"""
    async with conversation(tmp_path, confdir, rules) as talk:
        assert [await talk.answer() for _ in range(3)] == ["hello", "tick", "tick"]
        assert await talk.heard() == "so quiet"
