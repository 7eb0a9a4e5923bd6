"""Records for the tests of the store: single ones, and Hypothesis strategies for all there can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st

from wsinspect.model import (
    Carriage,
    Close,
    Completeness,
    Direction,
    End,
    Frame,
    HttpHead,
    Leg,
    PerDirection,
    Session,
    SessionId,
    SessionState,
    Source,
    Stage,
    TlsSide,
    Verdict,
)
from wsinspect.store.columns import Row
from wsinspect.store.writer import CaptureWriter

HEADER = b"\x81\x03"
T0 = 1_700_000_000_000_000_000

# Lone surrogates too: what is not UTF-8 in a request comes as such.
texts = st.text(st.characters(exclude_categories=()), max_size=8)
maybe_texts = st.none() | texts
counts = st.integers(0, 1 << 62)
maybe_counts = st.none() | counts
times = st.integers(0, 1 << 62)
words = st.lists(texts, max_size=3).map(tuple)
totals = st.builds(PerDirection, counts, counts)
sent_heads = st.builds(
    HttpHead,
    texts,
    st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    st.none() | st.integers(100, 599),
    maybe_texts,
    maybe_texts,
    maybe_texts,
)
heads = st.builds(replace, sent_heads, sent=st.none() | sent_heads)
tls_sides = st.builds(TlsSide, maybe_texts, maybe_texts, maybe_texts, maybe_texts, st.none() | st.booleans())
sessions = st.builds(
    Session,
    id=st.just(SessionId(1)),
    relay=st.sampled_from(Carriage),
    state=st.sampled_from([SessionState.CLOSED, SessionState.REFUSED, SessionState.FAILED]),
    url=texts,
    opened=times,
    scheme=maybe_texts,
    host=maybe_texts,
    port=st.none() | st.integers(0, 65535),
    path=maybe_texts,
    client=maybe_texts,
    server=maybe_texts,
    listener=maybe_texts,
    subprotocol=maybe_texts,
    extensions=maybe_texts,
    protocol=maybe_texts,
    status=st.none() | st.integers(100, 599),
    closed=st.none() | times,
    close=st.none() | st.builds(Close, texts, st.none() | st.integers(0, 65535), maybe_texts, st.booleans()),
    ends=st.lists(st.tuples(st.sampled_from(Direction), st.sampled_from(End)), max_size=2).map(tuple),
    error=maybe_texts,
    request=st.none() | heads,
    response=st.none() | heads,
    tls_client=st.none() | tls_sides,
    tls_server=st.none() | tls_sides,
    violations=words,
    frames=totals,
    messages=totals,
    bytes=totals,
    note=maybe_texts,
)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Draw a frame that may have been seen: whole, cut off, or with an announced length beyond any column."""
    completeness = draw(st.sampled_from([Completeness.COMPLETE, Completeness.CUT_OFF]))
    payload = draw(st.binary(max_size=20))
    truncated = draw(st.integers(0, 3))
    size = len(payload) + truncated
    if completeness is Completeness.CUT_OFF:
        size += draw(st.integers(0, (1 << 64) - 1 - size))
    first, mask = draw(st.integers(0, 255)), draw(st.none() | st.binary(min_size=4, max_size=4))
    header = bytes([first, 127 | (0x80 if mask else 0)]) + size.to_bytes(8) + (mask or b"")
    return Frame(
        session=SessionId(1),
        seq=draw(st.integers(1, 1 << 40)),
        time=draw(times),
        direction=draw(st.sampled_from(Direction)),
        header=header,
        size=size,
        payload=payload,
        message=draw(st.none() | st.integers(1, 1 << 40)),
        source=draw(st.sampled_from(Source)),
        verdict=draw(st.sampled_from(Verdict)),
        leg=draw(st.sampled_from(Leg)),
        stage=draw(st.sampled_from(Stage)),
        of=draw(maybe_counts),
        held_ns=draw(maybe_counts),
        delayed_ns=draw(maybe_counts),
        sent_time=draw(maybe_counts),
        close_code=draw(st.none() | st.integers(0, 65535)),
        close_reason=draw(maybe_texts),
        violations=draw(words),
        truncated=truncated,
        completeness=completeness,
    )


def session(number: int = 1, state: SessionState = SessionState.OPEN, **fields: object) -> Session:
    """Make a session that was upgraded."""
    given = {"opened": T0, "status": 101, **fields}
    return Session(SessionId(number), Carriage.DIRECT, state, "ws://a.test/chat", **given)  # type: ignore[arg-type]


def hot_row(row_id: int, session: int = 1, payload: bytes = b"abc", number: int | None = None) -> Row:
    """Make a row of the hot path whose number and `seq` are its id unless said otherwise."""
    place = row_id if number is None else number
    direction = place & 1
    return (row_id, session, place, place, direction, 1, T0 + row_id, HEADER, len(payload), payload)


def wide_row(columns: Sequence[str], **values: int | str | bytes | None) -> Row:
    """Make a row of a table of which only some columns are not NULL."""
    assert set(values) <= set(columns)
    return tuple(values.get(column) for column in columns)


def record(path: Path, rows: int = 0) -> None:
    """Make a finished capture with a session and so many messages."""
    with CaptureWriter(path) as writer:
        writer.insert_session(session(state=SessionState.CLOSED))
        for row_id in range(1, rows + 1):
            writer.put_message(hot_row(row_id), 100)
