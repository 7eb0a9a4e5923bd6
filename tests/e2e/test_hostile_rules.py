"""Rules that are hostile, or that peers can turn against the engine: each costs its share, says so, and harms nobody.

Every test runs an engine with real peers, and beside the session that is attacked an innocent one, which has to be
answered all the time.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tests.peers.innocent import innocent
from tests.peers.rules import Conversation, connected, conversation
from tests.peers.waiting import until, within
from wsinspect.engine.steered import Notice, NoticeKind, RuleStatus
from wsinspect.model import Source, Verdict

LONGEST_S = 1.0
"""An innocent session may wait so long for an answer."""
MB = 1 << 20
CHANCE = random.Random(7)
AB = "".join(CHANCE.choices("ab", k=MB))
NUMBERS = f"[{','.join('0' * 400_000)}]"
FEWER_NUMBERS = f"[{','.join('0' * 100_000)}]"
DEEP = "[" * 900 + '{"b":1}' + "]" * 900
EVIL = "\x1b]0;evil\x07\nwarning: all is lost \u202e"


def objects(count: int) -> str:
    """Return so many objects as JSON, 20 bytes each."""
    return f"[{','.join(['{"a":[1,2,{"b":3}]}'] * count)}]"


@asynccontextmanager
async def attacked(folder: Path, confdir: Path, rules: str, **options: Any) -> AsyncIterator[Conversation]:
    """Let a client and a server talk through an engine with these rules, and hold that nobody else has to wait."""
    async with conversation(folder, confdir, rules, **options) as talk, innocent(talk.engine) as bystander:
        yield talk
        talk.client.transport.abort()  # what is kept of it would keep its close waiting
    assert bystander.rounds > 1
    assert bystander.worst_s < LONGEST_S


@asynccontextmanager
async def taking_all(peer: ClientConnection | ServerConnection) -> AsyncIterator[None]:
    """Have a peer take in whatever comes."""

    async def take() -> None:
        async for _ in peer:
            pass

    taking = asyncio.create_task(take())
    try:
        yield
    finally:
        taking.cancel()
        await asyncio.wait([taking])


def rule(do: str, more: str = "", match: str = "") -> str:
    """A rule on the client's messages in the session that is attacked."""
    with_match = f", {match}" if match else ""
    return f"  - id: it\n    match: {{path: /talk-*, dir: c2s{with_match}}}\n{more}    do:\n      - {do}\n"


def all_in(folder: Path) -> set[str]:
    """Name all that is in a folder, and below it."""
    return {path.name for path in folder.rglob("*")}


