"""Which message answers which, without a decoder of their protocol.

The rule. Both carry the same value in a field that numbers messages or names requests (`id`, `requestId`, `ref`), or
the reply names what it answers (`ack`, `replyTo`); `correlation` has the names. The reply comes later, in the opposite
direction of the same session, and the request has no reply yet. Nothing waits for a reply to what looks like a reply
(`result`, `error`, `"type": "res"`). For both sides may count their messages by themselves, these are replies:

- what names what it answers, and what looks like a reply;
- what does the same as the request by a longer name (`subscribe` and `subscribed`);
- but for what looks like a request (`method`, `params`, `"type": "req"`): what shows a field that only requests and
  their replies have (`requestId`);
- and, if the request looks like one, what says the same of what it does, or nothing.

Of an object that lies in another, only those names count that are of requests alone, unless it is a `header`: elsewhere
an `id` is that of some thing. Arrays of Phoenix, OCPP and WAMP are known as such.

What is not JSON, or large, has no part in it; of each direction only so many requests without a reply are remembered.
"""

from __future__ import annotations

from itertools import islice

from wsinspect.decode.correlation import Mark, Role, Signs, signs_of

_MOST_KEYS = 4096
"""Of requests that wait; each has two."""

type _Key = tuple[str, int | str]
type _Waiting = tuple[int, int, bool, str | None, tuple[_Key, ...]]
"""Number, time, whether it looks like a request, its verb, and what it is remembered by.

Tuples of plain values: the garbage collector need not look at thousands of them again and again.
"""


class Matcher:
    """Finds the pairs among the messages of one session, given in order."""

    def __init__(self) -> None:
        self._waiting: tuple[dict[_Key, _Waiting], ...] = ({}, {})

    def take(self, number: int, direction: int, time: int, payload: bytes) -> tuple[int, int] | None:
        """Take the next message.

        Args:
            number: Its number.
            direction: 0 or 1.
            time: In nanoseconds.
            payload: All of it.

        Returns:
            The number of the message that it answers, and after how many nanoseconds.
        """
        signs = signs_of(payload)
        if signs is None:
            return None
        found = self._request_of(signs, self._waiting[1 - direction])
        if signs.own and (found is None or signs.role is Role.REPLY):
            keys = tuple(key for mark in signs.own for key in ((mark.name, mark.value), ("", mark.value)))
            asks = signs.role is Role.REQUEST
            _remember((number, time, asks, signs.verb, keys), self._waiting[direction])
        return None if found is None else (found[0], max(time - found[1], 0))

    def _request_of(self, signs: Signs, waiting: dict[_Key, _Waiting]) -> _Waiting | None:
        for mark in signs.asked:
            request = waiting.get((mark.name, mark.value))
            if request is not None and _answers(signs, mark, asks=request[2], verb=request[3]):
                for key in request[4]:
                    if waiting.get(key) is request:
                        del waiting[key]
                return request
        return None


def _remember(request: _Waiting, waiting: dict[_Key, _Waiting]) -> None:
    if len(waiting) >= _MOST_KEYS:
        for key in list(islice(waiting, _MOST_KEYS // 2)):
            del waiting[key]
    for key in request[4]:
        waiting[key] = request


def _answers(reply: Signs, mark: Mark, *, asks: bool, verb: str | None) -> bool:
    """Say whether a message is a reply to one that does this and looks like a request or not."""
    if reply.role is Role.REPLY:
        return True
    if reply.verb is not None and verb is not None and reply.verb != verb:
        return reply.verb.startswith(verb) or (mark.sure and reply.role is Role.EITHER)
    return reply.role is Role.EITHER and (mark.sure or asks)
