"""The rules of `wsinspect mock`: the handshake is accepted as recorded, then the recording is played."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from wsinspect.model import Session

_OF_THE_CONNECTION = frozenset(
    "upgrade connection keep-alive transfer-encoding content-length date trailer te proxy-authenticate"
    " sec-websocket-accept sec-websocket-extensions sec-websocket-protocol sec-websocket-version".split()
)
"""Headers that are not the recording's to say, in small letters."""

_STRAIGHT = 'session.listener ~ "^reverse:"'
"""Of clients that connect to the mock itself, and not through a proxy."""


@dataclass(frozen=True, slots=True)
class MockOptions:
    """How a session is to be played."""

    pace: str = "causal"
    speed: float = 1.0
    first: int | None = None
    last: int | None = None
    rebind: Sequence[str] = ()
    ignore: Sequence[str] = ()
    unmatched: str = "report"
    loop: bool = False
    any_path: bool = False
    """Whether every path is answered, and not only the recorded one."""


def mock_rules(capture: Path, session: Session, options: MockOptions) -> tuple[str, str]:
    """Return the rules as an engine takes them: a name beside the capture, and the text."""
    capture = capture.resolve()
    where: dict[str, object] = {} if options.any_path else {"path": f"~^{re.escape(path_of(session))}$"}
    ways: list[tuple[str, dict[str, object], str]] = [("", where, _STRAIGHT)]
    if session.host:
        ways.append(("-proxied", {**where, "host": session.host}, f"not {_STRAIGHT}"))
    play = {"replay": _played(capture, session, options)}
    rules = [
        {
            "id": f"wsinspect-mock{way}{offer}",
            "on": "handshake_request",
            "match": match | offered,
            "when": when,
            "do": [{"mock": {**_accepted(session), "subprotocol": subprotocol}}, play],
        }
        for way, match, when in ways
        for offer, offered, subprotocol in _subprotocols(session)
    ]
    text = yaml.safe_dump({"version": 1, "rules": rules}, sort_keys=False, allow_unicode=True)
    return (capture.parent / "wsinspect mock").as_posix(), text


def _subprotocols(session: Session) -> list[tuple[str, dict[str, object], str]]:
    """List what clients may offer, and the answer: only what is offered may be agreed on (RFC 6455 4.2.2)."""
    agreed = session.subprotocol
    if not agreed:
        return [("", {}, "")]
    offered: dict[str, object] = {"subprotocol": f"~^{re.escape(agreed)}$"}
    return [("", offered, agreed.replace("{{", "{{ '{{' }}")), ("-plain", {"not": offered}, "")]


def path_of(session: Session) -> str:
    """Return the path that a session asked for, without the query."""
    return (session.path or "/").partition("?")[0]


def server_mode(session: Session) -> str:
    """Return the mode of an engine that clients take for the recorded server."""
    scheme = "https" if session.scheme == "wss" else "http"
    host = session.host or "mock.invalid"
    authority = f"[{host}]" if ":" in host else host
    return f"reverse:{scheme}://{authority}:{session.port or (443 if scheme == 'https' else 80)}"


def _accepted(session: Session) -> dict[str, object]:
    """Return the answer to the handshake, as recorded."""
    response = session.response
    headers: dict[str, str] = {}
    for name, value in response.headers if response is not None else ():
        if name.lower() not in _OF_THE_CONNECTION:
            headers[name] = value.replace("{{", "{{ '{{' }}")
    return {
        "upstream": False,
        "compress": "permessage-deflate" in (session.extensions or ""),
        "headers": headers,
    }


def _played(capture: Path, session: Session, options: MockOptions) -> dict[str, object]:
    settings: dict[str, object] = {
        "file": capture.name,
        "session": int(session.id),
        "mode": options.pace,
        "speed": options.speed,
        "rebind": list(options.rebind),
        "ignore": list(options.ignore),
        "unmatched": options.unmatched,
        "loop": options.loop,
    }
    if options.first is not None:
        settings["from"] = options.first
    if options.last is not None:
        settings["to"] = options.last
    return settings
