"""The screen's program: owns what it knows of the capture and the engine, and the screens that show it."""

from __future__ import annotations

import asyncio
import enum
import gc
import signal
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, override

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from wsinspect.tui.data.capture import Capture
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.dialogs.confirm import ConfirmDialog
from wsinspect.tui.doing import Doing
from wsinspect.tui.key_order import KeyOrder
from wsinspect.tui.notes import tell
from wsinspect.tui.screens.help import HelpScreen
from wsinspect.tui.screens.traffic import TrafficScreen
from wsinspect.tui.selection import ChosenFrames, ChosenMessage, ChosenSession
from wsinspect.tui.settings import Settings
from wsinspect.tui.themes import DARK, LIGHT

if TYPE_CHECKING:
    from textual.command import Provider

    from wsinspect.tui.data.connections import Connector
    from wsinspect.tui.interventions import Interventions
    from wsinspect.tui.repetitions import Repetitions


_LET_GO_S = 3.0
"""How long an engine may take to let go what this screen has held."""


class Leaving(enum.Enum):
    """How a person left the screen."""

    QUIT = enum.auto()
    DETACH = enum.auto()
    """The engine that was started with the screen is to go on."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be shown."""

    capture: Path
    control: str | None = None
    """Address of the engine's control channel; None for a finished capture."""
    owned: bool = False
    """Whether the engine ends with the screen."""
    hint: str = ""
    """What to do where nothing is captured yet."""
    connector: Callable[[], Connector] | None = None
    """Makes what opens connections for the Repeater; None: there is nothing that could."""


def _key_commands() -> type[Provider]:
    from wsinspect.tui.palette import KeyCommands  # noqa: PLC0415 - start-up time

    return KeyCommands


