"""What the Repeater shows of what is sent, and of what comes back beside the recording."""

from __future__ import annotations

from tests.replay.recordings import T0, recorded
from tests.replay.test_repeater import SHOP, Values, hear, sent
from wsinspect.model import HttpHead
from wsinspect.present.charts import Line as Cells
from wsinspect.present.repeater_rows import HANDSHAKE, MOST_ANSWERS, Place, detail_lines, handshake_lines, rows
from wsinspect.replay.repeater import Repeater
from wsinspect.wire.frames import encode_close
from wsinspect.wire.opcodes import Opcode

HOSTILE = "\x1b[2J\u202e[bold]"


def text(line: Cells) -> str:
    return "".join(part for part, _ in line).rstrip()


def shown(repeater: Repeater, width: int = 120) -> list[str]:
    return [text(cells) for _, _, cells in rows(repeater, "ws://a.test/", "connected", width)]


def detail(repeater: Repeater, key: str, width: int = 120) -> str:
    places = {name: place for name, place, _ in rows(repeater, "ws://a.test/", "connected", 120)}
    return "\n".join(map(text, detail_lines(places[key], repeater, width)))


def played() -> Repeater:
    """Return one that has sent two of three messages; something of each kind came back."""
    shop = Repeater(SHOP, Values)
    hear(shop, '{"type":"hello"}', T0)
    shop.send(shop.lines[:2])
    assert len(sent(shop, T0)) == 1
    hear(shop, '{"id":1,"result":{"token":"xyz"}}', T0 + 2_000_000)
    assert len(sent(shop, T0 + 3_000_000)) == 1
    hear(shop, '{"type":"advert"}', T0 + 4_000_000)
    shop.heard_control(Opcode.CLOSE, encode_close(1001, "gone"), T0 + 5_000_000)
    return shop


def test_what_is_recorded_stands_below_what_it_came_upon() -> None:
    lines = shown(Repeater(SHOP, Values))
    assert lines[0] == "⇄ handshake ws://a.test/   connected"
    assert [line.split("│")[0].rstrip() for line in lines[1:]] == [
        '   ◀   {"type":"hello"}',
        '▶   1 {"method":"login","id":1}',
        '   ◀   {"id":1,"result":{"token":"abc"}}',
        '▶   2 {"method":"price","id":2,"token":"abc"}',
        '   ◀   {"id":2,"result":{"price":24.5}}',
        '   ◀   {"type":"news","text":"sale"}',
        '▶   3 {"method":"bye","id":3}',
    ]


def test_what_came_stands_beside_the_recording() -> None:
    lines = shown(played())
    assert [line[3:7].strip() for line in lines if "◀" in line] == ["◀ =", "◀ ≈", "◀ –", "◀ –", "◀ +", "◀ +"]
    assert lines[3].endswith('│ {"id":1,"result":{"token":"xyz"}} 2ms')
    assert lines[2].endswith('{"method":"login","id":1}  ✓ sent')
    assert lines[-2].endswith("│ close 1001 gone 2ms")


def test_in_few_cells_only_what_came_now_is_shown() -> None:
    lines = shown(played(), 60)
    assert lines[3] == '   ◀ ≈ {"id":1,"result":{"token":"xyz"}} 2ms'
    assert '   ◀ – {"id":2,"result":{"price":24.5}}' in lines


def test_what_is_changed_new_or_waits_is_marked() -> None:
    shop = Repeater(SHOP, Values)
    shop.edit(shop.lines[0], Opcode.TEXT, b"other")
    shop.insert(1, Opcode.BINARY, b"\x00\x01")
    shop.send(shop.lines)
    lines = [line for line in shown(shop) if line.startswith("▶")]
    assert lines[:2] == ["▶   1 other  ✎ changed  … waits", "▶   2 00 01  ✎ new  … waits"]


def test_of_many_answers_some_are_shown() -> None:
    shop = Repeater(recorded("> go", *(["< tick"] * (MOST_ANSWERS + 3))), Values)
    assert shown(shop)[-1].strip() == "… and 3 more"
    assert len(shown(shop)) == MOST_ANSWERS + 3


def test_hostile_content_is_made_harmless() -> None:
    shop = Repeater(recorded(f"> {HOSTILE}", f"< {HOSTILE}"), Values)
    shop.heard_control(Opcode.CLOSE, encode_close(1000, HOSTILE), T0)
    for line in (*shown(shop), *map(text, detail_lines(Place(0), shop, 100))):
        assert line.isprintable()


def test_the_detail_puts_both_beside_each_other() -> None:
    shop = played()
    assert detail(shop, "line 0 answer 0").splitlines()[0] == "It came back with other values than in the recording."
    assert '-     "token": "abc"' in detail(shop, "line 0 answer 0")
    assert '+     "token": "xyz"' in detail(shop, "line 0 answer 0")
    assert "In the recording; now" in detail(shop, "line 0 answer 0", 60)
    assert "has not come now" in detail(shop, "line 1 answer 0")
    assert '"price": 24.5' in detail(shop, "line 1 answer 0")
    assert "there is no such answer" in detail(shop, "line 1 answer 2")
    assert "The same came back" in detail(shop, f"{HANDSHAKE} answer 0")
    assert "It came back in the recording." in detail(Repeater(SHOP, Values), "line 0 answer 0")


def test_the_detail_of_a_message_shows_it_as_it_went() -> None:
    shop = played()
    assert "As sent" in detail(shop, "line 1")
    assert '+   "token": "xyz"' in detail(shop, "line 1")
    assert '  "method": "bye"' in detail(shop, "line 2")
    shop.edit(shop.lines[2], Opcode.TEXT, b"other")
    assert "To send" in detail(shop, "line 2")
    own = shop.insert(0, Opcode.TEXT, b"mine")
    assert detail(shop, "line 0").strip() == "mine"
    shop.send([own])
    assert sent(shop, T0 + 10**13) == ["mine"]
    assert "Written" in detail(shop, "line 0")


def test_the_handshake_is_shown() -> None:
    request = HttpHead("HTTP/1.1", (("Host", "a.test"), ("X-Odd", HOSTILE)), method="GET")
    response = HttpHead("HTTP/1.1", (("Upgrade", "websocket"),), status=101, reason="Switching Protocols")
    lines = list(map(text, handshake_lines(request, response, "refused\nmend it")))
    assert lines[:2] == ["refused", "mend it"]
    assert "Host: a.test" in lines
    assert "Response  101 Switching Protocols" in lines
    assert all(line.isprintable() for line in lines)
    assert list(map(text, handshake_lines(None, None, ""))) == ["The recording has no request: one is made."]
