"""Telling a person something in passing."""

from __future__ import annotations

from textual.app import App

from wsinspect.errors import WsinspectError
from wsinspect.present.text import escape_lines

_ERROR_S = 10.0


def tell(app: App[object], text: str) -> None:
    """Say something for a moment; what peers have said in it is made harmless."""
    app.notify(escape_lines(text), markup=False)


def complain(app: App[object], error: WsinspectError) -> None:
    """Say what went wrong."""
    app.notify(escape_lines(str(error)), severity="error", timeout=_ERROR_S, markup=False)
