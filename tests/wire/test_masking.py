"""Masking, with and without the C speed-up."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.wire import masking


@pytest.fixture
def without_speedups(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    spec = importlib.util.spec_from_file_location("masking_in_python", masking.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_python_and_c_agree(without_speedups: ModuleType) -> None:
    for size in (0, 1, 3, 4, 5, 8, 1001):
        data = bytes(index * 7 & 255 for index in range(size))
        masked = without_speedups.apply_mask(data, b"\x01\x80\xff\x10")
        assert masked == masking.apply_mask(data, b"\x01\x80\xff\x10")
        assert without_speedups.apply_mask(masked, b"\x01\x80\xff\x10") == data


@given(st.binary(max_size=50), st.binary(min_size=4, max_size=4), st.integers(0, 50))
def test_pieces_unmask_like_the_whole(payload: bytes, key: bytes, cut: int) -> None:
    header = bytes((0x82, 0x80 | len(payload))) + key
    whole = masking.unmask(header, payload)
    assert masking.unmask(header, payload[:cut]) + masking.unmask(header, payload[cut:], cut) == whole
    assert masking.unmask(header, whole) == payload


def test_a_frame_without_a_mask_stays() -> None:
    assert masking.unmask(b"\x82\x03", b"abc") == b"abc"