def state_of(talk: Conversation, rule_id: str = "it") -> RuleStatus:
    return next(status for status in talk.steering.rules() if status.id == rule_id)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What a person sees of rules that failed."""
    return [record.getMessage() for record in caplog.records if record.getMessage().startswith("rule ")]


# ---- what ends in an error of the rule, and lets the message go as it came

HUGE_TEXT = "set_text: \"{{ 'a' * 10**9 }}\""
ERRORS: dict[str, tuple[str, str | bytes, str]] = {
    "regex-match": (rule("tag: x", match="regex: 'a.{1000}d'"), AB, "too large for 1048576 bytes"),
    "regex-capture": (rule("capture: {regex: '(?P<x>a.{1000})d'}"), AB, "too large for 1048576 bytes"),
    "regex-replace": (rule("replace: {regex: 'a.{1000}d', with: x}"), AB, "too large for 1048576 bytes"),
    "regex-replace-quadratic": (rule("replace: {regex: 'a(?:.*b)?', with: x}"), "a" * 65_000, "takes too long"),
    "regex-when": (rule("tag: x", "    when: text ~ 'a.{1000}d'\n"), AB, "too large for 1048576 bytes"),
    "regex-hex": (rule("tag: x", match=f"hex: '61{' ??' * 1000} 64'"), AB, "too large for 1048576 bytes"),
    "template-times": (rule(HUGE_TEXT), "x", "larger than 1 MiB"),
    "template-nested-times": (rule("set_text: \"{{ (('a' * 1000) * 1000) * 1000 }}\""), "x", "larger than 1 MiB"),
    "template-power": (rule("set_text: '{{ 9 ** 9999 }}'"), "x", "longer than 4096 bits"),
    "template-random": (rule("set_text: '{{ random_hex(10 ** 9) }}'"), "x", "random_hex(bytes) makes 0 to 4096"),
    "template-replace": (
        rule("set_text: \"{{ message.text|replace('', message.text) }}\""), "x" * 100_000, "larger than 1 MiB",
    ),
    "template-work": (
        rule("set_text: '" + "{{ (message.json ~ message.json)|length }}" * 50 + "'"), FEWER_NUMBERS, "too much work",
    ),
    "template-many": (
        rule("\n      - ".join(["set: {x: '{{ (message.json ~ 1)|length }}'}"] * 200)), NUMBERS, "too much work",
    ),
    "template-escape": (rule("set_text: \"{{ ''.__class__.__mro__ }}\""), "x", "a text has no part '__class__'"),
    "template-escape-key": (rule("set_text: \"{{ vars['__init__'] }}\""), "x", "no variable '__init__'"),
    "template-from-json": (
        rule("set_text: '{{ message.text|fromjson|tojson|fromjson }}'"), DEEP, "nested deeper than 200",
    ),
    "jsonpath-large": (rule("tag: x", match="json: {'$..*': 7}"), objects(500_000), "none is read as JSON"),
    "jsonpath-work": (rule("tag: x", match="json: {'$..*': 7}"), objects(150_000), "too much work"),
    "jsonpath-filter": (
        rule("tag: x", match="json: {\"$..[?search(@, 'a.{1000}d')]\": 7}"), json.dumps(["ab" * 500] * 100),
        "too much work",
    ),
    "json_set-large": (rule("json_set: {$.a: 1}"), objects(500_000), "too large to be changed as JSON"),
    "json_set-descend": (rule("json_set: {$..b: 1}"), objects(45_000), "more than 10000 values"),
    "json_set-deep": (rule("json_set: {$..b: 1}"), DEEP, "recursion limit exceeded"),
    "json_set-filter": (
        rule("json_set: {\"$[?@.a == $[0].a]\": 1}"), json.dumps([{"a": [0] * 500}] * 400), "too much work",
    ),
    "json_set-no-json": (rule("json_set: {$.a: 1}"), "{", "the message is not JSON"),
    "json_delete-binary": (rule("json_delete: $.a"), b"\xff\xfe", "the message is not JSON"),
    "text-no-utf8": (rule("set_hex: ff"), "x", "would be no UTF-8"),
    "text-surrogate": (rule("set_text: \"{{ '\\\\ud800' }}\""), "x", "lone surrogate"),
    "text-of-binary": (rule("set_text: '{{ message.text }}'"), b"\xff", "not UTF-8"),
    "type-no-utf8": (rule("set_type: text"), b"\xff", "would be no UTF-8"),
    "replace-no-utf8": (rule("replace: {regex: '(?P<x>x)', with: '{{ env.NOTHING_AT_ALL }}'}"), b"x", "NOTHING_AT"),
    "file-up": (rule("from_file: '{{ message.text }}'"), "../capture.wsi", "is no name of a file in the folder"),
    "file-absolute": (rule("from_file: '{{ message.text }}'"), "/etc/passwd", "is no name of a file in the folder"),
    "file-link": (rule("from_file: '{{ message.text }}'"), "link/passwd", "outside of the rule file's folder"),
    "file-pipe": (rule("from_file: '{{ message.text }}'"), "pipe", "no plain file"),
    "file-long": (rule("from_file: '{{ message.text }}'"), "x" * 300, "cannot be read"),
    "save-up": (rule("save: '{{ message.text }}'"), "a/../../b", "is no name of a file in the folder"),
    "save-absolute": (rule("save: '{{ message.text }}'"), "/etc/b", "is no name of a file in the folder"),
    "save-link": (rule("save: '{{ message.text }}'"), "link/b", "outside of the rule file's folder"),
    "save-pipe": (rule("save: '{{ message.text }}'"), "pipe", "cannot save 'pipe'"),
    "save-hidden": (rule("save: '{{ message.text }}'"), ".ssh/authorized_keys", "run or read as settings"),
    "save-run": (rule("save: '{{ message.text }}'"), "json.py", "run or read as settings"),
    "save-rules": (rule("save: '{{ message.text }}'"), "rules.yaml", "run or read as settings"),
    "escapes": (rule("set_text: '{{ env[message.text] }}'"), EVIL, r"has no \x1b]0;evil\x07\nwarning"),
    "duplicate": (rule("duplicate: 1000"), "x" * 10 * MB, "more than 32 MiB would be sent at once"),
    "send": (
        rule("send: {to: client, text: '{{ message.text }}', repeat: 1000}"), "x" * MB, "more than 32 MiB",
    ),
    "fragment": (rule("fragment: 1"), "x" * 20_000, "over 10000 frames"),
}  # fmt: skip
"""By name: the rule, what the client says, and what of the rule's error is told."""


