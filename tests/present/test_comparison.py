"""A comparison shows what differs and a little around it, each thing once, and nothing that a terminal would act on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.replay.recordings import Line, recorded
from wsinspect.present.comparison import MOST_SHOWN, comparison_lines, entry_lines, summary_lines
from wsinspect.replay.comparing.compare import compare
from wsinspect.replay.comparing.comparison import CompareOptions, Comparison

HOSTILE = "\x1b[2J\u202e[bold]"


def compared(old: list[Line], new: list[Line], options: CompareOptions | None = None) -> Comparison:
    return compare(recorded(*old), recorded(*new), options)


def shown(found: Comparison, width: int | None = None, everything: bool = False, *, beside: bool = False) -> list[str]:
    lines = comparison_lines(found, width, everything, beside=beside)
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def orders(count: int, price: float) -> list[Line]:
    return [f'< {{"event":"order","item":"i{number}","price":{price}}}' for number in range(count)]


def test_no_difference_is_said() -> None:
    assert shown(compared(["> a"], ["> a"])) == ["no difference: 1 message the same"]


def test_what_differs_is_shown_with_a_little_around_it() -> None:
    old: list[Line] = [f'> {{"op":"o{number}"}}' for number in range(9)]
    old[4] = '> {"op":"o4","price":24.5}'
    new = [*old[:4], '> {"op":"o4","price":26.0,"note":"x"}', *old[5:8], '> {"op":"late"}']
    assert shown(compared(old, new)) == [
        "1 changed, 1 missing, 1 extra, 7 messages the same",
        "",
        "Messages",
        "      … 3 messages the same",
        "   #4              c2s  o3",
        " ~ #5              c2s  o4",
        "        price  24.5 → 26.0",
        '      + note  "x"',
        "   #6              c2s  o5",
        "      … 1 message the same",
        "   #8              c2s  o7",
        ' - #9              c2s  o8  {"op":"o8"}',
        ' + #9              c2s  late  {"op":"late"}',
    ]


def test_what_is_the_same_at_the_end_is_counted() -> None:
    old: list[Line] = [f'> {{"op":"o{number}"}}' for number in range(4)]
    assert shown(compared(old, old[1:]))[3:] == [
        ' - #1              c2s  o0  {"op":"o0"}',
        "   #2 → #1         c2s  o1",
        "      … 2 messages the same",
    ]


def test_everything_is_shown_where_that_is_wanted() -> None:
    lines = shown(compared(["> a", "> b 1"], ["> a", "> b 2"]), everything=True)
    assert (
        lines[3:] == ["   #1              c2s  text a", " ~ #2              c2s  text b", "        b [-1-]{+2+}"]
        or lines[4:]
    )
    assert not any("…" in line for line in lines)


def test_what_differs_alike_is_shown_a_few_times() -> None:
    lines = shown(compared(orders(9, 1.5), orders(9, 2.5)))
    assert sum("price  1.5" in line for line in lines) == 3
    assert "      … and 6 more like this: #4, #5, #6, #7, #8, …" in lines
    four = shown(compared(orders(4, 1.5), orders(4, 2.5)))
    assert sum("price  1.5" in line for line in four) == 4
    assert "      … and 2 more like this: #4, #5" in shown(compared(orders(5, 1.5), orders(5, 2.5)))
    assert sum("price  1.5" in line for line in shown(compared(orders(9, 1.5), orders(9, 2.5)), everything=True)) == 9


def test_there_is_a_limit() -> None:
    old: list[Line] = [f'> {{"op":"a{number}"}}' for number in range(MOST_SHOWN + 7)]
    assert shown(compared(old, []))[-1] == "… and 7 more messages that differ; --all shows them"
    assert len(shown(compared(old, []), everything=True)) > MOST_SHOWN + 7


def test_what_moved_and_what_came_late_is_marked() -> None:
    old: list[Line] = ['> {"t":"a"}', '> {"t":"b"}', '> {"t":"c"}', '> {"t":"d","x":1}']
    lines = shown(compared(old, [old[3], *old[:3]]))
    assert ">  #4 → #1         c2s  d  [moved]" in lines
    found = compared(['> {"t":"a"}', '< {"t":"b"}'], ['> {"t":"a"}', '+900ms < {"t":"b"}'])
    assert shown(found) == [
        "no difference: 2 messages the same",
        "",
        "Not counted as differences",
        "  #2 b came after 100ms → 900ms  only a difference with --timing",
    ]
    timed = replace(found, options=CompareOptions(timing=True))
    assert shown(timed)[0] == "1 sooner or later, 2 messages the same"
    assert "   #2              s2c  b  [reply after 100ms → 900ms]" in shown(timed)


def test_of_many_late_replies_a_few_are_told() -> None:
    pairs = [(f'> {{"t":"a{number}"}}', f'< {{"t":"b{number}"}}') for number in range(6)]
    old: list[Line] = [line for pair in pairs for line in pair]
    new: list[Line] = [line for asked, said in pairs for line in (asked, f"+900ms {said}")]
    assert shown(compared(old, new))[-1] == "  … and 3 more replies that came sooner or later"


def test_the_handshake_and_other_values_have_parts_of_their_own() -> None:
    said = [f'> {{"room":"lobby-one","n":{number}}}' for number in range(3)]
    old = recorded(*said, response=[("Server", "a")])
    new = recorded(*(line.replace("lobby-one", "hall-two") for line in said), response=[("Server", "b")])
    assert shown(compare(old, new)) == [
        "1 in handshake or close, 1 other values throughout, 3 messages the same",
        "",
        "Handshake and close",
        '    response.server  "a" → "b"',
        "",
        "Other values throughout",
        '= "lobby-one" → "hall-two"  3 times: room',
    ]
    assert "   #1              c2s  {n, room}  [1 other values as above]" in shown(compare(old, new), everything=True)


def test_streams_and_what_was_passed_over_are_told() -> None:
    tick = '< {{"type":"tick","price":{}}}'.format
    lines = shown(compared([tick(n) for n in range(20)], [tick(n + 500) for n in range(25)]))
    assert lines == [
        "no difference: 20 messages the same",
        "",
        "Not counted as differences",
        "  tick s2c: 20 → 25 messages of a stream",
        "  price  another value in most messages of this stream: 20 times in tick",
    ]
    everything = shown(compared([tick(n) for n in range(20)], [tick(n + 500) for n in range(25)]), everything=True)
    assert sum("[of a stream]" in line for line in everything) == 5


def test_of_much_that_was_passed_over_the_most_is_told() -> None:
    def message(value: int) -> str:
        return "> {" + ",".join(f'"k{number}":{value}' for number in range(12)) + "}"

    kinds = [f'> {{"t":"m{number}","k0":%s}}' for number in range(5)]
    options = CompareOptions(ignore=tuple(f"k{number}" for number in range(12)))
    found = compared([message(1), *(kind % 1 for kind in kinds)], [message(2), *(kind % 2 for kind in kinds)], options)
    lines = shown(found)
    assert any(line.startswith("  k0  ignored as asked for: 6 times in ") and line.endswith(", …") for line in lines)
    assert lines[-1] == "  … and 4 more; --all shows them"
    assert len(shown(found, everything=True)) > len(lines)


def test_what_could_not_be_compared_is_told_last() -> None:
    old = replace(recorded("> a"), problems=(f"Some is gone: {HOSTILE}.",))
    assert shown(compare(old, recorded("> a")))[-1] == "! Old: Some is gone: \\x1b[2J\\u202e[bold]."
    cut = replace(old, events=(replace(old.events[0], complete=False),))
    assert "[compared as far as it is on record]" in shown(compare(cut, cut), everything=True)[3]


def test_long_differences_are_cut_and_said_to_be() -> None:
    old = "> {" + ",".join(f'"k{number}":1' for number in range(30)) + "}"
    lines = shown(compared([old], [old.replace(":1", ":2")]))
    assert lines[-1] == "        … and 18 more values"
    texts = [[f"> {word}\n" + "\n".join(f"{word} {line}" for line in range(30))] for word in ("one", "two")]
    lines = shown(compared(*texts))  # type: ignore[arg-type]  # lines
    assert lines[-1] == "        … and 49 more lines"
    assert len(shown(compared(*texts), everything=True)) > 50  # type: ignore[arg-type]


def test_payloads_are_shown_beside_each_other_where_there_is_room() -> None:
    found = compared(['> {"a":1}', "> x"], ['> {"a":2}', "> x", '> {"t":"new"}'])
    lines = shown(found, 100, beside=True)
    assert any(line.startswith('-   "a": 1') and '│ +   "a": 2' in line for line in lines)
    assert shown(found, 60, beside=True) == shown(found, 60)
    assert shown(found, beside=True) == shown(found)
    long = "> {" + ",".join(f'"k{number}":1' for number in range(60)) + "}"
    cut = shown(compared([long], [long.replace(":1", ":2")]), 120, beside=True)
    assert cut[-1].strip() == "… and 22 more lines"


def test_what_is_shown_is_harmless() -> None:
    old: list[Line] = [
        f"> {HOSTILE} one 1",
        f'> {{"type":"x","{HOSTILE}":1}}'.replace("\x1b", "\\u001b"),
        (">", HOSTILE.encode()),
    ]
    new: list[Line] = [
        f"> {HOSTILE} one 2",
        f'> {{"type":"x","{HOSTILE}":2}}'.replace("\x1b", "\\u001b"),
        (">", b"\x00"),
    ]
    for everything in (False, True):
        for beside in (False, True):
            for line in shown(compared(old, new), 120, everything, beside=beside):
                assert line.isprintable(), ascii(line)


def test_control_frames_have_no_numbers() -> None:
    found = compared([">> ping 1"], [">> ping 2"], CompareOptions(control=True))
    assert shown(found)[3].startswith(" ~                 c2s  ")


@pytest.mark.parametrize("timing", [False, True])
def test_a_summary_and_a_message_stand_alone(timing: bool) -> None:
    found = compared(['> {"a":1}'], ['> {"a":2}'], CompareOptions(timing=timing))
    assert ["".join(text for text, _ in line) for line in summary_lines(found)] == ["1 changed, 0 messages the same"]
    unsent = ["".join(text for text, _ in line) for line in summary_lines(replace(found, unsent=2))]
    assert unsent == ["1 changed, 0 messages the same; 2 of our messages were not sent"]
    [entry] = found.entries
    lines = ["".join(text for text, _ in line) for line in entry_lines(entry)]
    assert lines == [" ~ #1              c2s  {a}", "        a  1 → 2"]
