"""A rule made of a message is one, and matches it, whatever a peer sent."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.running import OPEN, START_NS, acted, rule_set
from wsinspect.model import Direction, Message, Session, Source
from wsinspect.present.rule_from_message import rule_from
from wsinspect.wire.decisions import Gathered


def message(payload: bytes, opcode: int = 1, direction: Direction = Direction.S2C) -> Message:
    size = len(payload)
    return Message(5, OPEN.id, 17, START_NS, START_NS, direction, opcode, (3,), size, size + 2, payload)


def check(sent: Message, session: Session = OPEN) -> str:
    """Make a rule of a message, see that it matches it, and that all it offers is valid."""
    text = rule_from(sent, session)
    assert text.isascii() or all(line.isprintable() for line in text.splitlines())
    rules = rule_set(f"rules:\n{text}").session(session)
    assert rules is not None
    gathered = Gathered(sent.direction, sent.number, sent.opcode, sent.payload, sent.time)
    assert len(acted(rules.judge(gathered, sent.time, sent.source))) == 1
    rule_set(f"rules:\n{text.replace('# - ', '- ')}")
    return text


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
hostile = st.sampled_from(["{{ x }}", "{% x %}", "'", '"]}', "\u202e", "\x1b[2J", "a: b", "# no", "\\", "]", "<<", "~"])
words = st.sampled_from(["type", "event", "action", "id", "data", "name", "method", "t"])
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False),
    texts, hostile, words,
)  # fmt: skip
keys = st.one_of(words, hostile, texts)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=15
)


@given(documents, st.sampled_from(Direction), st.sampled_from([1, 2]))
def test_a_rule_of_json_matches_it(document: object, direction: Direction, opcode: int) -> None:
    check(message(orjson.dumps(document), opcode, direction))


@given(texts)
def test_a_rule_of_text_matches_it(text: str) -> None:
    check(message(text.encode()))


@given(st.binary(max_size=300), st.sampled_from([1, 2]))
def test_a_rule_of_bytes_matches_them(payload: bytes, opcode: int) -> None:
    check(message(payload, opcode))


@given(texts, texts)
def test_a_rule_fits_whatever_the_session_is_called(host: str, path: str) -> None:
    check(message(b"x"), replace(OPEN, host=host, path=f"/{path}", url=f"ws://{host}/{path}"))


@pytest.mark.parametrize(
    ("host", "path", "lines"),
    [
        ("::1", "/a?b=1", ['host: "::1"', "path: /a"]),
        ("~a", "/\udce4", []),
        ("a/b", "*", []),
        (None, None, []),
        ("a.test", "/x y", ["host: a.test", 'path: "/x y"']),
    ],
)
def test_what_cannot_be_asked_of_a_session_is_left_out(host: str | None, path: str | None, lines: list[str]) -> None:
    text = check(message(b"x"), replace(OPEN, host=host, path=path))
    assert [line.strip() for line in text.splitlines() if line.strip().startswith(("host:", "path:"))] == lines


@pytest.mark.parametrize(
    ("payload", "tests"),
    [
        (b'{"type":"price","id":7,"bid":99.5}', ["$.type: price"]),
        (b'{"id":"1","method":"eth_call","params":[]}', ["$.method: eth_call"]),
        (b'{"op":0,"t":"READY","s":1}', ["$.op: 0", "$.t: READY"]),
        (b'{"event":"x","data":{"type":"y","name":"ann"}}', ["$.event: x", "$.data.type: y"]),
        (b'{"type":"8f14e45f-ceea-467f","id":7}', ["$.type: {exists: true}", "$.id: {exists: true}"]),
        (b'{"type":1795000007,"x y":0}', ["$.type: {exists: true}", "\"$['x y']\": {exists: true}"]),
        (b'["1","1","room:lobby","phx_join",{}]', ['"$[2]": "room:lobby"', '"$[3]": phx_join']),
        (b"[1,2,3]", ['"$[2]": {exists: true}']),
    ],
)
def test_json_is_told_by_what_names_its_kind(payload: bytes, tests: list[str]) -> None:
    lines = check(message(payload)).splitlines()
    start = lines.index("      json:") + 1
    assert [line.strip() for line in lines[start : lines.index("    do:")]] == tests


@pytest.mark.parametrize(
    ("payload", "opcode", "test"),
    [
        (b'42["chat message",17]', 1, 'text: {contains: "[\\"chat message\\","}'),
        (b"12345", 1, 'text: {contains: "12345"}'),
        (b"  ", 1, 'text: {contains: "  "}'),
        ("x" * 41, 1, f"text: {{contains: {'x' * 40}}}"),
        (b"", 1, "size: 0"),
        (b"\xff\xfe\x00\x01\x02", 1, 'bytes: {at: 0, equals: "ff fe 00 01"}'),
        (b"\x08\x01\x10", 2, 'bytes: {at: 0, equals: "08 01 10"}'),
    ],
)
def test_other_payloads_are_told_by_what_stays(payload: bytes | str, opcode: int, test: str) -> None:
    sent = message(payload if isinstance(payload, bytes) else payload.encode(), opcode)
    assert f"      {test}\n" in check(sent)


def test_each_value_can_be_set() -> None:
    lines = check(message(b'{"type":"price","bid":99.5,"note":"{{ x }}","user":{"ok":null}}')).splitlines()
    assert [line.strip() for line in lines if "json_set" in line] == [
        "# - json_set: {$.type: price}",
        "# - json_set: {$.bid: 99.5}",
        "# - json_set: {$.user.ok: null}",
    ]


def test_its_id_says_what_it_was_made_of() -> None:
    assert check(message(b'{"type":"price update"}')).startswith("  - id: price-update-3.17\n")
    assert check(message(b"hello")).startswith("  - id: text-3.17\n")
    assert check(message(b"\x00", 2)).startswith("  - id: binary-3.17\n")


def test_what_a_rule_had_sent_is_asked_for_as_such() -> None:
    assert "      source: rule\n" in check(replace(message(b"x"), source=Source.RULE))


def test_json_that_is_not_on_record_as_a_whole_is_text() -> None:
    cut = replace(message(b'{"type":"x"}'), size=10_000, truncated=9_988)
    assert 'contains: "{\\"type\\":\\"x\\"}"' in check(cut)


def test_a_large_document_gives_a_rule_of_moderate_size() -> None:
    document = {f"field{number}": {"x": list(range(100)), "text": "y" * 500} for number in range(5000)}
    assert len(check(message(orjson.dumps(document)))) < 10_000
    deep = b'{"a":' * 200 + b"1" + b"}" * 200
    assert len(check(message(deep))) < 10_000
