"""Payloads as they are written on a line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wsinspect.cli.prompt.payloads import LineError, payload_of


@pytest.mark.parametrize(
    ("written", "payload"),
    [
        ("", b""),
        ("hé", "hé".encode()),
        ("hex:00 ff", b"\0\xff"),
        ("base64:AP8", b"\0\xff"),
        ("text:hex:00", b"hex:00"),
    ],
)
def test_payloads(written: str, payload: bytes) -> None:
    assert payload_of(written) == payload


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a b"
    file.write_bytes(b"\0\xff")
    assert payload_of(f"@{file}") == b"\0\xff"


@pytest.mark.parametrize(
    ("written", "message", "at"),
    [
        ("hex:0g", "no hexadecimal digit", 10 + 5),
        ("base64:!", "no base64", 10 + 7),
        ("@", "name a file", 11),
        ("@absent", "cannot read absent: No such file", 11),
        ("@a\0b", "cannot read", 11),
        ("text:\ud800", "half of a pair", 10),
    ],
)
def test_what_stands_for_nothing_says_where(written: str, message: str, at: int) -> None:
    with pytest.raises(LineError, match=message) as caught:
        payload_of(written, 10)
    assert caught.value.at == at


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(LineError, match="is no file"):
            payload_of(f"@{tmp_path / name}")
