"""Small numbers and words are bound only where chance is no explanation."""

from __future__ import annotations

import pytest

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.binding.contents import contents_of
from wsinspect.replay.binding.issued import Issued, Slot
from wsinspect.replay.binding.naming import traits
from wsinspect.replay.binding.weighing import Weighing


def weighed(path: str, *lines: str, kind: bool = True) -> tuple[list[tuple[int, object, str, int]], str]:
    """Weigh the values of the client at a path: (event, what it follows, where that is, distance), and why."""
    issued = Issued()
    weighing: Weighing | None = None
    for event in recorded(*lines).events:
        contents = contents_of(event.opcode, event.payload)
        if event.direction is Direction.S2C:
            issued.take(event.index, contents)
            continue
        for said in contents.values:
            if traits(said.path).path == path:
                weighing = weighing or Weighing(Slot(contents.kind if kind else "", path))
                weighing.use(event.index, said, contents, issued)
    assert weighing is not None
    followings, why = weighing.verdict(issued)
    return [(one.event, one.place.value, one.place.path, one.offset) for one in followings], why


def test_several_values_of_the_latest_message_are_followed() -> None:
    lines = [
        *('< {"type":"quote","price":5}', '> {"type":"buy","limit":5}'),
        *('< {"type":"quote","price":3}', '> {"type":"buy","limit":3}'),
        *('< {"type":"quote","price":8}', '> {"type":"buy","limit":8}'),
    ]
    followings, why = weighed("$.limit", *lines)
    assert followings == [(1, 5, "$.price", 0), (3, 3, "$.price", 0), (5, 8, "$.price", 0)]
    assert why == "always that of the latest of"
    assert weighed("$.limit", *lines[:4]) == ([], "")


def test_with_the_same_name_two_are_enough() -> None:
    lines = ['< {"nonce":"ab"}', '> {"nonce":"ab"}', '< {"nonce":"cd"}', '> {"nonce":"cd"}']
    assert [following[1] for following in weighed("$.nonce", *lines)[0]] == ["ab", "cd"]


@pytest.mark.parametrize(("first", "second", "offset"), [(8, 4, 1), (6, 2, -1)])
def test_a_number_may_always_be_one_more_or_less(first: int, second: int, offset: int) -> None:
    followings, why = weighed(
        "$.ack", '< {"ack":7}', f'> {{"x":1,"ack":{first}}}', '< {"ack":3}', f'> {{"x":1,"ack":{second}}}'
    )
    assert [following[3] for following in followings] == [offset, offset]
    assert ("more" in why) is (offset == 1)


def test_one_that_does_not_fit_once_was_chance() -> None:
    lines = ['< {"n":5}', '> {"m":5}', '< {"n":3}', '> {"m":3}', '< {"n":8}', '> {"m":9}', '< {"n":2}', '> {"m":2}']
    assert weighed("$.m", *lines) == ([], "")


def test_a_constant_is_not_followed() -> None:
    lines = ['< {"level":5}', '> {"level":5}'] * 5
    assert weighed("$.level", *lines) == ([], "")


def test_our_own_count_is_not_followed() -> None:
    lines = [
        *('< {"type":"hello","seq":0}', '> {"type":"a","seq":1}', '< {"type":"ok","seq":1}'),
        *('> {"type":"a","seq":2}', '< {"type":"ok","seq":2}', '> {"type":"a","seq":3}'),
    ]
    assert weighed("$.seq", *lines) == ([], "")
    assert weighed("$.seq", *lines, kind=False) == ([], "")


def test_a_count_that_goes_on_from_where_it_was_told_to_begin_is() -> None:
    followings, why = weighed("$.seq", '< {"seq":4711}', '> {"seq":4712}', '> {"seq":4713}', '> {"seq":4714}')
    assert followings == [(1, 4711, "$.seq", 1), (2, 4711, "$.seq", 2), (3, 4711, "$.seq", 3)]
    assert why == "counted on from that of"
    assert weighed("$.count", '< {"start":4711}', '> {"count":4711}', '> {"count":4712}')[0]
    assert weighed("$.count", '< {"count":11}', '> {"count":12}', '> {"count":13}')[0]
    assert weighed("$.seq", '< {"seq":4711}', '> {"seq":4712}')[0]


@pytest.mark.parametrize(
    "lines",
    [
        ['< {"start":11}', '> {"seq":12}', '> {"seq":13}'],
        ['< {"start":4711}', '> {"seq":4712}'],
        ['< {"seq":11}', '> {"seq":12}'],
        ['< {"seq":4711}', '> {"seq":4710}', '> {"seq":4711}', '> {"seq":4712}'],
        ['< {"a":1}', '> {"seq":1}'],
    ],
)
def test_other_counts_are_not(lines: list[str]) -> None:
    assert weighed("$.seq", *lines)[1] != "counted on from that of"


def test_the_name_of_an_id_is_enough() -> None:
    followings, why = weighed("$.order_id", '< {"order":{"id":17}}', '> {"order_id":17}', '> {"order_id":23}')
    assert followings == [(1, 17, "$.order.id", 0)]
    assert why == "the same by value and name as in"


def test_but_not_if_we_said_it_first() -> None:
    assert weighed("$.ref", '> {"a":1,"ref":17}', '< {"ref":17}', '> {"a":1,"ref":17}', '< {"ref":9}') == ([], "")
    assert weighed("$.ref", '> {"ref":"a"}', '< {"b":"a"}', '> {"ref":"a"}') == ([], "")


def test_a_count_of_ours_that_runs_beside_one_of_theirs_is_ours() -> None:
    ticks = [f'< {{"type":"tick","seq":{number}}}' for number in range(20)]
    assert weighed("$.seq", *ticks, '> {"seq":1}', '> {"seq":2}', '> {"seq":3}') == ([], "")


def test_but_each_of_theirs_may_be_acknowledged() -> None:
    ticks = [f'< {{"type":"tick","seq":{number}}}' for number in (1, 2, 3)]
    followings, _ = weighed("$.seq", *ticks, '> {"seq":1}', '> {"seq":2}', '> {"seq":3}')
    assert [following[0] for following in followings] == [3, 4, 5]
    assert weighed("$.seq", *ticks[:2], '> {"seq":1}', '> {"seq":2}', '> {"seq":3}') == ([], "")


def test_a_reply_has_the_number_of_the_request() -> None:
    lines = ['> {"id":1,"method":"a"}', '< {"id":1,"method":"b"}', '< {"id":2,"method":"c"}', '> {"id":2,"result":0}']
    followings, why = weighed("$.id", *lines[1:])
    assert followings == [(2, 2, "$.id", 0)]
    assert why == "the number of the request"
    assert weighed("$.id", *lines[:2]) == ([], "")


def test_of_many_candidates_some_are_kept() -> None:
    every = ",".join(f'"n{number}":7' for number in range(50))
    assert weighed("$.m", f"< {{{every}}}", '> {"m":7}') == ([], "")


def test_what_cannot_follow_any_more_is_not_gathered() -> None:
    assert weighed("$.word", '> {"word":"a"}', '< {"w":"b"}', '> {"word":"b"}') == ([], "")
