"""Asks where to connect and with which headers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlsplit

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from wsinspect.model import HttpHead
from wsinspect.tui.data.connections import Target
from wsinspect.tui.dialogs.dialog import Dialog, button, row
from wsinspect.tui.widgets.choice import Choice
from wsinspect.tui.widgets.payload_area import PayloadArea

_CHECKED, _NOT_CHECKED = "is checked", "is not checked"


class HandshakeDialog(Dialog[Target]):
    """Changes a target; returns None where nothing is to be changed.

    Args:
        target: As it is.
    """

    DEFAULT_CSS = """
    HandshakeDialog {
        & > .box { max-width: 120; height: 100%; max-height: 30; }
        & .body { height: 1fr; overflow: hidden; }
        & PayloadArea { height: 1fr; background: $background; }
    }
    """
    FILLS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "choose", "Use it", id="dialog.handshake", tooltip="Connect like this from now on.",
                priority=True),
    ]  # fmt: skip

    def __init__(self, target: Target) -> None:
        super().__init__("Handshake")
        self._target = target
        headers = target.request.headers if target.request else ()
        self._url = Input(target.url, compact=True, id="url")
        self._trust = Choice((_CHECKED, _NOT_CHECKED), _NOT_CHECKED if target.insecure else _CHECKED)
        self._written = "\n".join(f"{name}: {value}" for name, value in headers)
        self._headers = PayloadArea()

    def content(self) -> Iterable[Widget]:
        """Show the fields."""
        yield row("URL", self._url)
        yield row("certificate", self._trust)
        yield Static("headers, one a line; Host, key and what belongs to the connection are made anew", classes="hint")
        yield self._headers

    def buttons(self) -> Iterable[Button]:
        """Offer to use it or not."""
        yield button("Use it", "choose", key="^s", primary=True)
        yield button("Cancel", "cancel", key="esc")

    def on_mount(self) -> None:
        """Show the headers."""
        super().on_mount()
        self._headers.show(self._written)
        self._url.focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Return the target, if it will do."""
        url = self._url.value.strip()
        if not _is_url(url):
            self.complain("write ws://HOST/PATH or wss://HOST/PATH")
            return
        headers: list[tuple[str, str]] = []
        for number, line in enumerate(self._headers.content.split("\n"), 1):
            name, colon, value = line.partition(":")
            if line.strip() and not (colon and name.strip()):
                self.complain(f"line {number} is no header: write Name: value")
                return
            if line.strip():
                headers.append((name.strip(), value.strip()))
        request = self._target.request
        if request is not None:
            request = replace(request, headers=tuple(headers))
        elif headers:
            request = HttpHead("HTTP/1.1", tuple(headers), method="GET")
        self.dismiss(Target(url, request, insecure=self._trust.chosen == _NOT_CHECKED))


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port, or an address of IPv6
        return False
    return named and parts.scheme in ("ws", "wss") and text.isprintable() and " " not in text
