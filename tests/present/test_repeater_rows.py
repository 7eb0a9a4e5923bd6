"""What the Repeater shows of what is sent, and of what comes back beside the recording."""

from __future__ import annotations

import pytest

from tests.replay.recordings import T0, recorded
from tests.replay.repeating.test_repeater import SHOP, Values, hear, sent
from wsinspect.model import HttpHead
from wsinspect.present.charts import Line as Cells
from wsinspect.present.repeater_rows import (
    HANDSHAKE,
    MOST_ANSWERS,
    Place,
    Row,
    detail_lines,
    handshake_lines,
    line_rows,
    opening_rows,
    stamp,
)
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.repeating.repeater import Repeater
from wsinspect.replay.shape import Shape
from wsinspect.wire.frames import encode_close
from wsinspect.wire.opcodes import Opcode

HOSTILE = "\x1b[2J\u202e[bold]"


def text(line: Cells) -> str:
    return "".join(part for part, _ in line).rstrip()


class Tokens:
    """Knows that tokens are other ones each time."""

    def is_volatile(self, shape: Shape, path: str, old: Scalar, new: Scalar) -> str | None:
        return "issued anew" if path.endswith("token") else None


def rows(repeater: Repeater, width: int) -> list[Row]:
    found = opening_rows(repeater, "ws://a.test/", "connected", width)
    for number, line in enumerate(repeater.lines):
        found += line_rows(line, number, width)
    return found


def shown(repeater: Repeater, width: int = 120) -> list[str]:
    return [text(cells) for _, _, cells in rows(repeater, width)]


def detail(repeater: Repeater, key: str, width: int = 120) -> str:
    places = {name: place for name, place, _ in rows(repeater, 120)}
    return "\n".join(map(text, detail_lines(places[key], repeater, width)))


def played() -> Repeater:
    """Return one that has sent two of three messages; something of each kind came back."""
    shop = Repeater(SHOP, Values, volatile=Tokens())
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
    opening = opening_rows(shop, f"ws://{HOSTILE}/", f"○ {shop.ended_how}", 200)
    assert all(text(cells).isprintable() for _, _, cells in opening)


def test_the_detail_puts_both_beside_each_other() -> None:
    shop = played()
    assert detail(shop, "line 0 answer 0").splitlines()[0] == (
        "The same came back as in the recording, apart from values that are other ones each time."
    )
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
    shop.begin()
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


def test_a_real_difference_has_a_sign_of_its_own() -> None:
    shop = Repeater(SHOP, Values, volatile=Tokens())
    shop.send(shop.lines[1:2])
    assert len(sent(shop, T0)) == 1
    hear(shop, '{"id":2,"result":{"price":26}}', T0 + 1)
    assert [line[3:7].strip() for line in shown(shop) if "◀ ≠" in line] == ["◀ ≠"]
    assert detail(shop, "line 1 answer 0").startswith("It came back, and does not say the same")


def test_of_what_is_not_kept_the_sizes_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.repeating.repeater.MOST_BYTES", 100)
    monkeypatch.setattr("wsinspect.replay.repeating.repeated.MOST_EXTRA", 1)
    shop = Repeater(recorded("> go"), Values)
    hear(shop, "x" * 5000, T0)
    hear(shop, "more", T0)
    lines = shown(shop, 100)
    assert "x… +49" in lines[1]
    assert lines[2].strip() == "… and 1 more"
    assert "Of 5,000 bytes the first 100 are kept here" in detail(shop, f"{HANDSHAKE} answer 0")


def test_a_line_is_laid_out_anew_when_something_has_come() -> None:
    shop = Repeater(SHOP, Values)
    before = stamp(shop.lines[0])
    assert stamp(shop.lines[0]) == before
    shop.send(shop.lines[:1])
    assert stamp(shop.lines[0]) != before
    assert len(sent(shop, T0)) == 1
    gone = stamp(shop.lines[0])
    hear(shop, '{"id":1,"result":{"token":"xyz"}}', T0)
    assert stamp(shop.lines[0]) != gone