@pytest.mark.parametrize("name", ERRORS)
async def test_what_cannot_be_done_is_an_error_that_is_told_and_the_message_goes_as_it_came(
    tmp_path: Path, confdir: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    rules, said, told = ERRORS[name]
    (tmp_path / "link").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    before = all_in(tmp_path)
    async with attacked(tmp_path, confdir, rules) as talk, taking_all(talk.client):
        notices: list[Notice] = []
        talk.steering.subscribe(notices.append)
        await talk.say(said)
        assert await talk.heard() == said
        await until(lambda: state_of(talk).errors >= 1, "the error to be counted")
    status = state_of(talk)
    assert status.last_error is not None
    first = warnings(caplog)[0]
    (notice,) = [notice for notice in notices if notice.kind is NoticeKind.RULE_ERROR]
    assert told in first
    assert told in notice.text
    assert first.isprintable()
    assert len(first) < 1500
    assert {name.partition(".wsi")[0] for name in all_in(tmp_path) - before} == {"rules.yaml", "capture"}


@pytest.mark.parametrize("on_error", ["drop", "close"])
@pytest.mark.parametrize("name", ["regex-match", "template-work", "jsonpath-work", "file-link"])
async def test_a_rule_that_is_to_fail_closed_does(tmp_path: Path, confdir: Path, name: str, on_error: str) -> None:
    rules, said, _ = ERRORS[name]
    (tmp_path / "link").symlink_to("/etc")
    failing = rules.replace("    do:", f"    on_error: {on_error}\n    do:")
    async with attacked(tmp_path, confdir, failing) as talk:
        await talk.say(said)
        await until(lambda: state_of(talk).errors >= 1, "the error to be counted")
        if on_error == "close":
            with pytest.raises(ConnectionClosed) as closed:
                await talk.heard()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1011
        else:
            await talk.server.send("nothing came")
            assert await talk.answer() == "nothing came"
        recorded = await talk.record()
    assert recorded.messages[0].verdict is Verdict.DROPPED


# ---- what has no error, and a bound

BOUNDED: dict[str, tuple[str, str]] = {
    "regex-nested": (rule("tag: x", match="regex: '(a+)+$'"), "a" * MB + "!"),
    "regex-alternatives": (rule("tag: x", match="regex: '(a|a)*b'"), "a" * MB),
    "regex-overlap": (rule("tag: x", match="regex: '(x+x+)+y'"), "x" * MB),
    "regex-mail": (rule("tag: x", match=r"regex: '^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}z$'"), "a" * MB),
    "regex-replace": (rule("replace: {regex: '(a*)*b', with: x}"), "a" * MB),
    "filter-regex": (rule("json_set: {\"$[?search(@, '(a+)+b')]\": 1}"), json.dumps(["a" * 100_000])),
    "filter-match": (rule("tag: x", match="json: {\"$..[?match(@, '(a|a)*b')]\": 1}"), json.dumps(["a" * 100_000])),
    "json_set": (rule("json_set: {'$[0].x': 1}"), objects(200_000)),
    "delay": (rule("delay: {ms: 0, jitter: 0.001, distribution: pareto}"), "x" * MB),
    "corrupt": (rule("corrupt: {bits: 65536}", match="text: never"), "x" * MB),
}


@pytest.mark.parametrize("name", BOUNDED)
async def test_what_is_only_meant_to_be_slow_is_not(tmp_path: Path, confdir: Path, name: str) -> None:
    rules, said = BOUNDED[name]
    async with attacked(tmp_path, confdir, rules) as talk:
        await talk.say(said)
        assert len(await talk.heard()) >= len(said)
        assert state_of(talk).errors == 0


RULES = "version: 1\nrules:\n"
UNREADABLE: dict[str, tuple[str, str]] = {
    "bomb": (
        "version: 1\nvars:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)),
        "more than 100,000 parts",
    ),
    "deep": ("version: 1\nvars: {x: " + "[" * 5000 + "]" * 5000 + "}", "nested deeper than 100 levels"),
    "alias-loop": ("version: 1\nvars: {x: &x [*x]}", "stands within what it stands for"),
    "object": ("version: 1\nvars: {x: !!python/object/apply:os.system [ls]}", "has no tags such as"),
    "include-itself": ("version: 1\ninclude: [rules.yaml]", "files include each other"),
    "include-circle": ("version: 1\ninclude: [other.yaml]", "files include each other"),
    "include-up": ("version: 1\ninclude: [../rules.yaml]", "has no .."),
    "include-link": ("version: 1\ninclude: [link/passwd]", "a link out of the folder"),
    "large": ("version: 1\nvars: {x: '" + "x" * 5 * MB + "'}", "larger than"),
    "regex-backtracks": (RULES + rule("tag: x", match=r"regex: '(a)\1'"), "no regular expression"),
    "regex-ahead": (RULES + rule("tag: x", match="regex: 'a(?=b)'"), "no regular expression"),
    "regex-huge": (RULES + rule("tag: x", match="regex: '((a{100}){100}){100}'"), "no regular expr"),
    "template-statement": (RULES + rule("set_text: '{% for x in y %}{% endfor %}'"), "no {% statement"),
    "template-deep": (RULES + rule("set_text: '{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}'"), "deeply"),
    "file-up": (RULES + rule("from_file: ../x"), "has no .."),
    "file-link": (RULES + rule("from_file: link/passwd"), "outside of the rule file's folder"),
    "file-pipe": (RULES + rule("from_file: pipe"), "no plain file"),
    "script-up": (RULES + rule("script: ../x.py"), "has no .."),
    "script-forbidden": (RULES + rule("script: x.py"), "--allow-scripts"),
    "save-absolute": (RULES + rule("save: /tmp/x"), "from the folder of the rule file"),
    "repeat": (RULES + rule("send: {to: client, text: x, repeat: 100000}"), "at most 1000"),
    "period": (RULES + rule("send: {to: client, text: x, repeat: {every: 1ns}}"), "1ms or more"),
    "delay": (RULES + rule("delay: 1.0e+9"), "ms has to be smaller"),
}  # fmt: skip


async def test_hostile_files_are_refused_while_the_traffic_goes_on_by_the_last_good_rules(
    tmp_path: Path, confdir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / "other.yaml").write_text("version: 1\ninclude: [rules.yaml]\n")
    os.mkfifo(tmp_path / "pipe")
    good = rule("set_text: good")
    async with attacked(tmp_path, confdir, good) as talk:
        told: list[Notice] = []
        talk.steering.subscribe(told.append)
        for name, (text, why) in UNREADABLE.items():
            (tmp_path / "rules.yaml").write_text(text)
            notice = await until(lambda: next(iter(told), None), f"{name} to be looked at")
            told.clear()
            assert (notice.kind, why in notice.text) == (NoticeKind.RULES, True), (name, notice.text[:300])
            assert notice.text in caplog.messages
            assert notice.text.replace("\n", " ").isprintable(), name
            await talk.say("x")
            assert await talk.heard() == "good"
        assert [status.id for status in talk.steering.rules()] == ["it"]


async def test_thousands_of_rules_are_read_and_asked_while_the_traffic_goes_on(tmp_path: Path, confdir: Path) -> None:
    many = "".join(
        f"  - {{id: r{n}, match: {{path: /talk-*, dir: c2s, regex: 'x{n}y+', json: {{$.a.b: {n}}}}}, "
        f"do: [{{set_text: '{{{{ message.size + {n} }}}}'}}]}}\n"
        for n in range(3000)
    )
    async with attacked(tmp_path, confdir, rule("set_text: one")) as talk:
        (tmp_path / "rules.yaml").write_text(f"version: 1\nrules:\n{many}{rule('set_text: many')}")
        await until(lambda: len(talk.steering.rules()) == 3001, "the rules to be read")
        await talk.say(*(json.dumps({"a": {"b": n}}) for n in range(20)))
        assert {await talk.heard() for _ in range(20)} == {"many"}


# ---- rules that answer each other


async def quiet(talk: Conversation) -> None:
    """Wait until no rule acts any more."""
    counts: list[int] = []

    def nothing_new() -> bool:
        counts.append(sum(status.hits for status in talk.steering.rules()))
        return len(counts) > 50 and len(set(counts[-20:])) == 1

    await until(nothing_new, "the rules to have done")


async def test_rules_that_answer_each_other_come_to_an_end(
    tmp_path: Path, confdir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = "".join(
        f"  - id: {name}\n    match: {{path: /talk-*, source: any, dir: {dir_}}}\n    limit: {{injected: 1500}}\n"
        f"    do: [{{reply: ping}}, {{send: {{to: {to}, text: pong}}}}]\n"
        for name, dir_, to in (("one", "c2s", "server"), ("two", "s2c", "client"))
    )
    async with attacked(tmp_path, confdir, rules) as talk:
        async with taking_all(talk.client), taking_all(talk.server):
            await talk.say("go")
            await quiet(talk)
        for name in ("one", "two"):
            assert state_of(talk, name).errors >= 1
            assert any(f"rule {name} failed" in line for line in warnings(caplog))
        assert len(talk.steering.sessions()) == 2


async def test_sessions_that_tell_each_other_everything_come_to_an_end(
    tmp_path: Path, confdir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = (
        "  - id: echo\n    match: {path: /talk-*, source: any, dir: s2c}\n    limit: {injected: 20}\n"
        "    do: [{broadcast: {to: client, text: to all, match: {path: /talk-*}}}]\n"
    )
    async with attacked(tmp_path, confdir, rules) as talk, connected(talk.engine) as one, connected(talk.engine) as two:
        await talk.server.send("go")
        for each in (talk, one, two):
            # Each session tells all three of them 20 times.
            heard = [await each.answer() for _ in range(60)]
            assert set(heard) <= {"go", "to all"}
        await until(lambda: state_of(talk, "echo").errors >= 3, "the limits to be met")
    assert any("it has sent 20 messages of its own" in line for line in warnings(caplog))


async def test_what_is_sent_without_end_is_sent_as_often_as_is_allowed(tmp_path: Path, confdir: Path) -> None:
    rules = rule("send: {to: client, text: again, repeat: {every: 1ms}}", "    limit: {injected: 50}\n")
    rules += (
        "  - id: tick\n    on: {timer: 1ms}\n    match: {path: /talk-*}\n    limit: {injected: 50}\n"
        "    do: [{send: {to: server, text: tick, repeat: 10}}]\n"
    )
    async with attacked(tmp_path, confdir, rules) as talk:
        await talk.say("go")
        assert [await talk.answer() for _ in range(50)] == ["again"] * 50
        heard = [await talk.heard() for _ in range(51)]
        assert (heard.count("tick"), heard.count("go")) == (50, 1)
        await until(lambda: state_of(talk, "tick").errors >= 1, "the limit to be met")
        recorded = await talk.record()
    assert sum(message.source is Source.RULE for message in recorded.messages) == 100


# ---- scripts

SCRIPTS: dict[str, tuple[str, str]] = {
    "never returns": ("def act(message):\n    while True: pass\n", "took longer than 0.4 s"),
    "never loads": ("import os\nos._exit(1)\n", "ended with status 1"),
    "eats memory": (
        "def act(message):\n    return b'x' * (8 << 30)\n", "MemoryError",
    ),
    "forks": (
        "import os, time\ndef act(message):\n    for _ in range(20): os.fork() or time.sleep(60)\n    time.sleep(60)\n",
        "took longer than 0.4 s",
    ),
    "prints": (
        "def act(message):\n    while True: print('\\x1b[31mred' * 1000)\n", "took longer than 0.4 s",
    ),
    "answers too much": ("def act(message):\n    return b'x' * (1 << 25)\n", "is the most"),
    "answers no text": ("def act(message):\n    return b'\\xff'\n", "no UTF-8"),
    "grows": ("def act(message):\n    message.vars['x'] = 'x' * (1 << 24)\n", "has grown over"),
    "deep": ("def act(message):\n    a = []\n    for _ in range(10**5): a = [a]\n    return a\n", "no JSON"),
    "shouts": (f"def act(message):\n    raise ValueError({EVIL!r} * 1000)\n", r"ValueError: \x1b]0;evil\x07"),
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_script_that_does_harm_is_ended_and_the_message_goes_as_it_came(
    tmp_path: Path, confdir: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    source, told = SCRIPTS[name]
    (tmp_path / "act.py").write_text(source)
    with caplog.at_level(logging.INFO):
        async with attacked(
            tmp_path, confdir, rule("script: {file: act.py, timeout: 400ms}"), allow_scripts=True
        ) as talk:
            await talk.say("as it came")
            assert await talk.heard() == "as it came"
            assert state_of(talk).errors == 1
    first = warnings(caplog)[0]
    assert told in first
    printed = [line for line in caplog.messages if line.startswith("act.py: ")]
    assert len(printed) <= 101
    assert all(line.isprintable() for line in (first, *printed))


# ---- time, frames, variables, texts


@pytest.mark.parametrize(
    "do",
    ["delay: {ms: 86400000, jitter: 86400000, distribution: pareto}", "throttle: {kbps: 1.0e-300}",
     "throttle: {messages_per_s: 1.0e-300}", "reorder: {window: 1000, within: 1000000h}"],
)  # fmt: skip
async def test_a_message_that_is_kept_for_ever_keeps_nobody_else(tmp_path: Path, confdir: Path, do: str) -> None:
    async with attacked(tmp_path, confdir, rule(do, match="text: kept")) as talk:
        await talk.say("kept", "kept")
        await until(lambda: state_of(talk).hits == 2, "both messages to be kept")
        await talk.server.send("the other direction goes on")
        assert await talk.answer() == "the other direction goes on"
        await within(await talk.client.ping(), "a pong")


@pytest.mark.parametrize("length", [2**63 - 1, 2**32, 10**9])
async def test_a_frame_that_announces_more_than_there_is_ends_one_session_at_most(
    tmp_path: Path, confdir: Path, length: int
) -> None:
    do = f"raw_frame: {{to: client, opcode: 2, length: {length}, payload: 00ff}}"
    async with attacked(tmp_path, confdir, rule(do)) as talk:
        await talk.say("go")
        assert await talk.heard() == "go"
        with pytest.raises(ConnectionClosed):
            await talk.answer()
        recorded = await talk.record()
    (frame,) = [frame for frame in recorded.frames if frame.source is Source.RULE]
    assert (frame.size, frame.payload) == (length, b"\x00\xff")


async def test_variables_that_grow_with_each_message_stop_growing(tmp_path: Path, confdir: Path) -> None:
    grow = "{{ vars.g|default('x') ~ vars.g|default('x') ~ message.text }}"
    rules = rule(f'set: {{g: "{grow}"}}\n      - {{set: {{g: "{grow}"}}, scope: global}}\n      - set_text: \'grown\'')
    async with attacked(tmp_path, confdir, rules) as talk:
        said = [str(number) for number in range(60)]
        await talk.say(*said)
        heard = [await talk.heard() for _ in said]
        status = state_of(talk)
    assert heard == ["grown"] * status.hits + said[status.hits :]
    assert 10 < status.hits < 30
    assert "larger than 1 MiB" in str(status.last_error)


async def test_hostile_texts_are_escaped_wherever_people_read_them(
    tmp_path: Path, confdir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "'{{ message.text }}'"
    rules = rule(
        f"log: {{text: {text}, level: warning}}\n      - alert: {text}\n      - tag: {text}\n      - note: {text}\n"
        f"      - expect: {{that: size < 3, message: {text}}}"
    )
    async with attacked(tmp_path, confdir, rules) as talk:
        notices: list[Notice] = []
        talk.steering.subscribe(notices.append)
        await talk.say(EVIL * 1000)
        await talk.heard()
        recorded = await talk.record()
    (message,) = recorded.messages
    assert message.note is not None
    seen = [message.note, *message.tags, *warnings(caplog), *(one.text for one in notices if one.rule == "it")]
    assert len(seen) == 8
    for one in seen:
        assert one.isprintable()
        assert r"\x1b]0;evil\x07\nwarning" in one
        assert len(one) < 4200
