"""The tests of `match` that are asked of each event: of its payload, and of its place in the session."""

from __future__ import annotations

from wsinspect.query.matching import payload_icontains
from wsinspect.query.patterns import Pattern, bounded_searcher, searcher
from wsinspect.rules.globs import compile_globs
from wsinspect.rules.json_match import PayloadTest, in_bounds
from wsinspect.rules.schema import BytesTest, DurationRange, Every, Range, SizeRange, TextTest


def text_test(wanted: str | TextTest) -> PayloadTest:
    """Test for a text in the payload; whether the message is text or binary does not matter."""
    if isinstance(wanted, str):
        part = _bytes(wanted)
        return lambda subject: part in subject.payload
    tests = _text_tests(wanted)
    return tests[0] if len(tests) == 1 else lambda subject: all(test(subject) for test in tests)


def _text_tests(wanted: TextTest) -> list[PayloadTest]:
    tests: list[PayloadTest] = []
    if wanted.equals is not None:
        whole = _bytes(wanted.equals)
        tests.append(lambda subject: subject.payload == whole)
    if wanted.starts is not None:
        start = _bytes(wanted.starts)
        tests.append(lambda subject: subject.payload.startswith(start))
    if wanted.ends is not None:
        end = _bytes(wanted.ends)
        tests.append(lambda subject: subject.payload.endswith(end))
    if wanted.contains is not None:
        tests.append(text_test(wanted.contains))
    if wanted.icontains is not None:
        found = searcher(payload_icontains(wanted.icontains))
        tests.append(lambda subject: found(subject.payload))
    return tests


def regex_test(source: str) -> PayloadTest:
    """Test for a regular expression anywhere in the payload, which is read as UTF-8."""
    found = bounded_searcher(Pattern(source))
    return lambda subject: found(subject.payload)


def hex_test(wanted: str) -> PayloadTest:
    """Test for bytes anywhere in the payload; `??` is any one."""
    digits = "".join(wanted.split())
    if "?" not in digits:
        part = bytes.fromhex(digits)
        return lambda subject: part in subject.payload
    pairs = (digits[place : place + 2] for place in range(0, len(digits), 2))
    source = "".join("(?s:.)" if pair == "??" else f"\\x{bytes.fromhex(pair).hex()}" for pair in pairs)
    found = bounded_searcher(Pattern(source, raw=True))
    return lambda subject: found(subject.payload)


def bytes_test(wanted: BytesTest | list[BytesTest]) -> PayloadTest:
    """Test for bytes at places."""
    tests = [_bytes_at(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
    return lambda subject: all(test(subject) for test in tests)


def _bytes_at(wanted: BytesTest) -> PayloadTest:
    part = bytes.fromhex(wanted.equals)
    start = wanted.at
    if start >= 0:
        return lambda subject: subject.payload.startswith(part, start)

    def test(subject_bytes: bytes) -> bool:
        place = len(subject_bytes) + start
        return place >= 0 and subject_bytes.startswith(part, place)

    return lambda subject: test(subject.payload)


def size_test(wanted: int | SizeRange) -> PayloadTest:
    """Test the length of the payload."""
    if isinstance(wanted, int):
        return lambda subject: len(subject.payload) == wanted
    fits = in_bounds(wanted)
    return lambda subject: fits(len(subject.payload))


def index_test(wanted: int | Every) -> PayloadTest:
    """Test the place among the messages of the direction."""
    if isinstance(wanted, int):
        return lambda subject: subject.index == wanted
    first, every = wanted.from_, wanted.every
    return lambda subject: subject.index >= first and (subject.index - first) % every == 0


def since_open_test(wanted: DurationRange) -> PayloadTest:
    """Test how long the session has been there."""
    fits = in_bounds(wanted)
    return lambda subject: fits(subject.now - subject.session.opened)


def gap_test(wanted: DurationRange) -> PayloadTest:
    """Test how long ago the message before came in this direction; the first one has none."""
    fits = in_bounds(wanted)
    return lambda subject: subject.gap_ns is not None and fits(subject.gap_ns)


def close_code_test(wanted: int | list[int] | Range) -> PayloadTest:
    """Test the code of a close frame."""
    if isinstance(wanted, Range):
        fits, equals = in_bounds(wanted), wanted.equals

        def in_range(code: int | None) -> bool:
            return code is not None and fits(code) and equals in (None, code)

        return lambda subject: in_range(subject.close_code)
    codes = frozenset([wanted] if isinstance(wanted, int) else wanted)
    return lambda subject: subject.close_code in codes


def tag_test(patterns: str | list[str]) -> PayloadTest:
    """Test the tags of the session, and those that earlier rules gave the message."""
    fits = compile_globs(patterns)
    return lambda subject: any(map(fits, subject.session.tags)) or any(map(fits, subject.tags))


def protocol_test(patterns: str | list[str]) -> PayloadTest:
    """Test what the session's protocol was recognised as, which may come late."""
    fits = compile_globs(patterns)
    return lambda subject: subject.session.protocol is not None and fits(subject.session.protocol)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
