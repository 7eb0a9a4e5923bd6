"""What a payload is told to be."""

from __future__ import annotations

from wsinspect.decode.recognise import structure


def test_json_is_found_in_text_and_in_bytes() -> None:
    for of_text in (True, False):
        found = structure(b'{"a":1}', of_text=of_text)
        assert found is not None
        assert found.format == "JSON"
    assert structure(b"hello", of_text=True) is None
