"""XML and HTML as written: nothing expanded, nothing repaired; and what is neither."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.building import CUT, NOT_READ_ON
from wsinspect.decode.source import Source
from wsinspect.decode.tree import DEEPEST, Kind, Node, Structure
from wsinspect.decode.xml_text import CDATA, SELF_CLOSING, VOID, read_xml


def read(data: bytes, *, size: int = 0, nodes: int = 20_000) -> Structure | None:
    return read_xml(Source(data, max(size, len(data)), nodes))


def known(data: bytes, *, size: int = 0) -> Structure:
    found = read(data, size=size)
    assert found is not None
    return found


def written(node: Node) -> str:
    """Write a tree as it may have been read."""
    if node.kind is not Kind.ELEMENT:
        assert isinstance(node.value, str)
        return f"<![CDATA[{node.value}]]>" if node.label == CDATA else node.value
    attributes = [child for child in node.children if child.kind is Kind.ATTRIBUTE]
    head = "".join(f" {each.key}" if each.value is None else f" {each.key}={written(each)}" for each in attributes)
    inside = "".join(map(written, node.children[len(attributes) :]))
    if node.label == SELF_CLOSING:
        return f"<{node.key}{head}/>"
    return f"<{node.key}{head}>{inside}" + ("" if node.label == VOID else f"</{node.key}>")


@pytest.mark.parametrize(
    "text",
    [
        "<a/>",
        "<a><b>1</b><b>2</b></a>",
        "<a x=\"1\" y='<2>'>t &amp; x &#x41;<!-- no -> comment -- --><![CDATA[<z>]]]></a>",
        '<s:Envelope xmlns:s="urn:x"><s:Body><é-1.x>ü</é-1.x></s:Body></s:Envelope>',
        "<a><?php echo '?' ?></a>",
    ],
)
def test_xml_is_read_as_written(text: str) -> None:
    found = known(text.encode())
    assert (found.format, found.sure, found.remarks) == ("XML", True, ())
    assert written(found.root) == text
    assert (found.root.start, found.root.end) == (0, len(text.encode()))


def test_a_declaration_comes_before_the_root() -> None:
    root = known(b'\xef\xbb\xbf<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "x>y">\n<!-- c --><a/>\n').root
    assert [(node.kind, node.value) for node in root.children] == [
        (Kind.INSTRUCTION, '<?xml version="1.0"?>'),
        (Kind.INSTRUCTION, '<!DOCTYPE a SYSTEM "x>y">'),
        (Kind.COMMENT, "<!-- c -->"),
        (Kind.ELEMENT, None),
    ]


def test_entities_are_never_expanded() -> None:
    subset = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    subset += '<!-- it\'s ]> --><!ENTITY x SYSTEM "file:///etc/passwd">'
    found = known(f'<!DOCTYPE l [<!ENTITY l0 "lol">{subset}]><l a="&l9;">&l9;&x;</l>'.encode())
    assert found.sure
    assert written(found.root.children[1]) == '<l a="&l9;">&l9;&x;</l>'


def test_offsets_lead_to_what_was_read() -> None:
    data = '<a é="ü">tëxt</a>'.encode()
    attribute, text = known(data).root.children
    assert data[attribute.start : attribute.end].decode() == 'é="ü"'
    assert data[text.start : text.end].decode() == "tëxt"


def test_html_needs_no_end_tags() -> None:
    found = known(
        b"<!doctype HTML><html><body><P>1 < 2<br>x</ul><ul><li>a<li>b</UL>"
        b"<script>if (a<b) '</p>'</script><input disabled value=a/b></body>"
    )
    assert (found.format, found.sure, found.remarks) == ("HTML", False, ())
    assert written(found.root.children[1]) == (
        "<html><body><P>1 < 2<br>x<ul><li>a<li>b</li></li></ul>"
        "<script>if (a<b) '</p>'</script><input disabled value=a/b></P></body></html>"
    )


def test_pieces_of_html_may_follow_each_other() -> None:
    found = known(b'<div id="x"><img src="y"></div>\n<span>ok</span><script></script>')
    assert (found.format, found.sure) == ("HTML", True)
    assert [node.key for node in found.root.children] == ["div", "span", "script"]


def test_text_beside_elements_is_less_sure() -> None:
    found = known(b"<b>bold</b> and more")
    assert (found.format, found.sure, len(found.root.children)) == ("XML", False, 2)


@pytest.mark.parametrize(
    ("payload", "remark"),
    [
        (b"<a><b>1</b><c>2</a>", "It is no XML from byte 15 on."),
        (b"<a><b>1</b></c></a>", "It is no XML from byte 11 on."),
        (b"<a><b>1</b><c x=></a>", "It is no XML from byte 11 on."),
        (b"<a><b>1</b><c", "It ends before the XML does."),
        (b"<a><b>1</b>", "It ends before the XML does."),
    ],
)
def test_broken_xml_is_read_as_far_as_it_goes(payload: bytes, remark: str) -> None:
    found = known(payload)
    assert not found.sure
    assert found.remarks == (remark,)
    assert found.root.children[0].key == "b"


@pytest.mark.parametrize(
    ("payload", "rest"),
    [
        (b"<a><b>1</b><c x='1", "<c x='1"),
        (b'<a><b>1</b><c x="1" y="', '<c x="1" y="'),
        (b"<a><b>1</b><c x=", "<c x="),
        (b"<a><b>1</b><c x /", "<c x /"),
        (b"<a><b>1</b></", "</"),
        (b"<a><b>1</b><!-- com", "<!-- com"),
        (b"<a><b>1</b><![CDATA[x\xc3", "<![CDATA[x"),
    ],
)
def test_a_payload_may_be_cut(payload: bytes, rest: str) -> None:
    found = known(payload, size=100)
    assert found.sure
    assert found.remarks == (f"Read were the first {len(payload)} of 100 bytes.",)
    assert found.root.remark == NOT_READ_ON
    assert (found.root.children[-1].value, found.root.children[-1].remark) == (rest, CUT)


def test_a_cut_leaves_html_open() -> None:
    found = known(b"<div><p>one</p><p>two", size=100)
    assert found.sure
    assert found.root.children[1].remark == NOT_READ_ON


@pytest.mark.parametrize(
    "payload",
    [
        *(
            b"",
            b"hello",
            b"<3 you",
            b"<nick> hello there",
            b"<!-- only -->",
            b"<?xml version='1.0'?>",
            b"a<b>c</b>",
            b"< a>",
        ),
        *(b"<a", b"<a><b", b"<a \xff='1'/>", b'{"a":"<b/>"}', b"<a></b>", b"<<a/>"),
    ],
)
def test_what_is_no_markup_is_left_alone(payload: bytes) -> None:
    assert read(payload) is None


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<&\r"), min_size=1).filter(str.strip)
names = st.from_regex(r"[a-z]{1,8}x", fullmatch=True)
elements = st.recursive(
    names.map("<{0}/>".format) | st.tuples(names, texts).map(lambda pair: "<{0} t='1'>{1}</{0}>".format(*pair)),
    lambda inner: st.tuples(names, st.lists(inner, min_size=1)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
)


@given(elements)
def test_any_document_is_read_as_written(text: str) -> None:
    found = known(text.encode())
    assert found.sure
    assert written(found.root) == text


@given(st.text(alphabet="<>/!?-[]\"'=&; abdivpCDT").map(str.encode) | st.binary(), st.integers(0, 3), st.integers(1, 9))
def test_arbitrary_bytes_are_read_or_not(data: bytes, more: int, nodes: int) -> None:
    for start in (b"", b"<a>", b"<div>", b"<!DOCTYPE a ["):
        read(start + data, size=len(start + data) + more, nodes=nodes)


HOSTILE = {
    "deep": b"<a>" * 300_000,
    "ends of nothing": b"<div>" * 100_000 + b"</p>" * 100_000,
    "many attributes": b"<a " + b'b="1" ' * 100_000 + b"/>",
    "open quotes": b"<p>" + b"<i x='" * 100_000,
    "a long comment": b"<a><!--" + b"-" * 1_000_000,
    "no names": b"<a>" + b"<" * 1_000_000,
    "open quotes in a declaration": b"<!D[" + b"<!ENTITY '" * 90_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_ends(name: str) -> None:
    found = read(HOSTILE[name])
    levels = 0
    node = None if found is None else found.root
    while node is not None and node.children:
        node = node.children[-1]
        levels += 1
    assert levels <= DEEPEST


def test_text_is_kept_as_html_has_it() -> None:
    assert known(f"<p>{html.escape('<>&')}</p>".encode()).root.children[0].value == "&lt;&gt;&amp;"
