"""The answer to an upgrade is read however it is split, and nothing a server sends is more than a problem."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.client.answer import MOST_BODY_BYTES, MOST_HEAD_BYTES, AnswerReader

AGREES = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX: \xe4\r\nY: \xc3\xa4 \r\n folded\r\n\r\n"
CHUNKED = b"HTTP/1.1 403 No\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3;x=y\r\nnot\r\n5\r\n for \r\n3\nyou\n0\r\n\r\n"


def read(data: bytes, *, ends: bool = False, tunnel: bool = False, step: int | None = None) -> AnswerReader:
    reader = AnswerReader(tunnel=tunnel)
    for start in range(0, len(data), step or len(data)):
        if not reader.done:
            reader.feed(data[start : start + (step or len(data))])
    if ends:
        reader.end()
    return reader


def test_a_head_that_agrees_leaves_what_is_behind_it() -> None:
    reader = read(AGREES + b"\x81\x02hi")
    assert reader.head is not None
    assert (reader.head.http_version, reader.head.status, reader.head.reason) == (
        "HTTP/1.1",
        101,
        "Switching Protocols",
    )
    assert reader.head.headers == (("Upgrade", "websocket"), ("X", "ä"), ("Y", "ä folded"))
    assert (reader.agrees, reader.done, reader.rest, reader.problem) == (True, True, b"\x81\x02hi", None)


@given(st.integers(1, 40), st.sampled_from([AGREES, CHUNKED, b"HTTP/1.1 100 Go on\r\n\r\n" + AGREES]))
def test_the_split_does_not_matter(step: int, data: bytes) -> None:
    whole, split = read(data), read(data, step=step)
    assert (whole.head, whole.body, whole.done) == (split.head, split.body, True)


def test_heads_before_the_last_one_are_passed_over() -> None:
    reader = read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + AGREES)
    assert reader.head is not None
    assert reader.head.status == 101


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nnot for you", b"not"),
        (b"HTTP/1.1 403\nContent-Length: 3\n\nnot", b"not"),
        (b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (CHUNKED, b"not for you"),
        (b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\ngarbage\r\n", b"not"),
        (b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 2000, b""),
        (b"HTTP/1.1 500 No\r\n\r\n" + b"x" * (MOST_BODY_BYTES + 5), b"x" * MOST_BODY_BYTES),
        (
            b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n" + b"x" * (MOST_BODY_BYTES + 5),
            b"x" * MOST_BODY_BYTES,
        ),
    ],
)
def test_a_refusal_has_a_bounded_body(answer: bytes, body: bytes) -> None:
    reader = read(answer)
    assert (reader.agrees, reader.done, reader.body, reader.problem) == (False, True, body, None)


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    reader = read(b"HTTP/1.1 403 No\r\nContent-Length: x\r\n\r\nnot for")
    assert not reader.done
    reader.feed(b" you")
    reader.end()
    assert (reader.done, reader.body) == (True, b"not for you")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "not HTTP"),
        (b"\x15\x03\x01", "not HTTP"),
        (b"HTTP/1.1 OK\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 101 OK\r\nno colon\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 101 OK\r\n: nameless\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 101 OK\r\n folded: x\r\n\r\nx", None),
        (b"HTTP/1.1 101 OK\r\n" + b"a: b\r\n" * MOST_HEAD_BYTES, "longer than"),
        (b"HTTP/1.1 100 Go on\r\n\r\n" * MOST_HEAD_BYTES, "longer than"),
    ],
)
def test_what_is_no_answer_is_a_problem(data: bytes, why: str | None) -> None:
    reader = read(data)
    assert reader.done
    assert (why is None) == (reader.problem is None)
    assert why is None or why in (reader.problem or "")


def test_a_connection_that_ends_within_the_head() -> None:
    reader = read(b"HTTP/1.1 101 Swi", ends=True)
    assert "within the answer" in (reader.problem or "")
    assert not reader.agrees
    reader = AnswerReader()
    reader.end()
    assert "unanswered" in (reader.problem or "")


def test_a_tunnel_is_agreed_to_by_any_success() -> None:
    reader = read(b"HTTP/1.1 200 OK\r\n\r\nmore", tunnel=True)
    assert (reader.agrees, reader.rest) == (True, b"more")
    assert not read(b"HTTP/1.1 101 What\r\n\r\n", tunnel=True).agrees


@given(st.lists(st.binary(max_size=60)), st.booleans())
def test_arbitrary_bytes_raise_nothing(pieces: list[bytes], after_a_head: bool) -> None:
    reader = AnswerReader()
    reader.feed(b"HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n" if after_a_head else b"HTTP/1.1 ")
    for piece in pieces:
        if not reader.done:
            reader.feed(piece)
    reader.end()
    assert reader.done
