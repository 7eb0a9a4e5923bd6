"""What one side sends is on record as made by who plays it, whatever its form; the other side's is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.recording import C2S, DEFLATE, KEY, S2C, Kept, answer, opened_session, recording, the_one
from tests.peers.framing import BINARY, CLOSE, CONTINUATION, PING, TEXT, build
from wsinspect.model import Carriage, Direction, End, Source
from wsinspect.wire.deflate import Deflater


def everything(mask: bytes | None) -> bytes:
    """Frames of every kind that the record keeps in a way of its own."""
    compressed = Deflater(15).compress(b"hello " * 9)
    return b"".join(
        (
            build(TEXT, b"plain", mask=mask),
            build(TEXT, compressed, rsv=4, mask=mask),
            build(BINARY, b"frag", fin=False, mask=mask),
            build(PING, b"between", mask=mask),
            build(CONTINUATION, b"ment", mask=mask),
            build(BINARY, bytes(300_000), mask=mask),
            build(3, b"odd", mask=mask),
            build(CLOSE, b"\x03\xe8", mask=mask),
        )
    )


@pytest.mark.parametrize("played", Direction)
async def test_every_kind_of_frame(tmp_path: Path, played: Direction) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        session = recorder.open(opened_session)
        carrier = session.upgraded(
            answer(DEFLATE),
            Carriage.DIRECT,
            server=None,
            tls_server=None,
            on_finished=lambda _: None,
            played=(played, Source.REPLAY),
        )
        carrier.client, carrier.server = Kept(), Kept()
        carrier.receive(C2S, everything(KEY))
        carrier.receive(S2C, everything(None))
        for direction in Direction:
            carrier.end(direction, End.FIN)
    recorded = the_one(tmp_path / "a.wsi")
    assert recorded.stream(C2S) == everything(KEY)
    assert recorded.stream(S2C) == everything(None)
    for direction in Direction:
        source = Source.REPLAY if direction is played else Source.PEER
        assert {frame.source for frame in recorded.of(direction)} == {source}
        assert {m.source for m in recorded.messages if m.direction is direction} == {source}
    assert recorded.session.close is not None
    assert recorded.session.close.by == "client"
