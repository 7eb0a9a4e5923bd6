"""What a client of the control channel is answered and told, and what hostile ones can do."""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from pathlib import Path

import pytest

from tests.control.calling import asked, asked_batch, call, frame, hanging_in_a_frame, raw, upgrade
from tests.control.engine import FakeEngine, session
from tests.peers.waiting import until
from wsinspect.control.client import connected
from wsinspect.engine.control_server import Limits, serve
from wsinspect.engine.steered import NoticeKind
from wsinspect.errors import EngineError, RuleError, StoreError, WsinspectError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no Unix-domain sockets")

QUICK = Limits(stall_s=0.4)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


# ---- calls


async def test_batches_notifications_and_mistakes_are_answered_as_json_rpc_says(
    engine: FakeEngine, tmp_path: Path
) -> None:
    async with serve(engine, tmp_path) as address, raw(address) as connection:
        assert (await asked(connection, "{"))["error"]["code"] == -32700
        assert (await asked(connection, "[]"))["error"]["code"] == -32600
        told = '{"jsonrpc": "2.0", "method": "pause"}'
        answers = await asked_batch(connection, [call("held", 7), told, "1", call("nothing", 8)])
        assert [(each["id"], each.get("error", {}).get("code")) for each in answers] == [
            (7, None),
            (None, -32600),
            (8, -32601),
        ]
        await connection.send('[{"jsonrpc": "2.0", "method": "resume"}, {"jsonrpc": "2.0", "method": "nothing"}]')
        assert (await asked(connection, call("edit", 9, session=1)))["error"] == {
            "code": -32602,
            "message": "edit: parameter 'message' is missing",
        }
    assert engine.calls == [("pause",), ("resume",)]


async def test_what_the_engine_refuses_says_why(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, raw(address) as connection:
        assert (await asked(connection, call("drop", session=1, message=9)))["error"] == {
            "code": -32000,
            "message": "message 1.9 is not held",
            "data": {"kind": "engine", "message": "message 1.9 is not held", "hint": "'held' lists what is"},
        }
        refused = (await asked(connection, call("hold", filter="size >")))["error"]
        assert refused["data"] | {"message": ""} == {
            "kind": "filter", "message": "", "where": "filter:7", "expression": "size >", "column": 7,
        } | {key: refused["data"][key] for key in ("hint",) if key in refused["data"]}  # fmt: skip
        assert (await asked(connection, call("rules.load", files=["/bad.yaml"])))["error"]["data"]["kind"] == "rule"


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (EngineError("no", where="w"), "engine"),
        (RuleError("no", where="w"), "rule"),
        (StoreError("no", where="w"), "store"),
        (WsinspectError("no", where="w"), "other"),
    ],
)
async def test_a_refusal_says_of_what_kind_it_is(
    engine: FakeEngine, tmp_path: Path, refusal: WsinspectError, kind: str
) -> None:
    engine.refusal = refusal
    async with serve(engine, tmp_path) as address, raw(address) as connection:
        refused = (await asked(connection, call("abort", session=1)))["error"]
    assert refused == {"code": -32000, "message": "no", "data": {"kind": kind, "message": "no", "where": "w"}}


