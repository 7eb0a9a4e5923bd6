"""`Sec-WebSocket-Extensions`: its grammar (RFC 6455 9.1) and the agreement on permessage-deflate (RFC 7692 7.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.violations import Violation

_NAME_PATTERN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = re.compile(rf'[ \t]*;[ \t]*({_NAME_PATTERN})(?:[ \t]*=[ \t]*(?:({_NAME_PATTERN})|"((?:[^"\\]|\\.)*)"))?')
_NAME = re.compile(rf"[ \t]*({_NAME_PATTERN})")
_NEXT = re.compile(r"[ \t]*(?:,|$)")
_EMPTY = re.compile(r"[ \t]*,")
_BITS = {str(bits): bits for bits in range(8, 16)}
"""RFC 7692 7.1.2: "a decimal integer value without leading zeroes between 8 to 15 inclusive"."""
_NO_TAKEOVER = ("server_no_context_takeover", "client_no_context_takeover")
_WINDOW = ("server_max_window_bits", "client_max_window_bits")


@dataclass(frozen=True, slots=True)
class Extension:
    """One element of the header."""

    name: str
    params: tuple[tuple[str, str | None], ...]
    """In order; the value is None where there is none."""


def parse_extensions(values: list[str]) -> tuple[list[Extension], bool]:
    """Read the values of the header.

    Returns:
        The extensions up to the first syntax error of each value, and whether there was none.
    """
    found: list[Extension] = []
    whole = True
    for value in (value.rstrip(" \t") for value in values):
        position = 0
        while position < len(value):
            if empty := _EMPTY.match(value, position):
                position = empty.end()
                continue
            extension, position = _parse_one(value, position)
            if extension is None:
                whole = False
                break
            found.append(extension)
    return found, whole


def check_offer(offer: Extension) -> bool:
    """Tell whether an offer is not one of permessage-deflate, or has the parameters that one may have."""
    if offer.name != "permessage-deflate":
        return True
    names = [name for name, _ in offer.params]
    return len(set(names)) == len(names) and all(
        value is None if name in _NO_TAKEOVER
        # RFC 7692 7.1.2.2: in an offer the client's window may come without a value.
        else value in _BITS or (value is None and name == "client_max_window_bits") if name in _WINDOW
        else False
        for name, value in offer.params
    )  # fmt: skip


def agree_deflate(response: Extension, offers: list[Extension]) -> tuple[DeflateParams, list[Violation]]:
    """Return what a response agrees on: the parameters that can be understood, and what they break.

    Args:
        response: The server's permessage-deflate.
        offers: The client's ones.
    """
    flags, bits = set(), {}
    broken: list[Violation] = []
    names = [name for name, _ in response.params]
    if len(set(names)) < len(names):
        broken.append(Violation.DEFLATE_RESPONSE)
    for name, value in response.params:
        if name in _NO_TAKEOVER and value is None:
            flags.add(name)
        elif name in _WINDOW and value in _BITS:
            bits[name] = _BITS[value]
        else:
            broken.append(Violation.DEFLATE_RESPONSE)
    agreed = DeflateParams(
        "server_no_context_takeover" in flags,
        "client_no_context_takeover" in flags,
        bits.get("server_max_window_bits", 15),
        bits.get("client_max_window_bits", 15),
    )
    if offers and not any(_accepts(dict(offer.params), flags, bits) for offer in offers):
        broken.append(Violation.DEFLATE_NOT_ACCEPTED)
    return agreed, list(dict.fromkeys(broken))


def accept_deflate(offers: list[Extension]) -> str | None:
    """Return the response that agrees to the first offer of permessage-deflate that a server of ours can keep to.

    None: there is none. A window of 8 bits is not agreed to: zlib has none.
    """
    for offer in offers:
        if offer.name != "permessage-deflate" or not check_offer(offer):
            continue
        params = dict(offer.params)
        bits = params.get("server_max_window_bits")
        if bits == "8":
            continue
        parts = [
            "permessage-deflate",
            *(["server_no_context_takeover"] if "server_no_context_takeover" in params else []),
            *([f"server_max_window_bits={bits}"] if bits is not None else []),
        ]
        return "; ".join(parts)
    return None


def _accepts(offer: dict[str, str | None], flags: set[str], bits: dict[str, int]) -> bool:
    """Tell whether a response answers this offer.

    RFC 7692 7.1.1.1: "server_no_context_takeover" is accepted by including it; 7.1.2.1: the server's window by "the
    same or smaller value"; 7.1.2.2: the client's window must not be in the response without being in the offer.
    """
    if "server_no_context_takeover" in offer and "server_no_context_takeover" not in flags:
        return False
    wanted = _BITS.get(offer.get("server_max_window_bits") or "15", 15)
    if bits.get("server_max_window_bits", 15) > wanted:
        return False
    return "client_max_window_bits" in offer or "client_max_window_bits" not in bits


def _parse_one(value: str, start: int) -> tuple[Extension | None, int]:
    name = _NAME.match(value, start)
    if name is None:
        return None, start
    position = name.end()
    params: list[tuple[str, str | None]] = []
    while match := _PARAMETER.match(value, position):
        key, token, quoted = match.groups()
        # RFC 6455 9.1: a quoted value, unescaped, "MUST conform to the 'token' ABNF".
        params.append((key, re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token))
        position = match.end()
    following = _NEXT.match(value, position)
    if following is None:
        return None, position
    return Extension(name[1], tuple(params)), following.end()
