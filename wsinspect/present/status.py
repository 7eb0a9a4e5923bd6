"""The line at the top of the screen: what is captured, from where, how much, and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsinspect.present.text import Cell, escape, size_text

_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What the line tells."""

    state: str
    """`capturing`, `finished`, `paused`, `not recording`, `engine lost` …"""
    listen: Sequence[str]
    capture: str
    """The name of the file."""
    size: int
    """Of the file, bytes."""
    rules: int = 0
    held: int = 0
    breakpoints: int = 0
    alerts: int = 0
    expect_failures: int = 0
    lost: int = 0
    """Messages that are not on record."""
    up: float | None = None
    """Messages of clients a second; None where nothing is live."""
    down: float | None = None
    rates: Sequence[float] = ()
    """Messages a second, the latest last."""


def status_cells(facts: StatusFacts) -> list[tuple[Cell, ...]]:
    """Return the parts of the line, the most important first; each is one or more cells that stay together."""
    sign, style = _STATES.get(facts.state, ("!", "bold red"))
    parts: list[tuple[Cell, ...]] = [((" wsinspect ", "bold"), (f"{sign} {facts.state}", style))]
    if facts.held:
        parts.append(((f"⏸ held {facts.held}", "bold yellow"),))
    if facts.breakpoints:
        parts.append(((f"breakpoints {facts.breakpoints}", "yellow"),))
    if facts.lost:
        parts.append(((f"! {facts.lost:,} not on record", "bold red"),))
    if facts.expect_failures:
        parts.append(((f"! {facts.expect_failures} expectations failed", "bold red"),))
    if facts.alerts:
        parts.append(((f"! alerts {facts.alerts}", "bold yellow"),))
    if facts.listen:
        parts.append(((", ".join(facts.listen), ""),))
    parts.append(((f"{escape(facts.capture)} {size_text(facts.size)}B", "dim"),))
    if facts.up is not None and facts.down is not None:
        parts.append(((f"↑ {rate_text(facts.up)}/s", "cyan"), (f" ↓ {rate_text(facts.down)}/s", "magenta")))
        parts.append(((sparkline(facts.rates), "dim"),))
    if facts.rules:
        parts.append(((f"rules {facts.rules}", ""),))
    return parts


_STATES = {
    "capturing": ("●", "bold green"),
    "finished": ("■", "bold"),
    "paused": ("‖", "bold yellow"),
    "connecting": ("…", "bold yellow"),
}


def rate_text(rate: float) -> str:
    """Write a rate: `0`, `3.2`, `312`, `1.2k`."""
    if rate < 0.05:
        return "0"
    if rate < 9.95:
        return f"{rate:.1f}"
    return size_text(round(rate)) if rate >= 9999.5 else f"{rate:.0f}" if rate < 1000 else f"{rate / 1000:.1f}k"


def sparkline(values: Sequence[float]) -> str:
    """Draw values, none negative, as bars of eight heights; nothing at all is the lowest."""
    most = max(values, default=0)
    if most <= 0:
        return _BARS[0] * len(values)
    top = len(_BARS) - 1
    return "".join(_BARS[0 if value <= 0 else max(round(value / most * top), 1)] for value in values)
