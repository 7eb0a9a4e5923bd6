"""Addresses to listen on are read and refused."""

from __future__ import annotations

import pytest

from wsinspect.engine.options import parse_address
from wsinspect.errors import EngineError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:65535", ("::1", 65535)),
    ],
)
def test_an_address_is_split(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "8080", ":8080", "a:", "a:b", "a:-1", "a:65536", "::1:80", "[a]:80", "a:²"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(EngineError, match="is not an address"):
        parse_address(text)
