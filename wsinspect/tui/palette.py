"""The command palette: whatever has a key can also be found by what it does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, override

from textual.app import App
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider

from wsinspect.tui.keys import ActiveKeys, active_keys

_MOVES = frozenset(
    {"up", "down", "top", "bottom", "end", "left", "right", "page-up", "page-down", "page_up", "page_down"}
)
"""How the names of keys end that go through rows or lines."""


class KeyCommands(Provider):
    """Finds what the keys of the screen do, for what has the focus."""

    @override
    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for keys in self._active():
            text = _text(keys)
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), self._run(keys), text=text, help=self._help(keys))

    @override
    async def discover(self) -> Hits:
        for keys in self._active():
            yield DiscoveryHit(_text(keys), self._run(keys), help=self._help(keys))

    def _active(self) -> list[ActiveKeys]:
        able = active_keys(self.screen.active_bindings.values())
        # First what the bar of keys offers, last how to go through rows: everybody knows the arrow keys.
        return sorted((keys for keys in able if keys.bindings[0].id != "app.commands"), key=_rank)

    def _run(self, keys: ActiveKeys) -> Callable[[], Coroutine[Any, Any, None]]:
        return partial(_run, self.app, keys)

    def _help(self, keys: ActiveKeys) -> str:
        return f"Key: {keys.written(self.app)}"


class Palette(CommandPalette):
    """The palette; in a terminal that has no room for its list, keys do nothing to that."""

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "command_list" and not self.query_one(CommandList).scrollable_content_region:
            return False
        return super().check_action(action, parameters)


def _rank(keys: ActiveKeys) -> int:
    binding = keys.bindings[0]
    return 0 if binding.show else 2 if (binding.id or "").rpartition(".")[2] in _MOVES else 1


def _text(keys: ActiveKeys) -> str:
    return keys.does.rstrip(".")


async def _run(app: App[object], keys: ActiveKeys) -> None:
    await app.run_action(keys.action, keys.owner)
