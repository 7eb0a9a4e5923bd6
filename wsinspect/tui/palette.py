"""The command palette: whatever has a key can also be found by what it does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, override

from textual.app import App
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider

from wsinspect.tui.keys import ActiveKeys, active_keys


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
        return [
            keys for keys in active_keys(self.screen.active_bindings.values()) if keys.bindings[0].id != "app.commands"
        ]

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


def _text(keys: ActiveKeys) -> str:
    return keys.does.rstrip(".")


async def _run(app: App[object], keys: ActiveKeys) -> None:
    await app.run_action(keys.action, keys.owner)
