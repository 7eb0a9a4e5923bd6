"""What a peer did against the RFCs, in words that name the section: data on the record, never an error."""

from __future__ import annotations

import enum


class Violation(enum.StrEnum):
    """One way to break RFC 6455 or RFC 7692, and a few remarks on what could not be read."""

    # Frames
    RESERVED_OPCODE = "RFC 6455 5.2: reserved opcode"
    RESERVED_BIT = "RFC 6455 5.2: reserved bit set that no agreed extension defines"
    COMPRESSION_BIT = "RFC 7692 6.1: compression bit on a frame that does not start a data message"
    NOT_MASKED = "RFC 6455 5.1: frame of the client not masked"
    MASKED = "RFC 6455 5.1: frame of the server masked"
    LENGTH_NOT_MINIMAL = "RFC 6455 5.2: length in more bytes than needed"
    LENGTH_TOP_BIT = "RFC 6455 5.2: most significant bit of the 64-bit length set"
    CONTROL_FRAGMENTED = "RFC 6455 5.5: control frame fragmented"
    CONTROL_TOO_LONG = "RFC 6455 5.5: control frame with more than 125 bytes of payload"
    # Messages
    NOTHING_TO_CONTINUE = "RFC 6455 5.4: continuation without a message to continue"
    MESSAGE_INTERRUPTED = "RFC 6455 5.4: new data frame inside a fragmented message"
    INVALID_UTF8 = "RFC 6455 8.1: text is not UTF-8"
    DATA_AFTER_CLOSE = "RFC 6455 5.5.1: data frame after a close frame"
    # Close
    CLOSE_TOO_SHORT = "RFC 6455 5.5.1: close frame with one byte of payload"
    CLOSE_CODE = "RFC 6455 7.4: close code that must not be sent"
    CLOSE_REASON = "RFC 6455 5.5.1: close reason is not UTF-8"
    # Compression
    INFLATE_ERROR = "RFC 7692 7.2.2: compressed data is damaged"
    INFLATE_LIMIT = "RFC 7692 9: inflated over the limit; from here on this direction is not inflated"
    NOT_INFLATED = "RFC 7692 7.2.2: not inflated, as an earlier message could not be"
    OPAQUE = "RFC 6455 9: payload as an unknown extension left it"
    # Handshake: request
    METHOD = "RFC 6455 4.1: request method is not GET"
    HTTP_VERSION = "RFC 6455 4.1: HTTP version below 1.1"
    HOST_MISSING = "RFC 6455 4.1: no Host"
    REQUEST_UPGRADE = "RFC 6455 4.1: request without 'Upgrade: websocket'"
    REQUEST_CONNECTION = "RFC 6455 4.1: request without 'Connection: Upgrade'"
    KEY_MISSING = "RFC 6455 4.1: no Sec-WebSocket-Key"
    KEY_INVALID = "RFC 6455 4.1: Sec-WebSocket-Key is not base64 of 16 bytes"
    VERSION_MISSING = "RFC 6455 4.1: no Sec-WebSocket-Version"
    VERSION_NOT_13 = "RFC 6455 4.1: Sec-WebSocket-Version is not 13"
    OFFERED_SUBPROTOCOL = "RFC 6455 4.1: an offered subprotocol is not a token, or offered twice"
    REQUEST_EXTENSIONS = "RFC 6455 9.1: Sec-WebSocket-Extensions of the request does not parse"
    REQUEST_DUPLICATE = "RFC 6455 11.3: header of the request that must appear only once appears twice"
    DEFLATE_OFFER = "RFC 7692 7.1: an offer of permessage-deflate has a wrong parameter"
    # Handshake: response
    RESPONSE_UPGRADE = "RFC 6455 4.2.2: response without 'Upgrade: websocket'"
    RESPONSE_CONNECTION = "RFC 6455 4.2.2: response without 'Connection: Upgrade'"
    ACCEPT_MISSING = "RFC 6455 4.2.2: no Sec-WebSocket-Accept"
    ACCEPT_WRONG = "RFC 6455 4.2.2: Sec-WebSocket-Accept does not belong to the key"
    SUBPROTOCOL_NOT_OFFERED = "RFC 6455 4.2.2: subprotocol that was not offered"
    RESPONSE_EXTENSIONS = "RFC 6455 9.1: Sec-WebSocket-Extensions of the response does not parse"
    EXTENSION_NOT_OFFERED = "RFC 6455 9.1: extension that was not offered"
    EXTENSION_UNKNOWN = "RFC 6455 9: extension agreed that wsinspect does not know; payloads stay as they are"
    RESPONSE_DUPLICATE = "RFC 6455 11.3: header of the response that must appear only once appears twice"
    DEFLATE_RESPONSE = "RFC 7692 7.1: permessage-deflate agreed with a wrong parameter"
    DEFLATE_NOT_ACCEPTED = "RFC 7692 7.1: permessage-deflate agreed against what was offered"
    DEFLATE_TWICE = "RFC 7692 5: permessage-deflate agreed twice"
