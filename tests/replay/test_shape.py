"""What messages are, apart from their values."""

from __future__ import annotations

import pytest

from wsinspect.replay.leaves import layout
from wsinspect.replay.shape import ALIKE, Shape, likeness, may_name, shape_of


def shape(text: str | bytes) -> Shape:
    payload = text.encode() if isinstance(text, str) else text
    return shape_of(1 if isinstance(text, str) else 2, layout(payload, of_text=isinstance(text, str)))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"type":"tick","n":1}', "tick"),
        ('{"type":"event","event":"price"}', "event price"),
        ('{"id":1,"method":"login"}', "login"),
        ('{"op":10,"d":{"type":"x"}}', "op 10"),
        ('{"type":true}', ""),
        ('{"type":300}', ""),
        ('{"type":"two words"}', ""),
        ('{"type":"0a1b2c3d4e5f60718293"}', ""),
        ('{"t":"READY","d":1}', "READY"),
        ('{"t":17,"d":1}', ""),
        ('{"id":1,"result":{"price":1}}', ""),
        ('{"header":{"type":"hello"},"x":1}', "hello"),
        ('["price",{"id":7}]', "price"),
        ('42["price",{"id":7}]', "price"),
        ('[48,1234,{},"sum"]', "event 48"),
        ("[1,2,3]", ""),
        ('[null,"2","room:1","phx_reply",{}]', "phx_reply"),
        ('["1","2","room:1","phx_reply"]', "phx_reply"),
        ('[["a"],1]', ""),
        ('[{"type":"inner"}]', "inner"),
        ("hello", ""),
        ("{}", ""),
    ],
)
def test_messages_that_say_what_they_are_have_a_name(text: str, name: str) -> None:
    assert shape(text).name == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type":"tick","n":1}', "tick"),
        ('42["price",1]', "42 price"),
        ('{"id":1,"result":{"a":1,"b":2},"x":[{"y":1}],"z":null}', "{id, result.a, result.b, x[*].y, …}"),
        ('0{"sid":"a"}', "0 {sid}"),
        ("2", "text 2"),
        ("order 17 is ready", "text is order ready"),
        (b"WSI\x00", "bytes WSI"),
        (b"\x00\x01", "bytes"),
    ],
)
def test_people_read_what_a_message_is(text: str | bytes, words: str) -> None:
    assert str(shape(text)) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"type":"tick","n":1}', '{"n":2,"type":"tick"}'),
        ('{"a":1}', '{"a":2.5}'),
        ('{"a":[{"b":1}]}', '{"a":[{"b":1},{"b":2}]}'),
        ("order 17 of 3", "order 4 of 100"),
        (b"ACK\x00\x00", b"ACK\x01\x02"),
        (b"\x00", b"\x01"),
    ],
)
def test_messages_that_differ_in_values_have_one_shape(one: str | bytes, other: str | bytes) -> None:
    assert shape(one) == shape(other)
    assert likeness(shape(one), shape(other)) == 1.0


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ('{"type":"tick","n":1}', '{"type":"tick","m":1,"o":2,"p":3}', True),
        ('{"type":"tick","n":1}', '{"type":"tack","n":1}', False),
        ('{"id":1,"a":1,"b":1}', '{"id":1,"a":1,"c":{}}', True),
        ('{"id":1,"result":{"token":"x","user":"y"}}', '{"id":1,"error":{"code":1,"message":"y"}}', False),
        ('{"a":"x"}', '{"a":null}', False),
        ('{"a":1}', "text", False),
        ('42["a"]', '43["a"]', False),
        ("2", "3", False),
        ("one two red", "one two blue", True),
        ("hello", "good bye", False),
        (b"ACK\x00", b"NAK\x00", False),
    ],
)
def test_likeness(one: str | bytes, other: str | bytes, *, alike: bool) -> None:
    there, back = likeness(shape(one), shape(other)), likeness(shape(other), shape(one))
    assert there == back
    assert (there >= ALIKE) is alike
    assert 0 <= there < 1


@pytest.mark.parametrize(
    ("path", "may"),
    [("$.type", True), ("$.T", True), ("$.meta.event", True), ("$[0]", True), ("$[3]", True), ("$.price", False),
     ("$.a.price", False), ("$[2]", False), ("$.a.b.type", False), ("@0", False)],
)  # fmt: skip
def test_few_values_may_be_part_of_a_name(path: str, may: bool) -> None:
    assert may_name(path) is may
