"""Every method does to the engine what its description says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.control.engine import NOW, FakeEngine
from wsinspect.control import methods
from wsinspect.control.client import connected
from wsinspect.engine.control_server import serve
from wsinspect.engine.control_server_methods import MOST_BREAKPOINTS
from wsinspect.engine.steered import NoticeKind
from wsinspect.errors import EngineError, FilterError, RuleError
from wsinspect.model import Direction
from wsinspect.wire.sending import Injection

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no Unix-domain sockets")

C2S, S2C = Direction.C2S, Direction.S2C


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


async def call(engine: FakeEngine, directory: Path, method: str, **params: Any) -> Any:  # noqa: ANN401 - JSON
    async with serve(engine, directory) as address, connected(address) as client:
        return await client.call(method, **params)


@pytest.mark.parametrize(
    ("method", "params", "done"),
    [
        ("drop", {"session": 1, "message": 5}, [("drop", 1, 5)]),
        ("edit", {"session": 1, "message": 5, "text": "new"}, [("edit", 1, 5, b"new", None)]),
        ("edit", {"session": 1, "message": 5, "hex": "00", "type": "binary"}, [("edit", 1, 5, b"\0", 2)]),
        ("edit", {"session": 1, "message": 5, "json": {"a": [1, None]}}, [("edit", 1, 5, b'{"a":[1,null]}', None)]),
        ("edit", {"session": 1, "message": 5, "json": None}, [("edit", 1, 5, b"null", None)]),
        ("inject", {"session": 1, "to": "client", "text": "a"}, [("inject", 1, S2C, Injection(1, b"a"))]),
        ("inject", {"session": 1, "to": "server", "base64": "AP8="}, [("inject", 1, C2S, Injection(2, b"\0\xff"))]),
        (
            "inject",
            {"session": 1, "to": "both", "opcode": "ping"},
            [("inject", 1, C2S, Injection(9, b"")), ("inject", 1, S2C, Injection(9, b""))],
        ),
        ("close", {"session": 1}, [("close", 1, (C2S, S2C), 1000, "")]),
        ("close", {"session": 1, "code": None, "side": "client"}, [("close", 1, (S2C,), None, "")]),
        ("abort", {"session": 1}, [("abort", 1)]),
        ("half_close", {"session": 1, "side": "client"}, [("half_close", 1, S2C)]),
        ("half_close", {"session": 1, "side": "server"}, [("half_close", 1, C2S)]),
        ("rules.enable", {"rule": "vip"}, [("enable_rule", "vip", True)]),
        ("rules.disable", {"rule": "vip"}, [("enable_rule", "vip", False)]),
        ("pause", {}, [("pause",)]),
        ("resume", {}, [("resume",)]),
        ("tag", {"session": 1, "tags": ["a", "b"]}, [("tag", 1, None, ("a", "b"))]),
        ("tag", {"session": 1, "message": 4, "tags": []}, [("tag", 1, 4, ())]),
        ("note", {"session": 1, "note": "x"}, [("note", 1, None, "x")]),
        ("note", {"session": 1, "message": 4, "note": None}, [("note", 1, 4, None)]),
        ("shutdown", {}, [("shut_down",)]),
        ("unsubscribe", {}, []),
    ],
)
async def test_what_has_no_result(
    engine: FakeEngine, tmp_path: Path, method: str, params: dict[str, Any], done: list[tuple[object, ...]]
) -> None:
    assert await call(engine, tmp_path, method, **params) is None
    assert engine.calls == done


async def test_the_status(engine: FakeEngine, tmp_path: Path) -> None:
    status = await call(engine, tmp_path, "status")
    assert (status["version"], status["started"], status["held"]) == ("0.1", NOW / 1e9, 2)
    assert status["rule_files"] == ["/rules.yaml"]


async def test_sessions_are_records_and_can_be_chosen(engine: FakeEngine, tmp_path: Path) -> None:
    found = await call(engine, tmp_path, "sessions")
    assert [(each["id"], each["url"], each["messages"]) for each in found] == [
        (1, "wss://chat.test/room", {"c2s": 2, "s2c": 3}),
        (2, "wss://feed.test/room", {"c2s": 2, "s2c": 3}),
    ]
    assert [each["id"] for each in await call(engine, tmp_path, "sessions", filter="host ~ feed")] == [2]
    with pytest.raises(FilterError) as wrong:
        await call(engine, tmp_path, "sessions", filter="host ==")
    assert (wrong.value.expression, wrong.value.column) == ("host ==", 8)


async def test_breakpoints_are_set_listed_and_removed(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        assert await client.call("hold", filter="dir == c2s", keep=True) == {"breakpoint": 1}
        await client.call("hello", name="anna")
        assert await client.call("hold", filter="dir == s2c") == {"breakpoint": 2}
        assert await client.call("breakpoints") == [
            {"breakpoint": 1, "filter": "dir == c2s", "hits": 0},
            {"breakpoint": 2, "filter": "dir == s2c", "owner": "anna", "hits": 0},
        ]
        await client.call("unhold", breakpoint=1)
        with pytest.raises(EngineError, match="no breakpoint 1"):
            await client.call("unhold", breakpoint=1)
        with pytest.raises(FilterError):
            await client.call("hold", filter="dir ==")


async def test_there_are_only_so_many_breakpoints(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        for _ in range(MOST_BREAKPOINTS):
            await client.call("hold", filter="x")
        with pytest.raises(EngineError, match="breakpoints already"):
            await client.call("hold", filter="x")


async def test_what_is_held_is_listed_read_and_released(engine: FakeEngine, tmp_path: Path) -> None:
    first = {"session": 1, "message": 5}
    async with serve(engine, tmp_path) as address, connected(address) as client:
        held = await client.call("held")
        assert isinstance(held, list)
        assert held[0] == {
            **first, "dir": "c2s", "type": "text", "size": 5, "since": NOW / 1e9, "by": "breakpoint 1",
            "changed": False,
        }  # fmt: skip
        assert await client.call("payload", **first) == {**first, "type": "text", "size": 5, "text": "hello"}
        assert await client.call("payload", session=2, message=7) == {
            "session": 2, "message": 7, "type": "binary", "size": 2, "base64": "AP8=",
        }  # fmt: skip
        assert await client.call("release", **first, json=[1]) == {"released": 1}
        assert engine.calls == [("edit", 1, 5, b"[1]", None), ("release", 1, 5)]
        assert await client.call("release", all=True) == {"released": 1}
        assert engine.calls[-1] == ("release_all", None, None)
        with pytest.raises(EngineError, match="not held") as refused:
            await client.call("release", **first)
        assert refused.value.hint == "'held' lists what is"


async def test_rules_are_listed_loaded_and_reloaded(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        rules = await client.call("rules.list")
        assert isinstance(rules, list)
        assert rules[0] == {
            "id": "vip", "place": "/rules.yaml:3:5", "enabled": True, "event": "message", "hits": 4, "changed": 2,
            "errors": 1, "last_hit": NOW / 1e9, "last_error": "text: no 'x' in \x1b[31m", "note": "what it is for",
        }  # fmt: skip
        assert await client.call("rules.load", files=["/a.yaml", "/b.yaml"]) == {"rules": 1}
        assert await client.call("rules.reload") == {"rules": 1}
        assert engine.calls == [("load_rules", Path("/a.yaml"), Path("/b.yaml")), ("reload_rules",)]
        with pytest.raises(RuleError) as wrong:
            await client.call("rules.load", files=["/bad.yaml"])
        assert str(wrong.value) == "/bad.yaml:1:1: no rules\n/bad.yaml:2:1: unknown key 'relpace'\nmend them"


async def test_the_methods_describe_themselves(engine: FakeEngine, tmp_path: Path) -> None:
    described = await call(engine, tmp_path, "methods")
    assert [each["method"] for each in described] == list(methods.METHODS)


async def test_every_example_is_carried_out(engine: FakeEngine, tmp_path: Path) -> None:
    engine.waiting[3, 17] = (1, b"{}")
    async with serve(engine, tmp_path) as address, connected(address) as client:
        for name, method in methods.METHODS.items():
            await client.call(name, **method.example)
            engine.waiting[3, 17] = (1, b"{}")


def test_every_kind_of_notice_of_the_engine_is_described() -> None:
    assert set(methods.NOTICES) == {kind.value for kind in NoticeKind} | {"status", "lost"}
