"""What of a recorded conversation is asked for, and what comes by itself.

Theory of operation. To play one side of a recording faithfully, each of its messages waits for those of the other side
that came before it, as they may have caused it. But not all of them are caused by anything we do, and of those there
may be fewer this time:

- **Heartbeats** say so (`{"type": "ping"}`, `2` of Engine.IO, `h` of SockJS). They are never waited for.
- **Streams** are kinds of messages that come again and again unasked. A kind is one where more of it came, at some
  time, than we had sent messages, and one for the greeting; or where it came at least twice, and each time out of a
  silence of a second or more in which no message of ours was unanswered. The first of a stream is waited for, as it
  shows that the stream has begun, unless it came out of such a silence; the others are not.
- **Everything else is asked for**, and each is waited for.

What we sent in answer to heartbeats, or always in the same words right after a message of a stream, is sent whenever
such a message comes, as often as it comes, and asks for nothing itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wsinspect.model import Direction
from wsinspect.replay.playing.heartbeats import answers_heartbeat, is_heartbeat
from wsinspect.replay.playing.kinds import Kinds
from wsinspect.replay.recording import Event, Recording

SILENCE_NS = 1_000_000_000

type _Groups = Mapping[int, list[Event]]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A recording, understood."""

    kinds: Kinds
    kind_of: Mapping[int, int]
    """Kinds of the messages, by the index of the event."""
    heartbeats: frozenset[int]
    """Kinds of the other side that are heartbeats."""
    streams: frozenset[int]
    """Other kinds of the other side that come unasked."""
    answers: Mapping[int, tuple[Event, ...]]
    """Our answers to heartbeats and streams, by the kind that they answer."""
    awaited: frozenset[int]
    """Indices of the other side's messages that ours wait for."""


def understand(recording: Recording, side: Direction) -> Conversation:
    """Find out what the other side was asked for, and what came by itself.

    Args:
        recording: A session.
        side: Whose messages are ours.
    """
    kinds = Kinds()
    messages = recording.messages()
    kind_of = {event.index: kinds.of_event(event) for event in messages}
    ours, theirs = _by_kind(messages, kind_of, side), _by_kind(messages, kind_of, side.opposite)
    heartbeats = frozenset(kind for kind, events in theirs.items() if all(map(is_heartbeat, events)))
    answers = {kind: ours[answer] for kind, answer in _answers(messages, side, kind_of, ours, heartbeats).items()}
    silent = _out_of_silence(messages, side, {event.index for events in answers.values() for event in events})
    streams = _outrunning(messages, side, kind_of, answers) | {
        kind for kind, events in theirs.items() if len(events) > 1 and all(event.index in silent for event in events)
    }
    streams -= heartbeats
    return Conversation(
        kinds,
        kind_of,
        heartbeats,
        frozenset(streams),
        {kind: tuple(events) for kind, events in answers.items() if kind in heartbeats or kind in streams},
        frozenset(_awaited(theirs, heartbeats, streams, silent)),
    )


def _by_kind(messages: Iterable[Event], kind_of: Mapping[int, int], sender: Direction) -> _Groups:
    groups: dict[int, list[Event]] = defaultdict(list)
    for event in messages:
        if event.direction is sender:
            groups[kind_of[event.index]].append(event)
    return groups


def _answers(
    messages: Iterable[Event],
    side: Direction,
    kind_of: Mapping[int, int],
    ours: _Groups,
    heartbeats: frozenset[int],
) -> dict[int, int]:
    """Find which kind of ours answers which of theirs by rote."""
    came, sent = Counter[int](), Counter[int]()
    unanswered: set[int] = set()
    last: int | None = None
    pairs = Counter[tuple[int, int]]()
    ahead: set[tuple[int, int]] = set()
    for event in messages:
        kind = kind_of[event.index]
        if event.direction is not side:
            came[kind] += 1
            unanswered |= heartbeats & {kind}
            last = kind
            continue
        sent[kind] += 1
        upon = set() if last is None else {last}
        if answers_heartbeat(event):
            # It may come behind other messages that were on their way.
            upon |= unanswered
            unanswered = set()
        pairs.update((asked, kind) for asked in upon)
        ahead.update((beat, kind) for beat in heartbeats if sent[kind] > came[beat])
        last = None
    found: dict[int, int] = {}
    for (asked, kind), count in pairs.most_common():
        by_rote = len(ours[kind]) > 1 and len({event.payload for event in ours[kind]}) == 1 and count == len(ours[kind])
        is_answer = all(map(answers_heartbeat, ours[kind])) and (asked, kind) not in ahead
        if by_rote or (asked in heartbeats and is_answer):
            found.setdefault(asked, kind)
    return found


def _out_of_silence(messages: Iterable[Event], side: Direction, answers: set[int]) -> set[int]:
    """Return the indices of the other side's messages that came when nothing had been said or asked for a while."""
    found: set[int] = set()
    before: Event | None = None
    for event in messages:
        quiet = before is not None and (before.direction is not side or before.index in answers)
        if quiet and before is not None and event.direction is not side and event.time - before.time >= SILENCE_NS:
            found.add(event.index)
        before = event
    return found


def _outrunning(
    messages: Iterable[Event], side: Direction, kind_of: Mapping[int, int], answers: Mapping[int, list[Event]]
) -> set[int]:
    """Return the kinds of which more came, at some time, than had been asked for."""
    answered = {event.index: kind for kind, events in answers.items() for event in events}
    came, own_answers = Counter[int](), Counter[int]()
    asked = 1
    found: set[int] = set()
    for event in messages:
        kind = kind_of[event.index]
        if event.direction is side:
            asked += 1
            if event.index in answered:
                own_answers[answered[event.index]] += 1
            continue
        came[kind] += 1
        if came[kind] > asked - own_answers[kind]:
            found.add(kind)
    return found


def _awaited(theirs: _Groups, heartbeats: frozenset[int], streams: set[int], silent: set[int]) -> Iterable[int]:
    for kind, events in theirs.items():
        if kind in heartbeats:
            continue
        for event in events[:1] if kind in streams else events:
            if event.complete and not (kind in streams and event.index in silent):
                yield event.index
