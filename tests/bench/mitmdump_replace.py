"""What `rules/replace.yaml` does, as an add-on of mitmproxy."""

from __future__ import annotations

from mitmproxy import http


def websocket_message(flow: http.HTTPFlow) -> None:
    """Replace in each message of the client."""
    assert flow.websocket is not None
    message = flow.websocket.messages[-1]
    if message.from_client:
        message.content = message.content.replace(b"tick", b"tock")