class ScreenApp(App[object]):
    """The program; it ends with a `Leaving`.

    Args:
        shown: What is to be shown.
        settings: What the person has set.
    """

    TITLE = "wsinspect"
    # What is told in passing hides as little as possible of what it is about.
    CSS = """
    Toast { padding: 0 1; margin: 0; width: auto; max-width: 70%; }
    """
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_key_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help", tooltip="Show every key and what it does.", id="app.help"),
        Binding("f2", "traffic", "Traffic", tooltip="Go to the traffic.", id="app.traffic", show=False),
        Binding("f3", "rules", "Rules", tooltip="Go to the rules.", id="app.rules"),
        Binding("f4", "statistics", "Statistics", tooltip="Go to the statistics.", id="app.statistics"),
        Binding("ctrl+t", "toggle_light", "Light", tooltip="Change between dark and light.", id="app.light",
                show=False),
        Binding("ctrl+p", "command_palette", "Commands", tooltip="Find a command.", id="app.commands", show=False),
        Binding("q,ctrl+q", "leave", "Quit", tooltip="Leave, and end the engine that was started with the screen.",
                id="app.quit", show=False),
        Binding("ctrl+z", "suspend_process", "Suspend", tooltip="Give the terminal back to the shell, until `fg`.",
                id="app.suspend", show=False),
        Binding("ctrl+d", "detach", "Detach", tooltip="Leave, and let the engine go on.", id="app.detach", show=False),
    ]  # fmt: skip

    def __init__(self, shown: Shown, settings: Settings | None = None) -> None:
        super().__init__()
        self.shown = shown
        self.capture = Capture(self, shown.capture)
        self.engine = Engine(self, shown.control)
        self._settings = settings or Settings()
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = self._settings.theme or DARK.name
        self._doing = Doing(self)
        self._keys = KeyOrder(self, super().on_event, self._is_opening)
        self._traffic = TrafficScreen(
            self.capture,
            self.engine,
            self._doing,
            lambda: self.interventions,
            lambda: self.repetitions,
            hint=shown.hint,
        )

    @cached_property
    def interventions(self) -> Interventions:
        """What can be done to the traffic."""
        from wsinspect.tui.interventions import Interventions  # noqa: PLC0415 - start-up time

        return Interventions(self, self.capture, self.engine, self._doing)

    @cached_property
    def repetitions(self) -> Repetitions:
        """What can be done with recorded sessions."""
        from wsinspect.tui.repetitions import Repetitions  # noqa: PLC0415 - start-up time

        return Repetitions(self, self.capture, self._doing, self.shown.connector)

    @override
    def get_default_screen(self) -> Screen[Any]:
        return self._traffic

    @override
    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self._keys.take(event)
        else:
            await super().on_event(event)

    def on_key_done(self) -> None:
        """Let the next key come."""
        self._keys.done()

    def on_mount(self) -> None:
        """Begin to listen."""
        self.set_keymap(self._settings.keys)
        self._heed_termination()
        # The shell has written over it.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.run_worker(self.capture.watch(), group="data", exit_on_error=True)
        self.run_worker(self.engine.run(), group="data", exit_on_error=True)
        self.call_after_refresh(self._settle)

    def _is_opening(self) -> bool:
        return self._doing.opening

    def _settle(self) -> None:
        """Now that something is seen, take what was put off: garbage, and what the first keys will need."""
        # What is here stays. A collection that looks at it again and again stops the screen for 85 ms each time.
        gc.collect()
        gc.freeze()
        gc.enable()
        self.run_worker(asyncio.to_thread(lambda: self.interventions), group="data", exit_on_error=True)

    async def on_unmount(self) -> None:
        """Let go of the capture, so that an engine that ends can give it its final form."""
        with suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        self.workers.cancel_group(self, "data")
        if "repetitions" in self.__dict__:
            await self.repetitions.close()
        await self.capture.close()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"rules", "statistics"}:
            # Nobody goes where they are.
            return not any(type(screen).__name__ == f"{action.title()}Screen" for screen in self.screen_stack)
        return action != "detach" or self.shown.owned

    def action_help(self) -> None:
        """Show the keys that work now."""
        self.push_screen(HelpScreen(list(self.screen.active_bindings.values())))

    def action_traffic(self) -> None:
        """Go to the traffic."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_rules(self) -> None:
        """Go to the rules."""
        from wsinspect.tui.screens.rules import RulesScreen  # noqa: PLC0415 - start-up time

        self._go(RulesScreen, lambda: RulesScreen(self.capture, self.engine, self._traffic.acted))

    def action_statistics(self) -> None:
        """Go to the statistics."""
        from wsinspect.tui.screens.statistics import StatisticsScreen  # noqa: PLC0415 - start-up time

        self._go(StatisticsScreen, lambda: StatisticsScreen(self.capture, self._traffic.session))

    @override
    def action_command_palette(self) -> None:
        from wsinspect.tui.palette import Palette  # noqa: PLC0415 - start-up time

        if not Palette.is_open(self):
            self.push_screen(Palette(id="--command-palette"))

    def action_toggle_light(self) -> None:
        """Change between dark and light."""
        self.theme = DARK.name if not self.current_theme.dark else LIGHT.name

    def action_leave(self) -> None:
        """Leave; ask first where messages are held."""
        self.run_worker(self._leave(Leaving.QUIT), exclusive=True, group="leave")

    def action_detach(self) -> None:
        """Leave, and let the engine go on."""
        self.run_worker(self._leave(Leaving.DETACH), exclusive=True, group="leave")

    @override
    async def action_quit(self) -> None:
        self.action_leave()

    @override
    def action_help_quit(self) -> None:
        bindings = [active.binding for active in self.active_bindings.values()]
        if keys := [self.get_key_display(binding) for binding in bindings if binding.action == "leave"]:
            tell(self, f"Press {min(keys, key=len)} to leave.")

    async def _leave(self, how: Leaving) -> None:
        held = len(self.engine.held)
        if held:
            question = f"{held} message{'s are' if held > 1 else ' is'} held. Leave, and let them go on?"
            if not await self.push_screen_wait(ConfirmDialog(question, "Release and leave", "Stay")):
                return
        await self._depart(how)

    async def _depart(self, how: Leaving) -> None:
        # An engine that does not answer keeps nobody here.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LET_GO_S):
                await self.interventions.let_go(everything=self.shown.owned and how is Leaving.QUIT)
        self.exit(how)

    def _heed_termination(self) -> None:
        """Leave in order when told to by a signal, so that the terminal is as it was; a second one is not waited for.

        One that says that the terminal is gone does its usual: nothing can be written any more, and might be for ever.
        """
        loop = asyncio.get_running_loop()

        def leave() -> None:
            loop.remove_signal_handler(signal.SIGTERM)
            self.run_worker(self._depart(Leaving.QUIT), exclusive=True, group="leave")

        # Neither on Windows nor in a thread.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(signal.SIGTERM, leave)

    def _go[S: Screen[Any]](self, kind: type[S], make: Callable[[], S]) -> None:
        if isinstance(self.screen, kind):
            return
        self.action_traffic()

        def done(chosen: object) -> None:
            if isinstance(chosen, ChosenSession | ChosenMessage | ChosenFrames):
                self._traffic.show(chosen)

        self.push_screen(make(), done)


def available_themes() -> Collection[str]:
    """Name the themes that can be chosen."""
    from textual.theme import BUILTIN_THEMES  # noqa: PLC0415 - asked for where settings are read

    return [DARK.name, LIGHT.name, *BUILTIN_THEMES]
