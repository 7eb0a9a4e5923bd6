"""The two themes of the screen; Textual's own can be chosen as well."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="wsinspect-dark",
    primary="#4aa3ff",
    secondary="#7f9cc0",
    accent="#c792ea",
    foreground="#d7dde5",
    background="#11151c",
    surface="#171c25",
    panel="#232b38",
    success="#5fd38d",
    warning="#f2b84b",
    error="#ff6b7d",
    dark=True,
)
LIGHT = Theme(
    name="wsinspect-light",
    primary="#0b5cad",
    secondary="#3f5f86",
    accent="#8b2fb8",
    foreground="#1c2430",
    background="#f7f8fa",
    surface="#eef1f5",
    panel="#dbe2ea",
    success="#1d7a45",
    warning="#946200",
    error="#b3261e",
    dark=False,
)
