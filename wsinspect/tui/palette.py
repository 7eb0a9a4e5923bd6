"""The command palette: whatever has a key can also be found by what it does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, override

from textual.app import App
from textual.binding import ActiveBinding
from textual.command import DiscoveryHit, Hit, Hits, Provider

from wsinspect.tui.keys import active_keys


class KeyCommands(Provider):
    """Finds what the keys of the screen do, for what has the focus."""

    @override
    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for active in self._active():
            text = _text(active)
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), self._run(active), text=text, help=self._help(active))

    @override
    async def discover(self) -> Hits:
        for active in self._active():
            yield DiscoveryHit(_text(active), self._run(active), help=self._help(active))

    def _active(self) -> list[ActiveBinding]:
        found = active_keys(self.screen.active_bindings.values())
        return [active for active in found if active.binding.action != "app.command_palette"]

    def _run(self, active: ActiveBinding) -> Callable[[], Coroutine[Any, Any, None]]:
        return partial(_run, self.app, active)

    def _help(self, active: ActiveBinding) -> str:
        return f"Key: {self.app.get_key_display(active.binding)}"


def _text(active: ActiveBinding) -> str:
    return active.binding.tooltip.rstrip(".")


async def _run(app: App[object], active: ActiveBinding) -> None:
    await app.run_action(active.binding.action, active.node)
