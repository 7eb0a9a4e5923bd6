"""A hex dump shows what is there, and tells what it wants to show more."""

from __future__ import annotations

import pytest

from wsinspect.present.hex_document import PAGE_BYTES, HexDocument, Pages


def _document(data: bytes, per_row: int = 16) -> HexDocument:
    document = HexDocument(Pages(len(data)), per_row)
    while (wanted := document.wanted(0, document.line_count)) is not None:
        document.pages.supply(wanted[0], data[slice(*wanted)])
    return document


def _texts(document: HexDocument) -> list[str]:
    return ["".join(text for text, _ in line) for line in document.lines(0, document.line_count)]


def test_bytes_are_dumped_with_offset_and_ascii() -> None:
    assert _texts(_document(b"Hello\x00\x1b[2J and more")) == [
        "00000000  48 65 6c 6c 6f 00 1b 5b  32 4a 20 61 6e 64 20 6d  Hello..[2J and m",
        "00000010  6f 72 65                                          ore",
    ]
    assert _texts(_document(b"Hello wide", 8)) == [
        "00000000  48 65 6c 6c 6f 20 77 69  Hello wi",
        "00000008  64 65                    de",
    ]
    assert _document(b"").line_count == 0


def test_it_can_be_scrolled_before_its_bytes_are_there() -> None:
    document = HexDocument(Pages(100_000_000))

    assert document.line_count == 6_250_000
    assert document.complete
    assert document.wanted(6_249_999, 1) == (99_942_400, 100_000_000)
    assert ["".join(text for text, _ in line) for line in document.lines(6_249_999, 5)] == ["05f5e0f0  …"]
    document.grow(1)


def test_pages_are_forgotten_after_a_while() -> None:
    pages = Pages(200 * PAGE_BYTES)
    for number in range(100):
        pages.supply(number * PAGE_BYTES, bytes([number]) * PAGE_BYTES)

    assert pages.get(0, 1) is None
    assert pages.get(99 * PAGE_BYTES - 1, 99 * PAGE_BYTES + 1) == b"\x62\x63"
    assert pages.wanted(98 * PAGE_BYTES, 200 * PAGE_BYTES) == (100 * PAGE_BYTES, 101 * PAGE_BYTES)


@pytest.mark.parametrize("per_row", [8, 16])
def test_bytes_are_found_in_their_row(per_row: int) -> None:
    data = bytes(range(0x41, 0x41 + 40))
    document = _document(data, per_row)
    for row, text in enumerate(_texts(document)):
        for place in range(row * per_row, min((row + 1) * per_row, len(data))):
            digits, ascii_part = document.columns(row, place, place + 1)
            assert text[slice(*digits)] == f"{data[place]:02x}"
            assert text[slice(*ascii_part)] == chr(data[place])
    assert document.columns(1, 0, per_row) == []
