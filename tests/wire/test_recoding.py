"""The receiver's compression context after changes, checked with real inflaters."""

from __future__ import annotations

import random

import pytest

from tests.wire.recording import C2S
from wsinspect.wire.deflate import DeflateParams, Deflater, Inflater
from wsinspect.wire.recoding import Recoder


def read(inflater: Inflater, wire: bytes, *, commit: bool = True) -> bytes:
    data = b"".join(inflater.inflate(wire, final=True))
    assert inflater.failure is None
    if commit:
        inflater.commit()
    return data


@pytest.mark.parametrize("bits", [9, 10, 15])
def test_contexts_meet_again_after_a_window(bits: int) -> None:
    params = DeflateParams(client_max_window_bits=bits)
    peer, ours, receiver = Deflater(bits), Inflater(params, C2S), Inflater(params, C2S)
    recoder = Recoder(bits, takeover=True)
    rng = random.Random(bits)
    was_diverged, identical = False, 0
    for index in range(300):
        payload = b" ".join(rng.choices([b"alpha", b"beta", b"gamma", str(index).encode()], k=rng.randrange(1, 500)))
        wire = peer.compress(payload)
        assert read(ours, wire, commit=False) == payload
        action = rng.choice(["change", "drop"]) if index in (3, 5, 120) else "forward"
        if action == "change":
            changed = recoder.changed(b"other " + payload)
            assert changed is not None
            assert read(receiver, changed) == b"other " + payload
            identical = 0
        elif action == "drop":
            recoder.skipped()
            identical = 0
        elif recoder.diverged:
            was_diverged = True
            identical += len(payload)
            again = recoder.unchanged(payload)
            assert again is not None
            assert read(receiver, again) == payload
            assert recoder.diverged is (identical < 1 << bits)
        else:
            assert read(receiver, wire) == payload
            recoder.forwarded(payload)
        ours.commit()
    assert was_diverged
    assert not recoder.diverged


def test_without_takeover_each_message_is_for_itself() -> None:
    params = DeflateParams(client_no_context_takeover=True)
    recoder = Recoder(15, takeover=False)
    recoder.skipped()
    recoder.forwarded(b"changed")
    changed = recoder.changed(b"changed")
    assert changed is not None
    assert read(Inflater(params, C2S), changed) == b"changed"
    assert not recoder.diverged


def test_a_window_of_eight_bits_cannot_be_compressed_for() -> None:
    alone = Recoder(8, takeover=False)
    assert alone.changed(b"x") is None
    assert not alone.diverged
    recoder = Recoder(8, takeover=True)
    assert recoder.changed(b"x") is None
    assert recoder.diverged
    assert recoder.unchanged(b"x" * 1000) is None
    assert recoder.diverged


def test_it_begins_with_what_both_have() -> None:
    peer, receiver = Deflater(15), Inflater(DeflateParams(), C2S)
    assert read(receiver, peer.compress(b"known to both")) == b"known to both"
    recoder = Recoder(15, takeover=True)
    recoder.forwarded(b"something older")
    recoder.begin(b"known to both")
    changed = recoder.changed(b"known to both, too")
    assert changed is not None
    assert len(changed) < 12
    assert read(receiver, changed) == b"known to both, too"
