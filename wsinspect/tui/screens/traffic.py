"""The main screen: sessions, the messages of one, and what is chosen of them in detail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from wsinspect.tui.data.capture import Capture
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.doing import Doing
from wsinspect.tui.selection import Chosen, ChosenMessage, ChosenSession
from wsinspect.tui.widgets.detail.pane import DetailPane
from wsinspect.tui.widgets.held_bar import HeldBar
from wsinspect.tui.widgets.key_bar import KeyBar
from wsinspect.tui.widgets.messages_pane import MessagesPane
from wsinspect.tui.widgets.sessions_pane import SessionsPane
from wsinspect.tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from wsinspect.control.results import Held
    from wsinspect.tui.interventions import Interventions
    from wsinspect.tui.repetitions import Repetitions


class TrafficScreen(Screen[None]):
    """Shows the traffic.

    Args:
        capture: The capture.
        engine: The engine.
        doing: Does it.
        interventions: Gives what can be done to the traffic.
        repetitions: Gives what can be done with recorded sessions.
        hint: What to do where nothing is captured yet.
    """

    AUTO_FOCUS = "SessionList"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (170, "-wide")]  # noqa: RUF012 - as Textual has it
    DEFAULT_CSS = """
    TrafficScreen {
        layout: vertical;
        & #panes { height: 1fr; layout: vertical; }
        & #lists { height: 3fr; }
        & SessionsPane { height: 2fr; min-height: 4; }
        & MessagesPane { height: 3fr; }
        & DetailPane { height: 2fr; }
        &.-wide #panes { layout: horizontal; }
        &.-wide #lists { width: 3fr; height: 1fr; }
        &.-wide DetailPane { width: 2fr; height: 1fr; }
        & .-away { display: none; }
        &.-holding ToastRack { margin-bottom: 4; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Go back to the list before.", id="traffic.back"),
        Binding("b", "break", "Break", tooltip="Set a breakpoint: hold messages that match.", id="traffic.break"),
        Binding("B", "breakpoints", "Breakpoints", tooltip="List the breakpoints, and remove some.",
                id="traffic.breakpoints", show=False),
        Binding("space", "release", "Release", tooltip="Let the held message go on.", id="traffic.release"),
        Binding("e", "edit", "Edit", tooltip="Change the held message.", id="traffic.edit"),
        Binding("d", "drop", "Drop", tooltip="Do not send the held message on.", id="traffic.drop"),
        Binding("A", "release_all", "Release all", tooltip="Let all held messages go on.", id="traffic.release-all"),
        Binding("s", "send", "Send", tooltip="Send something to a side of the chosen session.", id="traffic.send"),
        Binding("t", "rule", "Rule", tooltip="Write a rule from the chosen message.", id="traffic.rule"),
        Binding("r", "again('repeat')", "Repeat", tooltip="Send the chosen session or message again, in the Repeater.",
                id="traffic.repeat"),
        Binding("R", "again('replay')", "Replay", tooltip="Replay the chosen session whole, and compare.",
                id="traffic.replay", show=False),
        Binding("M", "again('mock')", "Mock", tooltip="Play the server of the chosen session to whoever connects.",
                id="traffic.mock", show=False),
        Binding("equals_sign", "again('compare')", "Compare",
                tooltip="Mark the chosen session; on another, compare the two.", id="traffic.compare",
                show=False),
        Binding("P", "program", "Command", tooltip="Show the replay or mock server that was started last.",
                id="traffic.program", show=False),
        Binding("T", "annotate", "Tags", tooltip="Give the chosen message or session tags and a note.",
                id="traffic.tags"),
        Binding("x", "export", "Export", tooltip="Write the listed messages into a file, as JSON lines.",
                id="traffic.export", show=False),
        Binding("z", "zoom", "Zoom", tooltip="Show the pane with the focus alone, or all again.", id="traffic.zoom",
                show=False),
        Binding("1", "pane('SessionsPane')", "Sessions", tooltip="Go to the sessions.", id="traffic.sessions",
                show=False),
        Binding("2", "pane('MessagesPane')", "Messages", tooltip="Go to the messages.", id="traffic.messages",
                show=False),
        Binding("3", "pane('DetailPane')", "Detail", tooltip="Go to the detail.", id="traffic.detail", show=False),
        Binding("right_square_bracket", "detail_tab(1)", "Next tab", tooltip="Show the next tab of the detail.",
                id="traffic.next-tab", show=False),
        Binding("left_square_bracket", "detail_tab(-1)", "Tab before", tooltip="Show the tab before of the detail.",
                id="traffic.previous-tab", show=False),
    ]  # fmt: skip

    zoomed: reactive[bool] = reactive(default=False)

    def __init__(
        self,
        capture: Capture,
        engine: Engine,
        doing: Doing,
        interventions: Callable[[], Interventions],
        repetitions: Callable[[], Repetitions],
        *,
        hint: str,
    ) -> None:
        super().__init__()
        self._engine = engine
        self._start = doing.start
        # Asked for when it is needed: it takes a while to import.
        self._all_interventions = interventions
        self._all_repetitions = repetitions
        self._chosen: Chosen | None = None
        self._able = (False, False)
        """Whether there is an engine, and something that is held."""
        self.session: int | None = None
        """The session that is looked at."""
        self._status = StatusBar(capture, engine)
        self._sessions = SessionsPane(capture)
        self._sessions.hint = hint
        self._messages = MessagesPane(capture)
        self._held = HeldBar(engine)
        self._detail = DetailPane(capture, engine)
        self._lists = Vertical(id="lists")

    def compose(self) -> ComposeResult:
        """Put the parts in their places."""
        yield self._status
        with Container(id="panes"):
            with self._lists:
                yield self._sessions
                yield self._messages
            yield self._detail
        yield self._held
        yield KeyBar()

    def on_mount(self) -> None:
        """Follow what is held: it changes what can be done."""
        self._engine.changed.subscribe(self, self._engine_changed)

    def _engine_changed(self, engine: Engine) -> None:
        able = (engine.connected, bool(engine.held))
        self.set_class(able[1], "-holding")
        if able != self._able:
            self._able = able
            self.refresh_bindings()

    @property
    def _interventions(self) -> Interventions:
        return self._all_interventions()

    @property
    def _repetitions(self) -> Repetitions:
        return self._all_repetitions()

    @property
    def acted(self) -> Sequence[str]:
        """The rules that acted on the message that is looked at."""
        return () if isinstance(self._chosen, ChosenSession) else self._messages.acted

    def show(self, chosen: Chosen) -> None:
        """Go to a record, wherever it is in the lists."""
        self._sessions.go_to(chosen.session)
        if not isinstance(chosen, ChosenSession):
            self._messages.show_session(chosen.session)
            self._messages.go_to(chosen)
            self.action_pane("MessagesPane")

    @on(SessionsPane.Chosen)
    def _session_chosen(self, event: SessionsPane.Chosen) -> None:
        self.session = event.session
        self._messages.show_session(event.session, over=event.over)
        if event.session is not None and self._sessions.has_focus_within:
            self._choose(ChosenSession(event.session))

    @on(SessionsPane.Opened)
    def _session_opened(self) -> None:
        self.action_pane("MessagesPane")

    @on(MessagesPane.Chosen)
    def _message_chosen(self, event: MessagesPane.Chosen) -> None:
        # As long as sessions are looked at, the detail is about them.
        if event.chosen is not None and not self._sessions.has_focus_within:
            self._choose(event.chosen)

    def on_descendant_focus(self) -> None:
        """Show in detail what is chosen where the focus has gone."""
        if self._messages.has_focus_within and (chosen := self._messages.chosen) is not None:
            self._choose(chosen)
        elif self._sessions.has_focus_within and self.session is not None:
            self._choose(ChosenSession(self.session))

    @on(MessagesPane.Opened)
    def _message_opened(self) -> None:
        self.action_pane("DetailPane")

    @on(HeldBar.Chosen)
    def _held_chosen(self, event: HeldBar.Chosen) -> None:
        self.show(ChosenMessage(event.session, event.message))

    @on(DetailPane.Edited)
    def _held_edited(self, event: DetailPane.Edited) -> None:
        self._start(self._interventions.put(event.session, event.message, event.payload))

    def _choose(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self.session = chosen.session
        self._detail.show(chosen)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Offer what can be done: with the engine where there is one, with held messages where there are some."""
        if action in {"release", "edit", "drop", "release_all"}:
            return bool(self._engine.held)
        if action in {"break", "breakpoints", "send"}:
            return self._engine.connected
        if action == "again":
            return self._chosen is not None
        if action == "back":
            return self.zoomed or not self._sessions.has_focus_within
        return True

    def action_break(self) -> None:
        """Set a breakpoint."""
        self._start(self._interventions.set_breakpoint(self._chosen, self._messages.filter))

    def action_breakpoints(self) -> None:
        """List the breakpoints."""
        self._start(self._interventions.show_breakpoints())

    def action_release(self) -> None:
        """Let the held message go on."""
        if held := self._held_message():
            self._start(self._interventions.release(held))

    def action_release_all(self) -> None:
        """Let all held messages go on."""
        self._start(self._interventions.release_all())

    def action_edit(self) -> None:
        """Change the held message."""
        if held := self._held_message():
            self._start(self._edit(held))

    async def _edit(self, held: Held) -> None:
        """Let a held message be changed; one that went is chosen, to be seen as it went."""
        if await self._interventions.edit(held):
            self.show(ChosenMessage(held.session, held.message))

    def action_drop(self) -> None:
        """Do not send the held message on."""
        if held := self._held_message():
            self._start(self._interventions.drop(held))

    def action_send(self) -> None:
        """Send something to a side of the session."""
        self._start(self._interventions.send(self.session))

    def action_rule(self) -> None:
        """Write a rule from the chosen message."""
        self._start(self._interventions.write_rule(self._chosen))

    def action_again(self, what: str) -> None:
        """Do something with the recorded session: `repeat`, `replay`, `mock` or `compare` it."""
        if self._chosen is not None:
            self._start(self._repetitions.do(what, self._chosen))

    def action_program(self) -> None:
        """Show what was started last."""
        self._start(self._repetitions.show_program())

    def action_annotate(self) -> None:
        """Give what is chosen tags and a note."""
        self._start(self._interventions.annotate(self._chosen))

    def action_export(self) -> None:
        """Write the listed messages into a file."""
        self._start(self._interventions.export(self._messages.export))

    def action_detail_tab(self, step: int) -> None:
        """Show another tab of the detail."""
        self._detail.action_tab(step)

    def action_zoom(self) -> None:
        """Show the pane with the focus alone, or all again."""
        self.zoomed = not self.zoomed

    def watch_zoomed(self) -> None:
        """Show one pane or all."""
        self._zoom(self._focused_pane())

    def action_pane(self, kind: str) -> None:
        """Go to a pane."""
        for pane in self._panes():
            if type(pane).__name__ == kind:
                self._zoom(pane)
                pane.focus_list() if isinstance(pane, SessionsPane | MessagesPane) else pane.focus_content()

    def action_back(self) -> None:
        """Go back: from the detail to the messages, from there to the sessions."""
        if self.zoomed:
            self.zoomed = False
        elif self._detail.has_focus_within:
            self.action_pane("MessagesPane")
        elif self._messages.has_focus_within:
            self.action_pane("SessionsPane")

    def _panes(self) -> tuple[SessionsPane, MessagesPane, DetailPane]:
        return self._sessions, self._messages, self._detail

    def _focused_pane(self) -> Widget:
        return next((pane for pane in self._panes() if pane.has_focus_within), self._sessions)

    def _zoom(self, shown: Widget) -> None:
        for pane in self._panes():
            pane.set_class(self.zoomed and pane is not shown, "-away")
        self._lists.set_class(self.zoomed and shown is self._detail, "-away")

    def _held_message(self) -> Held | None:
        """Return the held message that is meant: the chosen one where it is held, else that of the bar."""
        place = self._chosen
        if isinstance(place, ChosenMessage):
            for held in self._engine.held:
                if (held.session, held.message) == (place.session, place.number):
                    return held
        return self._held.selected or next(iter(self._engine.held), None)
