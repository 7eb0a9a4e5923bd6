"""A recording that is sent again by hand."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from tests.replay.recordings import T0, recorded
from wsinspect.model import Direction, HttpHead
from wsinspect.replay.performing import Act, SendClose, SendMessage
from wsinspect.replay.recording import Event
from wsinspect.replay.repeating.repeated import Stage
from wsinspect.replay.repeating.repeater import PATIENCE_NS, Repeater
from wsinspect.replay.repeating.standing import READ_BYTES, Standing
from wsinspect.wire.frames import encode_close
from wsinspect.wire.opcodes import Opcode

NOW = T0 + 10**12
SHOP = recorded(
    '< {"type":"hello"}',
    '> {"method":"login","id":1}',
    '< {"id":1,"result":{"token":"abc"}}',
    '> {"method":"price","id":2,"token":"abc"}',
    '< {"id":2,"result":{"price":24.5}}',
    '< {"type":"news","text":"sale"}',
    '> {"method":"bye","id":3}',
)


class Values:
    """Puts the latest token in place of the recorded one."""

    def __init__(self) -> None:
        self.token = b"abc"
        self.events: list[int] = []
        self.latest: list[bool] = []

    def opened(self, head: HttpHead | None) -> None:
        self.head = head

    def heard(self, event: Event, opcode: int, payload: bytes) -> None:
        self.events.append(event.index)
        if b"token" in payload:
            self.token = payload.partition(b'token":"')[2].partition(b'"')[0]

    def written(self, event: Event, now: int, *, latest: bool = False) -> bytes:
        self.latest.append(latest)
        return event.payload.replace(b"abc", self.token)

    def needs(self, event: Event) -> Collection[int]:
        return ()


def repeater() -> Repeater:
    return Repeater(SHOP, Values)


def acts(of: Repeater, now: int = NOW) -> list[Act]:
    found = []
    while (act := of.next(now)) is not None:
        found.append(act)
    return found


def sent(of: Repeater, now: int = NOW) -> list[str]:
    return [act.payload.decode() for act in acts(of, now) if isinstance(act, SendMessage)]


def hear(of: Repeater, text: str, now: int = NOW) -> None:
    of.heard(Opcode.TEXT, text.encode(), now)


def test_each_message_has_what_came_back_upon_it() -> None:
    shop = repeater()
    assert [event.number for event in shop.opening_recorded] == [1]
    assert [[event.number for event in line.recorded] for line in shop.lines] == [[3], [5, 6], []]
    assert [line.payload for line in shop.lines] == [event.payload for event in SHOP.messages(Direction.C2S)]
    assert {line.stage for line in shop.lines} == {Stage.NEW}
    assert shop.recording is SHOP


def test_one_message_goes_at_once() -> None:
    shop = repeater()
    assert sent(shop) == []
    shop.send(shop.lines[2:])
    assert [line.stage for line in shop.lines] == [Stage.NEW, Stage.NEW, Stage.QUEUED]
    assert sent(shop) == ['{"method":"bye","id":3}']
    assert [line.stage for line in shop.lines] == [Stage.NEW, Stage.NEW, Stage.SENT]
    assert shop.lines[2].sent_at == NOW


def test_several_wait_for_the_answers_that_they_had() -> None:
    shop = repeater()
    told = []
    shop.on_change = lambda: told.append(1)
    shop.send(shop.lines)
    assert len(sent(shop)) == 1
    assert shop.wake_at == NOW + PATIENCE_NS
    hear(shop, '{"type":"other"}')
    assert sent(shop) == []
    hear(shop, '{"id":1,"result":{"token":"xyz"}}')
    assert sent(shop) == ['{"method":"price","id":2,"token":"xyz"}']
    hear(shop, '{"id":2,"result":{"price":26}}')
    hear(shop, '{"type":"news","text":"more"}')
    assert sent(shop) == ['{"method":"bye","id":3}']
    assert [[answer.event and answer.event.number for answer in line.answers] for line in shop.lines] == [
        [None, 3],
        [5, 6],
        [],
    ]
    assert told


def test_a_missing_answer_is_not_waited_for_for_ever() -> None:
    shop = repeater()
    shop.send(shop.lines[:2])
    assert len(sent(shop)) == 1
    assert sent(shop, NOW + PATIENCE_NS - 1) == []
    assert sent(shop, NOW + PATIENCE_NS) == ['{"method":"price","id":2,"token":"abc"}']
    assert shop.wake_at is None


def test_what_comes_before_anything_was_sent_is_of_the_opening() -> None:
    shop = repeater()
    hear(shop, '{"type":"hello"}')
    assert [answer.event and answer.event.number for answer in shop.opening.answers] == [1]


def test_what_waits_may_be_stopped() -> None:
    shop = repeater()
    shop.send(shop.lines)
    assert len(sent(shop)) == 1
    shop.stop()
    assert [line.stage for line in shop.lines] == [Stage.SENT, Stage.NEW, Stage.NEW]
    assert sent(shop, NOW + 2 * PATIENCE_NS) == []


def test_a_person_closes() -> None:
    shop = repeater()
    shop.send(shop.lines)
    shop.close(1001, "enough")
    assert acts(shop) == [SendClose(1001, "enough")]
    shop.heard_control(Opcode.PING, b"", NOW)
    shop.heard_control(Opcode.CLOSE, encode_close(1001, "enough"), NOW)
    shop.ended(NOW)
    assert shop.ended_how == "closed 1001 enough"
    shop.send(shop.lines)
    assert sent(shop) == []


def test_an_end_without_a_close_is_told() -> None:
    shop = repeater()
    shop.send(shop.lines[:1])
    assert len(sent(shop)) == 1
    shop.heard_control(Opcode.CLOSE, b"", NOW)
    assert shop.ended_how == "closed without a code"
    assert [answer.opcode for answer in shop.lines[0].answers] == [Opcode.CLOSE]
    lost = repeater()
    lost.ended(NOW)
    assert lost.ended_how == "the connection was lost"


def test_a_new_connection_begins_anew() -> None:
    shop = repeater()
    shop.edit(shop.lines[2], Opcode.TEXT, b"good bye")
    shop.send(shop.lines[:1])
    assert len(sent(shop)) == 1
    hear(shop, '{"id":1,"result":{"token":"xyz"}}')
    shop.ended(NOW)
    shop.begin()
    assert (shop.ended_how, shop.played, shop.lines[0].answers, shop.lines[0].stage) == ("", [], [], Stage.NEW)
    assert shop.lines[2].payload == b"good bye"
    shop.send(shop.lines[1:2])
    assert sent(shop) == ['{"method":"price","id":2,"token":"abc"}']


def test_what_is_edited_goes_so_with_the_values_of_now() -> None:
    shop = repeater()
    line = shop.lines[1]
    shop.edit(line, Opcode.BINARY, b'{"method":"order","token":"abc"}')
    assert line.edited
    hear(shop, '{"id":1,"result":{"token":"xyz"}}')
    shop.send([line])
    (act,) = acts(shop)
    assert act == SendMessage(Opcode.BINARY, b'{"method":"order","token":"xyz"}')
    assert line.event is not None
    shop.edit(line, line.event.opcode, line.event.payload)
    assert not line.edited


def test_what_goes_out_of_its_order_goes_with_the_latest_values() -> None:
    made: list[Values] = []

    def make() -> Values:
        made.append(Values())
        return made[-1]

    shop = Repeater(SHOP, make)
    hear(shop, '{"type":"hello"}')
    shop.send([shop.lines[0]])
    assert len(sent(shop)) == 1
    for token in ("first", "second"):
        hear(shop, f'{{"id":1,"result":{{"token":"{token}"}}}}')
    for late, place in enumerate((1, 1, 2, 0), 2):
        shop.send([shop.lines[place]])
        assert len(sent(shop, NOW + late * PATIENCE_NS)) == 1
    assert made[-1].latest == [False, False, True, False, True]
    assert made[-1].token == b"second"
    assert made[-1].events == [0, 2, 2]


def test_a_message_of_ones_own_goes_as_it_is() -> None:
    shop = repeater()
    line = shop.insert(1, Opcode.TEXT, b"abc")
    assert shop.lines[1] is line
    assert line.edited
    shop.edit(line, Opcode.TEXT, b"abcd")
    assert line.edited
    shop.send([line])
    assert sent(shop) == ["abcd"]
    hear(shop, "what?")
    assert [answer.payload for answer in line.answers] == [b"what?"]


def test_a_line_is_taken_out() -> None:
    shop = repeater()
    shop.send(shop.lines)
    shop.remove(shop.lines[1])
    assert [event.number for event in shop.lines[0].recorded] == [3, 5, 6]
    assert len(sent(shop)) == 1
    shop.remove(shop.lines[0])
    assert [event.number for event in shop.opening_recorded] == [1, 3, 5, 6]
    assert [line.payload for line in shop.lines] == [b'{"method":"bye","id":3}']


def test_what_was_played_can_be_compared() -> None:
    shop = repeater()
    shop.send(shop.lines[:1])
    assert len(sent(shop)) == 1
    hear(shop, '{"id":1,"result":{"token":"xyz"}}', NOW + 5)
    played = shop.as_recording()
    assert [(event.direction, event.time, event.number, event.index) for event in played.events] == [
        (Direction.C2S, NOW, 1, 0),
        (Direction.S2C, NOW + 5, 2, 1),
    ]
    assert played.session is SHOP.session


def test_a_server_may_be_the_one_that_is_played() -> None:
    server = Repeater(SHOP, Values, Direction.S2C)
    assert [line.event and line.event.number for line in server.lines] == [1, 3, 5, 6]
    assert server.opening_recorded == ()


def test_a_recording_may_have_nothing_to_send() -> None:
    silent = Repeater(recorded('< {"type":"hello"}'), Values)
    assert silent.lines == []
    hear(silent, '{"type":"hello"}')
    assert len(silent.opening.answers) == 1


def test_the_server_may_issue_values_in_its_handshake() -> None:
    made: list[Values] = []

    def make() -> Values:
        made.append(Values())
        return made[-1]

    head = HttpHead("HTTP/1.1", (("X-Token", "abc"),), status=101)
    Repeater(SHOP, make).opened(head)
    assert made[-1].head is head


def test_what_waits_is_not_put_in_the_queue_again() -> None:
    shop = repeater()
    shop.send(shop.lines)
    shop.send(shop.lines[1:2])
    assert len(sent(shop)) == 1
    hear(shop, '{"id":1,"result":{"token":"xyz"}}')
    assert len(sent(shop)) == 1
    assert len(sent(shop, NOW + PATIENCE_NS)) == 1
    assert sent(shop, NOW + 2 * PATIENCE_NS) == []


def test_how_an_answer_stands_to_the_recording_is_known() -> None:
    shop = repeater()
    shop.send(shop.lines[:1])
    assert len(sent(shop)) == 1
    hear(shop, '{"id":1,"result":{"token":"xyz"}}')
    hear(shop, '{"id":2,"result":{"price":24.5}}')
    hear(shop, '{"type":"other"}')
    assert [answer.standing for answer in shop.lines[0].answers] == [Standing.OTHER, Standing.SAME, None]


def test_of_too_much_only_the_beginnings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.repeating.repeater.MOST_BYTES", 10_000)
    shop = repeater()
    for size in (9_000, 5_000, 5_000):
        hear(shop, "x" * size)
    assert [(len(answer.payload), answer.size) for answer in shop.opening.answers] == [
        (9_000, 9_000),
        (1_000, 5_000),
        (0, 5_000),
    ]
    assert [event.complete for event in shop.as_recording().events] == [True, False, False]


def test_of_too_many_messages_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.repeating.repeater.MOST_PLAYED", 2)
    monkeypatch.setattr("wsinspect.replay.repeating.repeated.MOST_EXTRA", 2)
    shop = repeater()
    for _ in range(5):
        hear(shop, "tick")
    assert shop.opening.more == 3
    assert len(shop.as_recording().events) == 2
    assert shop.as_recording().problems == ("3 messages that came later were not kept.",)


def test_a_huge_message_is_the_recorded_one_by_its_beginning() -> None:
    huge = "x" * (READ_BYTES + 1)
    shop = Repeater(recorded("> go", f"< {huge}"), Values)
    shop.send(shop.lines)
    assert sent(shop) == ["go"]
    hear(shop, huge)
    (answer,) = shop.lines[0].answers
    assert answer.event is shop.recording.events[1]
    assert answer.standing is Standing.SAME
