"""Opcodes and close codes of RFC 6455 (sections 5.2, 7.4 and 11.8) and of the IANA registry built on it."""

from __future__ import annotations

import enum


class Opcode(enum.IntEnum):
    """The opcodes that have a meaning; the other ten are reserved."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class CloseCode(enum.IntEnum):
    """Registered close codes."""

    NORMAL_CLOSURE = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS_RECEIVED = 1005
    ABNORMAL_CLOSURE = 1006
    INVALID_PAYLOAD = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    MANDATORY_EXTENSION = 1010
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    TLS_HANDSHAKE = 1015


_ON_THE_WIRE = frozenset(CloseCode) - {
    # RFC 6455 7.4.1: "MUST NOT be set as a status code in a Close control frame by an endpoint".
    CloseCode.NO_STATUS_RECEIVED,
    CloseCode.ABNORMAL_CLOSURE,
    CloseCode.TLS_HANDSHAKE,
}


def is_valid_close_code(code: int) -> bool:
    """Tell whether an endpoint may send `code` in a close frame.

    RFC 6455 7.4.2: 3000 to 3999 are for libraries and applications, 4000 to 4999 for private use; 1000 to 2999 only as
    registered.
    """
    return code in _ON_THE_WIRE or 3000 <= code <= 4999
