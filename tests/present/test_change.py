"""What became of a message is told: facts, rules, and what came beside what went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cli.reading import assert_harmless
from tests.cli.recording import CHAT, HOSTILE, NOW
from wsinspect.model import Completeness, Direction, Message, Source, Verdict
from wsinspect.present.change import Became, change_lines
from wsinspect.store.reader import Hit

_MESSAGE = Message(1, CHAT.id, 5, NOW, NOW, Direction.C2S, 1, (8,), 7, 13, b"", tags=("odd",), note="look")
_CHANGED = Became(b'{"a":1}', 7, b'{"a":2}', 7)


def _texts(message: Message, became: Became, *hits: Hit, width: int = 80) -> list[str]:
    return ["".join(text for text, _ in line) for line in change_lines(message, became, hits, width=width)]


def test_a_change_is_told_with_the_rules_that_did_it() -> None:
    message = replace(_MESSAGE, verdict=Verdict.MODIFIED, held_ns=2_000_000_000, delayed_ns=1_000_000)
    texts = _texts(message, _CHANGED, Hit("vip", "replace", "a", 1))

    assert texts[:5] == ["What came, 7 bytes; what went, 7 bytes", "  {", '-   "a": 1', '+   "a": 2', "  }"]
    assert texts[6] == "Message 1.5  text c2s"
    assert [line.split()[0] for line in texts[7:14]] == ["time", "size", "verdict", "held", "delayed", "tags", "note"]
    assert "  vip  replace  a" in texts
    assert _texts(replace(message, rules=("vip", HOSTILE)), _CHANGED)[0].startswith("Rules that acted: vip, ")


def test_what_went_stands_beside_what_came_where_there_is_room() -> None:
    texts = _texts(_MESSAGE, _CHANGED, width=120)

    assert [part.strip() for part in texts[2].split("│")] == ['-   "a": 1', '+   "a": 2']


def test_of_a_held_message_is_told_what_would_go_now() -> None:
    waiting = replace(_MESSAGE, completeness=Completeness.WAITING)
    changed = _texts(waiting, replace(_CHANGED, held_by="breakpoint 1"), width=120)

    assert changed[0] == "It is held by breakpoint 1."
    assert "What would go now, 7 bytes" in changed[1]
    told = _texts(waiting, Became(b"", 0, None, held_by="rule x"))
    assert told[0] == "It is held by rule x, and would go as it came."


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (_MESSAGE, "It went on as it came."),
        (replace(_MESSAGE, verdict=Verdict.DROPPED), "Nothing went on: it was dropped."),
        (replace(_MESSAGE, verdict=Verdict.RECODED), "The same payload went on in other frames: see Frames."),
        (replace(_MESSAGE, completeness=Completeness.ARRIVING), "It is still arriving."),
        (replace(_MESSAGE, completeness=Completeness.WAITING), "It waits: nothing has been changed so far."),
    ],
)
def test_what_was_not_changed_is_told_so(message: Message, said: str) -> None:
    assert _texts(message, Became(b"x", 1, None))[0] == said


def test_who_made_a_message_is_told() -> None:
    ruled = replace(_MESSAGE, source=Source.RULE, rules=("vip", HOSTILE))
    texts = _texts(ruled, Became(b"x", 1, None))

    assert any(line.startswith("It came from neither side: a rule made it: vip, ") for line in texts)
    assert_harmless(texts)
    by_hand = _texts(replace(_MESSAGE, source=Source.USER), Became(b"x", 1, None))
    assert "It came from neither side: a person made it." in by_hand
