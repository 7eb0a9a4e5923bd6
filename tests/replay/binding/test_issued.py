"""What the other side has said so far."""

from __future__ import annotations

import pytest

from wsinspect.replay.binding.bound import HANDSHAKE, Place
from wsinspect.replay.binding.contents import contents_of
from wsinspect.replay.binding.issued import MOST_PLACES, Issued, Normal, Slot, asked_key, normal, spans_of
from wsinspect.replay.leaves import Scalar
from wsinspect.wire.opcodes import Opcode


def heard(*messages: str, issued: Issued | None = None) -> Issued:
    issued = issued or Issued()
    for event, message in enumerate(messages):
        issued.take(event, contents_of(Opcode.TEXT, message.encode()))
    return issued


@pytest.mark.parametrize(
    ("value", "as_compared"), [("12", 12), ("0", 0), ("012", "012"), ("1" * 19, "1" * 19), ("²", "²"), (1.5, 1.5)]
)
def test_a_number_is_the_same_as_a_text_of_it(value: Scalar, as_compared: Normal) -> None:
    assert normal(value) == as_compared


def test_telling_values_are_known_with_all_their_places() -> None:
    issued = heard('{"token":"a8f7d6e5"}', '{"auth":"Bearer a8f7d6e5"}')
    issue = issued.telling["a8f7d6e5"]
    assert issue.slot == Slot("{token}", "$.token")
    assert [(place.event, place.path, place.around is None) for place in issue.places] == [
        (0, "$.token", True),
        (1, "$.auth", False),
    ]


def test_not_all_places_of_a_value_are_remembered() -> None:
    issued = heard(*['{"token":"a8f7d6e5"}'] * (MOST_PLACES + 5))
    assert len(issued.telling["a8f7d6e5"].places) == MOST_PLACES


def test_what_we_said_first_is_not_issued() -> None:
    issued = Issued(own={"a8f7d6e5"}, own_named={("seq", 7)})
    heard('{"token":"a8f7d6e5","seq":7,"ref":8}', issued=issued)
    assert issued.telling == {}
    assert list(issued.named) == [("ref", 8)]
    assert [slot.path for slot, _ in issued.following(8)] == ["$.ref"]
    assert list(issued.following(7)) == []


def test_values_of_ids_are_known_by_name() -> None:
    issued = heard('{"order":{"id":17},"room_id":"lobby","name":"x"}', '{"order":{"id":17},"status_id":""}')
    assert issued.named == {
        ("orderid", 17): (Slot("{order, status_id}", "$.order.id"), Place(1, "$.order.id", 17)),
        ("roomid", "lobby"): (Slot("{order, room_id, name}", "$.room_id"), Place(0, "$.room_id", "lobby")),
    }
    assert issued.counts == {"orderid": 1, "roomid": 1}


def test_a_word_in_a_list_is_a_choice() -> None:
    issued = heard('{"items":[{"id":"red"},{"id":7}]}')
    assert list(issued.named) == [("itemid", 7)]


def test_the_number_of_a_request_is_known_as_that_and_that_of_a_reply_is_ours() -> None:
    issued = heard('{"id":1,"method":"a"}', '{"id":2,"result":3}')
    assert list(issued.named) == [(asked_key("$.id"), 1)]
    assert [slot.path for slot, _ in issued.following(3)] == ["$.result"]
    assert list(issued.following(1)) == list(issued.following(2)) == []


def test_only_the_latest_message_of_a_kind_counts() -> None:
    issued = heard('{"type":"a","n":1}', '{"type":"b","n":"5"}', '{"type":"a","n":3,"on":true}')
    assert list(issued.following(1)) == []
    assert list(issued.following(3)) == [(Slot("a", "$.n"), Place(2, "$.n", 3))]
    assert list(issued.following(5)) == [(Slot("b", "$.n"), Place(1, "$.n", "5"))]
    assert list(issued.following("a")) == []
    assert issued.place_in(Slot("a", "$.n"), 3) == Place(2, "$.n", 3)
    assert issued.place_in(Slot("a", "$.m"), 3) is None
    assert issued.place_in(Slot("a", "$.n"), 4) is None


def test_a_place_whose_value_is_ours_is_not_followed() -> None:
    issued = heard('{"type":"a","seq":1}')
    assert issued.place_in(Slot("a", "$.seq"), 1) is not None
    issued.own_named.add(("seq", 1))
    assert issued.place_in(Slot("a", "$.seq"), 1) is None


def test_of_a_head_only_telling_values_count() -> None:
    issued = Issued()
    issued.take(HANDSHAKE, contents_of(Opcode.TEXT, b'{"sid":"a8f7d6e5","id":7}'))
    assert list(issued.telling) == ["a8f7d6e5"]
    assert issued.named == {}
    assert list(issued.following(7)) == []


def test_of_very_many_kinds_the_first_are_remembered() -> None:
    issued = heard(*(f'{{"type":"kind-{number}","n":{number}}}' for number in range(300)))
    assert list(issued.following(10))
    assert not list(issued.following(299))


def test_pieces_are_looked_up_from_the_longest_on() -> None:
    assert [piece for _, piece in spans_of("u?token=a8f7d6e5%2Fb&sid=c8f7d6e5f4a3&v=hello1")] == [
        "a8f7d6e5%2Fb",
        "c8f7d6e5f4a3",
    ]
