"""Structures laid out for people: lines as the format writes them, everything harmless, cuts that are said."""

from __future__ import annotations

import gzip
import itertools
import json

import cbor2
import msgpack  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode import structure
from wsinspect.present.structure import structure_lines, structure_title


def plain(payload: bytes, *, of_text: bool = True, size: int | None = None, most: int = 10_000) -> list[str]:
    found = structure(payload, of_text=of_text, size=size)
    assert found is not None
    return ["".join(text for text, _ in line) for line in structure_lines(found, most=most)]


def test_json_is_laid_out_with_every_token_as_written() -> None:
    assert plain(b'42["price",{"a":1.50,"a" : {}, "b":[ ],"c":"\\u0041"}]') == [
        *(
            "42[",
            '  "price",',
            "  {",
            '    "a": 1.50,',
            '    "a": {},',
            '    "b": [],',
            '    "c": "\\u0041"',
            "  }",
            "]",
        ),
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(st.lists(json_values) | st.dictionaries(st.text(), json_values))
def test_laid_out_json_says_the_same(value: object) -> None:
    assert json.loads("\n".join(plain(json.dumps(value).encode()))) == value


@pytest.mark.parametrize(
    ("payload", "lines"),
    [
        (b'{"a":1}\n{"b":2}', ["{", '  "a": 1', "}", "{", '  "b": 2', "}"]),
        (b"a=1&b=x%20y", ["{", '  "a": "1",', '  "b": "x y"', "}"]),
        (b'"a \\"b\\""', ['"a \\"b\\""']),
        (b'{"a":1,"b":tru}', ["{", '  "a": 1', "\u2026", "\u2026 It is no JSON from byte 11 on."]),
    ],
)
def test_other_shapes_are_laid_out_too(payload: bytes, lines: list[str]) -> None:
    assert plain(payload) == lines


def test_what_was_cut_has_no_end() -> None:
    assert plain(b'{"a":[1,{"b":"cu', size=1000) == [
        *("{", '  "a": [', "    1,", "    {", '      "b": "cu  \u2014 cut', "\u2026"),
        "\u2026 Read were the first 16 of 1,000 bytes.",
    ]
    assert plain(b'{"a":1,"b":[', size=1000) == [
        "{",
        '  "a": 1,',
        '  "b": [\u2026]',
        "\u2026 Read were the first 12 of 1,000 bytes.",
    ]


def test_what_is_too_deep_is_said() -> None:
    lines = plain(b"[" * 140 + b"1" + b"]" * 140)
    assert lines[128] == "  " * 128 + "[\u2026]  \u2014 nested deeper than 128 levels: not shown"
    assert lines[-1] == "]"
    assert len(lines) == 257


def test_what_json_lacks_is_spelled_out() -> None:
    packed = msgpack.packb({"raw": b"\x00\xff", "ext": msgpack.ExtType(5, b"ab"), "at": msgpack.Timestamp(0), 3: "x"})
    assert plain(packed, of_text=False) == [
        *("{", "  \"raw\": h'00ff',", "  \"ext\": ext(5, h'6162'),", '  "at": 1970-01-01T00:00:00Z,', '  3: "x"', "}"),
    ]
    encoded = cbor2.dumps(
        {"uri": cbor2.CBORTag(32, "http://x"), "ratio": cbor2.CBORTag(30, [1, 3]), "no": cbor2.undefined}
    )
    assert plain(encoded, of_text=False) == [
        *("{", '  "uri": 32("http://x"),  \u2014 an address', '  "ratio": 30([', "    1,", "    3", "  ]),"),
        *('  "no": undefined', "}"),
    ]


def test_fields_of_protobuf_tell_their_type() -> None:
    payload = b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x0bhello world\x1a\x06\x08\x01\x12\x02hi"
    assert plain(payload, of_text=False) == [
        *(
            "{  \u2014 message",
            "  1: 18446744073709551615,  \u2014 varint, as int64 -1",
            '  2: "hello world",  \u2014 string',
        ),
        *("  3: {  \u2014 message", "    1: 1,  \u2014 varint", '    2: "hi"  \u2014 string', "  }", "}"),
    ]


def test_xml_is_indented() -> None:
    payload = (
        b'<?xml version="1.0"?>\n<!-- one\n  two -->\n<a x="1" y>\n  <b>t&amp;x</b> <c/><d></d><e>\n</e>some\n '
        b"  longer text<![CDATA[<z>]]><f>" + b"x" * 100 + b"</f></a>"
    )
    assert plain(payload) == [
        *('<?xml version="1.0"?>', "<!-- one", "two -->", '<a x="1" y>', "  <b>t&amp;x</b>", "  <c/>", "  <d></d>"),
        *("  <e></e>", "  some", "  longer text", "  <![CDATA[<z>]]>", "  <f>", "    " + "x" * 100, "  </f>", "</a>"),
    ]


def test_html_is_indented() -> None:
    assert plain(b"<div><br><p>a</div>") == ["<div>", "  <br>", "  <p>a</p>", "</div>"]


def test_markup_may_be_cut() -> None:
    lines = ["<a>", "  <b>1</b>", "  <c x='  \u2014 cut", "\u2026", "\u2026 Read were the first 17 of 99 bytes."]
    assert plain(b"<a><b>1</b><c x='", size=99) == lines
    assert plain(b"<a>", size=99) == ["<a>\u2026", "\u2026 Read were the first 3 of 99 bytes."]
    assert (
        plain(b"<a>" * 140 + b"</a>" * 140)[128]
        == "  " * 128 + "<a></a>  \u2014 nested deeper than 128 levels: not shown"
    )


def test_many_attributes_are_cut() -> None:
    (line,) = plain(b"<a " + b"b='1' " * 1234 + b"/>")
    assert line.count("b='1'") == 100
    assert line.endswith(" \u2026 +1,134/>")


def test_long_values_are_cut() -> None:
    assert plain(b'{"abcdefgh":"0123456789"}', most=4) == ["{", '  "abc\u2026 +6: "012\u2026 +8', "}"]
    assert plain(b"<a>0123456789</a>", most=4) == ["<a>0123\u2026 +6</a>"]
    assert plain(b"<a>0123\n56789</a>", most=4) == ["<a>", "  0123\u2026 +6", "</a>"]
    assert plain(b"<a>    56789\n</a>", most=4) == ["<a>", "  \u2026 +6", "</a>"]
    assert plain(msgpack.packb(["there is no doubt", bytes(10)]), of_text=False, most=6)[2] == "  h'000000\u2026 +7'"


def test_compressed_content_is_shown() -> None:
    found = structure(gzip.compress(b'{"a":1}'), of_text=False)
    assert found is not None
    assert structure_title(found) == "JSON in gzip"
    assert plain(gzip.compress(b" two\nlines"), of_text=False) == [" two", "lines"]
    assert plain(gzip.compress(b"\x00\xff"), of_text=False)[0].startswith("00000000  00 ff")


def test_titles_name_the_format() -> None:
    found = structure(b"[1]", of_text=True)
    assert found is not None
    assert structure_title(found) == "JSON"


def test_lines_are_made_as_they_are_asked_for() -> None:
    found = structure(b"[" + b"[]," * 100_000, of_text=True)
    assert found is not None
    assert len(list(itertools.islice(structure_lines(found), 5))) == 5


NASTY = "\x1b[31m\u202e\x00\u2066[bold]"


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps({NASTY: [NASTY]}, ensure_ascii=False).replace("\\u0000", "\x7f").replace("\\u001b", "\x9b").encode(),
        f'<a><!--{NASTY}--><b \u202e="{NASTY}">{NASTY}</b><?{NASTY}?><![CDATA[{NASTY}]]></a>'.encode(),
        msgpack.packb({"there is no doubt": NASTY, NASTY: msgpack.ExtType(5, NASTY.encode())}),
        cbor2.dumps(["there is no doubt", {NASTY: cbor2.CBORTag(32, NASTY)}]),
        b"\x0a\x10there is no room\x12\x08" + "\x1b[31m\u202e".encode(),
        b"a=%1b%00&%e2%80%ae=1",
        b'\xe2\x80\xae\xc2\x9b{"a":1}',
        gzip.compress("\u202ehello".encode()),
    ],
)
def test_what_peers_say_is_harmless(payload: bytes) -> None:
    assert all(line.isprintable() for line in plain(payload, of_text=False))


@given(
    st.sampled_from([b"<div>", b"<a><b> ", b"{", b"[1,", b"\x93\xb1there is no doubt", b"\x83\x71there is no doubt"]),
    st.binary(),
)
def test_whatever_was_found_is_laid_out(start: bytes, rest: bytes) -> None:
    payload = start + rest
    for more, most in ((0, 1), (0, 100), (9, 2)):
        found = structure(payload, of_text=False, size=len(payload) + more)
        for line in () if found is None else structure_lines(found, most=most):
            assert "".join(text for text, _ in line).isprintable()