async def test_a_mistake_of_ours_stays_between_the_client_and_the_log(
    engine: FakeEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine.broken = True
    async with serve(engine, tmp_path) as address, raw(address) as connection:
        assert (await asked(connection, call("status")))["error"]["code"] == -32603
        assert len(await asked(connection, call("held")))
    assert [record.getMessage() for record in caplog.records] == ["control channel: status failed"]


async def test_a_long_list_leaves_room_for_others(engine: FakeEngine, tmp_path: Path) -> None:
    engine.open = [session(number) for number in range(1, 2001)]
    rounds = 0
    async with serve(engine, tmp_path) as address, connected(address) as client:
        listing = asyncio.create_task(client.call("sessions"))
        while not listing.done():
            rounds += 1
            await asyncio.sleep(0)
        found = await listing
        assert isinstance(found, list)
        assert len(found) == 2000
        assert rounds > 2000 / 50
        assert await client.call("sessions", filter="host == 'other.test'") == []


async def test_a_batch_answers_only_so_much(engine: FakeEngine, tmp_path: Path) -> None:
    engine.waiting[1, 5] = (1, b"a" * (5 << 20))
    told = '{"jsonrpc": "2.0", "method": "pause"}'
    batch = [*[call("payload", session=1, message=5)] * 9, told, "1", call("abort", session=1)]
    async with serve(engine, tmp_path) as address, raw(address) as connection:
        answers = await asked_batch(connection, batch)
    assert sum("result" in answer for answer in answers) == 7
    assert "too large" in answers[-1]["error"]["message"]
    assert engine.calls == []


# ---- notices


async def test_notices_come_to_those_who_subscribed_until_they_do_not(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as one, connected(address) as other:
        await one.call("subscribe")
        await other.call("subscribe", kinds=["held"])
        engine.tell(NoticeKind.LOG, "first")
        engine.tell(NoticeKind.HELD, session=1, message=5)
        first, second = [await anext(one.notices()) for _ in range(2)]
        assert (first.kind, first.params["text"]) == ("log", "first")
        assert second.params == {"time": 1795000000.0, "session": 1, "message": 5}
        assert await anext(other.notices()) == second
        await one.call("unsubscribe")
        engine.tell(NoticeKind.LOG, "second")
        await one.call("subscribe")
        engine.tell(NoticeKind.LOG, "third")
        assert (await anext(one.notices())).params["text"] == "third"


async def test_the_status_comes_every_so_often(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        await client.call("subscribe", kinds=[], status_every=0.1)
        told = [await anext(client.notices()) for _ in range(2)]
        assert [notice.kind for notice in told] == ["status", "status"]
        assert told[0].params == await client.call("status")
        await client.call("subscribe", kinds=[])


async def test_a_status_that_fails_is_told_no_more(
    engine: FakeEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        engine.broken = True
        await client.call("subscribe", status_every=0.1)
        await until(lambda: bool(caplog.records), "the log")
        assert caplog.records[0].getMessage() == "control channel: no status any more"
        assert await client.call("held")


# ---- hostile clients


async def test_a_client_that_hangs_in_a_frame_harms_nobody(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        _, writer = await hanging_in_a_frame(address.removeprefix("unix:"))
        assert await client.call("held")
        writer.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x81\xff" + struct.pack("!Q", 1 << 40) + b"\x00\x00\x00\x00",
        b"\xf1\x80\x00\x00\x00\x00",
        b"\x81\x02{}",
        b"\x81\x82\x00\x00\x00\x00\xff\xfe",
        b"\x00" * 100_000,
    ],
    ids=["too large", "reserved bits", "not masked", "not UTF-8", "zeros"],
)
async def test_a_client_that_breaks_the_protocol_is_cut_off_alone(
    engine: FakeEngine, tmp_path: Path, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
        await upgrade(reader, writer)
        writer.write(garbage)
        answered = await asyncio.wait_for(reader.read(200), 10)
        assert answered[:1] == b"\x88" or b"-32700" in answered
        writer.close()
        assert await client.call("held")
    assert caplog.records == []


async def test_a_flood_leaves_the_event_loop_to_others(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
        await upgrade(reader, writer)
        flood = frame(call("rules.disable", rule="vip")) * 20_000

        async def pour() -> None:
            writer.write(flood)
            while await reader.read(1 << 16):
                pass

        pouring = asyncio.create_task(pour())
        await until(lambda: len(engine.calls) > 10, "the flood")
        before = len(engine.calls)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(engine.calls) - before <= 20, "more than one call in a round of the event loop"
        assert await client.call("held")
        assert len(engine.calls) < 20_000
        pouring.cancel()
        writer.close()


async def test_a_subscriber_that_reads_late_is_told_how_much_it_missed(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=Limits(stall_s=20)) as address, raw(address) as connection:
        await asked(connection, call("subscribe"))
        for number in range(5000):
            engine.tell(NoticeKind.LOG, "x" * 500, message=number)
        told = [json.loads(await connection.recv()) for _ in range(1001)]
        assert [each["params"]["message"] for each in told[:-1]] == list(range(1000))
        assert told[-1] == {"jsonrpc": "2.0", "method": "lost", "params": {"count": 4000}}
        engine.tell(NoticeKind.LOG, "at last")
        assert json.loads(await connection.recv())["params"]["text"] == "at last"


@pytest.mark.parametrize("by", ["notices", "answers"])
async def test_a_client_that_never_reads_is_cut_off(engine: FakeEngine, tmp_path: Path, by: str) -> None:
    engine.waiting[1, 5] = (1, b"a" * (1 << 20))
    async with serve(engine, tmp_path, limits=QUICK) as address, connected(address) as client:
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"), limit=1024)
        await upgrade(reader, writer)
        assert isinstance(writer.transport, asyncio.Transport)
        writer.transport.pause_reading()
        if by == "notices":
            writer.write(frame(call("subscribe")))
            await client.call("held")
            for _ in range(900):
                engine.tell(NoticeKind.LOG, "x" * 4000)
        else:
            writer.write(frame(call("payload", session=1, message=5)) * 10)

        def is_cut_off() -> bool:
            writer.write(b"\x8a\x80\x00\x00\x00\x00")  # a pong; the pipe breaks where nobody reads it
            return writer.is_closing()

        await until(is_cut_off, "the end of the connection")
        assert await client.call("held")


async def test_a_slow_reader_gets_all_of_a_large_answer(engine: FakeEngine, tmp_path: Path) -> None:
    engine.waiting[1, 5] = (1, b"a" * (6 << 20))
    async with serve(engine, tmp_path, limits=Limits(stall_s=0.4)) as address:
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"), limit=1 << 16)
        await upgrade(reader, writer)
        writer.write(frame(call("payload", session=1, message=5)))
        received = 0
        while received < 6 << 20:
            received += len(await reader.read(1 << 18))
            await asyncio.sleep(0.03)  # being slow is what is tested
        writer.close()
