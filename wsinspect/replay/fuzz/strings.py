"""Strings that programs trip over, and values of other types than the one that was there."""

from __future__ import annotations

from collections.abc import Iterator

from wsinspect.replay.fuzz.values import Document, Repeated, Typed, Value
from wsinspect.replay.leaves import Scalar

_STRINGS = (
    ("empty", ""),
    ("one space", " "),
    ("white space", " \t\r\n\v\f"),
    ("space around", " a "),
    ("no-break and zero-width spaces", "\u00a0\u200b\ufeff\u2003"),
    ("NUL", "\x00"),
    ("text, NUL, text", "a\x00b"),
    ("line feed", "\n"),
    ("lines", "a\r\nb\nc\rd\u2028e\u2029f"),
    ("control characters", "".join(map(chr, range(1, 32))) + "\x7f"),
    ("escape sequence", "\x1b[2J\x1b]0;wsinspect\x07"),
    ("format %n", "%n%n%n%n%n%n%n%n"),
    ("format %s", "%s%s%s%s%s%s%s%s%s%s"),
    ("format %x", "%x.%p.%08x.%99999999d"),
    ("format {}", "{0}{1}{}{!r}{0.__class__.__mro__}"),
    ("path ../", "../../../../../../../../etc/passwd"),
    ("path ..\\", "..\\..\\..\\..\\..\\windows\\win.ini"),
    ("path encoded", "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd"),
    ("path encoded twice", "..%252f..%252f..%252f..%252fetc%252fpasswd"),
    ("path with NUL", "../../../../etc/passwd\x00.png"),
    ("path absolute", "/etc/passwd"),
    ("path file URL", "file:///etc/passwd"),
    ("device name", "CON"),
    ("backslash", "\\"),
    ("quotes", "'\"`"),
    ("angle brackets", "<>&"),
    ("the word null", "null"),
    ("the word undefined", "undefined"),
    ("the word true", "true"),
    ("the word NaN", "NaN"),
    ("toString", "toString"),
    ("__proto__", "__proto__"),
    ("constructor", "constructor"),
    ("emoji", "👩‍👩‍👧‍👦🏳️‍🌈"),
    ("combining marks", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢"),
    ("right-to-left", "\u202eevil\u202c\u2066x\u2069"),
    ("case that grows", "ßŉİǰΐ"),
    ("Turkish i", "ıİiI"),
    ("look-alikes", "аdmin"),
    ("full width", "＜ｓｃｒｉｐｔ＞"),
    ("composed twice", "\u0041\u030a\u212b\u00c5"),
    ("noncharacters", "\ufffe\uffff\U0010ffff"),
    ("beyond the BMP", "𝕏" * 16),
    ("URL", "http://127.0.0.1:1/"),
    ("date that is none", "2024-02-30T25:61:61Z"),
    ("date far away", "+275760-09-13T00:00:00.001Z"),
    ("a UUID of zeros", "00000000-0000-0000-0000-000000000000"),
)
_LONG = (
    ("255 characters", "a", 255),
    ("256 characters", "a", 256),
    ("1,025 characters", "a", 1025),
    ("65,536 characters", "a", 65_536),
    ("1 Mi characters", "a", 1 << 20),
    ("65,536 × 4 bytes", "\U0001f600", 65_536),
    ("10,000 combining marks", "\u0301", 10_000),
    ("10,000 backslashes", "\\", 10_000),
    ("regular expression that backtracks", "aaaaaaaaaaaaaaaa", 2_000),
)
_FLIPS: tuple[tuple[str, Document], ...] = (
    ("null", None),
    ("true", True),
    ("false", False),
    ("0", 0),
    ("1", 1),
    ("-1.5", -1.5),
    ('""', ""),
    ('"a"', "a"),
    ("[]", []),
    ("[null]", [None]),
    ("{}", {}),
    ('{"a": null}', {"a": None}),
    ('{"length": -1}', {"length": -1}),
    ('{"toString": null, "valueOf": null}', {"toString": None, "valueOf": None}),
)


def strings(original: Scalar) -> Iterator[Value]:
    """Yield strings.

    Args:
        original: What was there.
    """
    if isinstance(original, str) and original:
        changed = {"upper case": original.upper(), "lower case": original.lower(), "reversed": original[::-1]}
        changed |= {
            "without its last character": original[:-1],
            "twice": original * 2,
            "a space behind": original + " ",
        }
        yield from (Value(f"as it was, {how}", Typed(value)) for how, value in changed.items() if value != original)
    yield from (Value(label, Typed(value)) for label, value in _STRINGS)
    yield from (Value(label, Repeated(piece, times)) for label, piece, times in _LONG)


def types(original: Scalar) -> Iterator[Value]:
    """Yield values of other types, first the same in another type.

    Args:
        original: What was there.
    """
    match original:
        case bool():
            yield Value('as a string, "true"', Typed(str(original).lower()))
            yield Value("negated", Typed(not original))
        case int() | float():
            yield Value("as a string", Typed(str(original)))
        case str() if original.isascii() and original.removeprefix("-").isdigit():
            yield Value("as a number", Typed(int(original[:400])))
        case _:
            pass
    if not isinstance(original, bytes):
        yield Value("in an array", Typed([original]))
        yield Value("twice in an array", Typed([original, original]))
        yield Value("in an object", Typed({"value": original}))
    yield from (Value(label, Typed(value)) for label, value in _FLIPS if not _same(value, original))


def _same(one: Document, other: Scalar) -> bool:
    return type(one) is type(other) and one == other
