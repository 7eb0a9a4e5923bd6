r"""Text that is no UTF-8, or that programs read differently: overlong forms, surrogates, bytes cut off, bidi.

`\uXXXX` escapes are for JSON alone; elsewhere they are but odd text.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsinspect.replay.fuzz.values import Content, Octets, Spelled, Value
from wsinspect.replay.fuzz.variation import Expected
from wsinspect.replay.leaves import Scalar

_INVALID = (
    ("overlong / in 2 bytes", b"\xc0\xaf"),
    ("overlong / in 3 bytes", b"\xe0\x80\xaf"),
    ("overlong / in 4 bytes", b"\xf0\x80\x80\xaf"),
    ("overlong NUL", b"\xc0\x80"),
    ("overlong quote", b"\xc0\xa2"),
    ("high surrogate", b"\xed\xa0\x80"),
    ("low surrogate", b"\xed\xb0\x80"),
    ("surrogate pair (CESU-8)", b"\xed\xa0\xbd\xed\xb8\x80"),
    ("byte FF", b"\xff"),
    ("byte FE", b"\xfe"),
    ("continuation byte alone", b"\x80"),
    ("ISO 8859-1", b"caf\xe9"),
    ("character cut off", b"\xe2\x82"),
    ("character cut off, text behind", b"\xe2\x82a"),
    ("beyond U+10FFFF", b"\xf4\x90\x80\x80"),
    ("6-byte form", b"\xfc\x80\x80\x80\x80\xaf"),
    ("UTF-16", "\ufeffabc".encode("utf-16-le")),
)
_VALID = (
    ("byte order mark", "\ufeffabc"),
    ("replacement character", "\ufffd"),
    ("bidirectional overrides", "\u202e\u2066\u2067\u2068\u2069\u202c"),
    ("language tags", "\U000e0001\U000e0061\U000e007f"),
    ("variation selectors", "a\ufe0f\ufe0f\U000e0100"),
    ("private use", "\ue000\U0010fffd"),
)
_ESCAPES = (
    ("escaped high surrogate", '"\\ud800"'),
    ("escaped low surrogate", '"\\udc00"'),
    ("escaped surrogates the wrong way round", '"\\udc00\\ud800"'),
    ("escaped NUL", '"\\u0000"'),
    ("escape cut off", '"\\u12"'),
    ("unknown escape", '"\\x41"'),
    ("escaped quote", '"\\u0022"'),
    ("single quotes", "'a'"),
    ("no quotes", "a"),
    ("string without an end", '"a'),
)


def encodings(original: Scalar) -> Iterator[Value]:
    """Yield texts.

    Args:
        original: What was there; text is put behind it.
    """
    before = original if isinstance(original, str) else ""
    for label, data in _INVALID:
        yield Value(label, Octets(before.encode(errors="replace") + data if _is_plain(before) else data))
    for label, text in _VALID:
        yield Value(label, Octets(text.encode()))
    for label, source in _ESCAPES:
        yield Value(label, Spelled(source))


def expectation(content: Content, *, of_text: bool) -> Expected:
    """Tell what a server is to make of such a value.

    Args:
        content: What was put in the message.
        of_text: Whether that is a text message.
    """
    if not of_text or not isinstance(content, Octets):
        return Expected.ANSWER
    try:
        content.data.decode()
    except UnicodeDecodeError:
        # RFC 6455 8.1: an endpoint that finds that text is not UTF-8 "MUST _Fail the WebSocket Connection_".
        return Expected.REFUSAL
    return Expected.ANSWER


def _is_plain(text: str) -> bool:
    """Tell whether a text can stand between the quotes of any format."""
    return text.isascii() and text.isprintable() and not set(text) & set('"\\<>&')
