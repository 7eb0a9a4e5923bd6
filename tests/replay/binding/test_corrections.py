"""What users ask for about bindings."""

from __future__ import annotations

import pytest

from tests.replay.recordings import recorded
from wsinspect.errors import WsinspectError
from wsinspect.model import Direction
from wsinspect.replay.binding.bindings import find_bindings
from wsinspect.replay.binding.bound import Binding, Origin, Use
from wsinspect.replay.binding.corrections import Rebind, corrected, parse_rebind
from wsinspect.replay.binding.pieces import Span


@pytest.mark.parametrize(
    ("text", "rebind"),
    [
        ("seq=result.seq", Rebind("seq", "result.seq")),
        (" $.a = $.b[0] ", Rebind("$.a", "$.b[0]")),
        ("$['a=b']=$['c d']", Rebind("$['a=b']", "$['c d']")),
        ("nonce={{ uuid() }}", Rebind("nonce", template="{{ uuid() }}")),
        ("a=x-{{ 1 }}-{{ 2 }}", Rebind("a", template="x-{{ 1 }}-{{ 2 }}")),
        ("it's=b", Rebind("it's", "b")),
    ],
)
def test_a_rebind_is_read(text: str, rebind: Rebind) -> None:
    assert parse_rebind(text) == rebind


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("seq", "there is no '=' in it"),
        ("['seq=5", "there is no '=' in it"),
        ("=b", "no path before the '='"),
        ("a=", "nothing behind the '='"),
        ("a]=b", "a bracket of the path 'a]' has no partner"),
        ("a=b[0", "a bracket of the path 'b[0' has no partner"),
        ("a=b c", "there is a space in the path 'b c'"),
        ("a={{ x", "a '{{' or '}}' of its template has no partner"),
        ("a=x }}", "a '{{' or '}}' of its template has no partner"),
    ],
)
def test_one_that_cannot_be_read_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(WsinspectError) as raised:
        parse_rebind(text)
    assert why in raised.value.message
    assert raised.value.where == "--rebind"
    assert raised.value.hint


TALK = (
    '< {"type":"hello","session":"s1","token":"a8f7d6e5","n":7}',
    '> {"type":"a","session":"s1","who":"user:s1","token":"a8f7d6e5","m":9,"x":"","on":true}',
    '< {"type":"next","n":20}',
    '> {"type":"b","m":22,"token":"a8f7d6e5"}',
)


def asked(*rebinds: str, ignore: tuple[str, ...] = ()) -> tuple[list[Binding], list[str]]:
    recording = recorded(*TALK)
    found = find_bindings(recording, Direction.C2S).found
    return corrected(recording, Direction.C2S, found, [parse_rebind(text) for text in rebinds], ignore)


def test_ours_follow_the_latest_of_theirs_with_the_same_distance() -> None:
    bindings, remarks = asked("m=n")
    assert bindings[0].name == "m"
    assert bindings[0].origin is Origin.ASKED
    assert bindings[0].uses == (
        Use(1, "$.m", 9, 7, 0, offset=2),
        Use(3, "$.m", 22, 20, 2, offset=2),
    )
    assert [place.value for place in bindings[0].issued] == [7, 20]
    assert remarks == []


def test_ours_may_hold_theirs() -> None:
    [(use,)] = [binding.uses for binding in asked("who=session")[0] if binding.name == "who"]
    assert (use.value, use.span) == ("s1", Span(5, 7))


@pytest.mark.parametrize("ours", ["on", "x", "session"])
def test_else_ours_is_replaced_as_a_whole(ours: str) -> None:
    [(use,)] = [binding.uses for binding in asked(f"{ours}=session")[0] if binding.name == ours]
    assert (use.span, use.offset) == (None, 0)


def test_ours_may_come_from_a_template() -> None:
    binding = asked("m={{ 5 }}")[0][0]
    assert binding.template == "{{ 5 }}"
    assert [use.issued for use in binding.uses] == [None, None]
    assert binding.evidence == "as asked: m={{ 5 }}"


def test_what_is_asked_goes_before_what_was_found() -> None:
    bindings, _ = asked("token={{ 5 }}")
    assert [binding.origin for binding in bindings if any(use.path == "$.token" for use in binding.uses)] == [
        Origin.ASKED
    ]


@pytest.mark.parametrize(("ignore", "left"), [("token", set()), ("$.n", {"$.token"}), ("other", {"$.token"})])
def test_what_is_ignored_stays(ignore: str, left: set[str]) -> None:
    bindings, _ = asked(ignore=(ignore, "session"))
    assert {use.path for binding in bindings for use in binding.uses} == left


def test_a_value_whose_source_is_ignored_stays() -> None:
    recording = recorded('< {"secret":"a8f7d6e5"}', '> {"auth":"a8f7d6e5"}')
    assert find_bindings(recording, Direction.C2S).found
    assert not find_bindings(recording, Direction.C2S, ignore=["secret"]).found


@pytest.mark.parametrize(
    ("rebind", "remark"),
    [
        ("nothing=n", "none of our messages has a value at 'nothing'"),
        ("m=nothing", "no message of the other side has a value at 'nothing'"),
        ("m={{ 1 }}", None),
    ],
)
def test_what_cannot_be_done_is_said(rebind: str, remark: str | None) -> None:
    assert asked(rebind)[1] == ([f"--rebind '{rebind}': {remark}"] if remark else [])


def test_what_comes_too_late_is_said() -> None:
    recording = recorded('> {"a":1}', '< {"b":1}')
    remarks = find_bindings(recording, Direction.C2S, rebind=[Rebind("a", "b")]).remarks
    assert remarks == ("--rebind 'a=b': all of ours at 'a' came before the first of 'b'",)
    remarks = find_bindings(recording, Direction.C2S, rebind=[Rebind("c", template="x", option="--set")]).remarks
    assert remarks == ("--set 'c=x': none of our messages has a value at 'c'",)
