"""The detail of what is chosen: its tabs, searching in them, and taking what is shown along."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker

from wsinspect.errors import StoreError, WsinspectError
from wsinspect.present.detail_title import frames_title, message_title, session_title
from wsinspect.present.documents import Line, ListDocument
from wsinspect.present.lines import BAD, QUIET
from wsinspect.present.text import Cell, escape, size_text
from wsinspect.tui.data.capture import Capture, Change
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.dialogs.path import PathDialog
from wsinspect.tui.editor import edit_in_editor
from wsinspect.tui.notes import complain, tell
from wsinspect.tui.selection import Chosen, ChosenFrames, ChosenMessage
from wsinspect.tui.widgets.detail.copying import copied
from wsinspect.tui.widgets.detail.document_view import DocumentView, Spot
from wsinspect.tui.widgets.detail.export import file_name, read_part, save_payload, suffix_of
from wsinspect.tui.widgets.detail.find_bar import FindBar
from wsinspect.tui.widgets.detail.layouts import MORE
from wsinspect.tui.widgets.detail.loader import Loaded, Loader, Wanted
from wsinspect.tui.widgets.detail.subject import AMOUNTS, Subject
from wsinspect.tui.widgets.detail.tab_bar import TabBar
from wsinspect.tui.widgets.detail.tabs import Tab, tabs_of

_EDITED_AT_MOST = 16 << 20
_OF_PAYLOAD = frozenset({Tab.DECODED, Tab.FORMAT, Tab.TEXT, Tab.HEX})
"""Tabs that show a payload: as it came, or as it went."""
_GONE = "This is not on record: it was never written, or retention has removed it."
_HINT = "Choose a session or a message: what is known of it is shown here."


class DetailPane(Vertical):
    """Shows what is chosen in detail.

    Args:
        capture: The capture.
        engine: The engine, which knows what is held.
    """

    KEYS_TITLE = "Detail"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,right_square_bracket", "tab(1)", "Next tab", tooltip="Show the next tab.",
                id="detail.next-tab"),
        Binding("left,left_square_bracket", "tab(-1)", "Tab before", tooltip="Show the tab before.",
                id="detail.previous-tab", show=False),
        Binding("slash", "find", "Search", tooltip="Search what is shown.", id="detail.find"),
        Binding("n", "match(1)", "Next match", tooltip="Go to the next match.", id="detail.next-match"),
        Binding("N", "match(-1)", "Match before", tooltip="Go to the match before.", id="detail.previous-match",
                show=False),
        Binding("y", "copy", "Copy", tooltip="Copy what is selected or shown to the clipboard.", id="detail.copy"),
        Binding("w", "save", "Save", tooltip="Save the payload in a file.", id="detail.save"),
        Binding("E", "open_editor", "Editor", tooltip="Open a copy of the payload in $VISUAL or $EDITOR.",
                id="detail.editor"),
        Binding("m", "more", "More", tooltip="Load more of a large payload.", id="detail.more"),
        Binding("v", "went", "As sent", tooltip="Show the payload as it was sent on, or as it came.", id="detail.went"),
        Binding("escape", "end_search", "End search", tooltip="End the search.", id="detail.end-search", show=False),
    ]  # fmt: skip
    DEFAULT_CSS = """
    DetailPane {
        background: $background;
        & > .notice {
            height: auto; max-height: 2; display: none; padding: 0 1; color: $text-warning; background: $boost;
        }
        & > .notice.-shown { display: block; }
    }
    """

    @dataclass
    class Edited(Message):
        """A held message's payload was changed in the editor: it is not put in its place yet."""

        session: int
        message: int
        payload: bytes

    def __init__(self, capture: Capture, engine: Engine) -> None:
        super().__init__()
        self._capture, self._engine = capture, engine
        self._bar = TabBar(self)
        self._view = DocumentView()
        self._notice = Static(classes="notice", markup=False)
        self._find = FindBar()
        self._loader = Loader(capture, engine, self._show, self._fail)
        self._wanted: Wanted | None = None
        self._tab: Tab | None = None
        self._loaded: Loaded | None = None
        self._spots: dict[Tab, Spot] = {}

    def compose(self) -> ComposeResult:
        """Put the parts below each other."""
        yield self._bar
        yield self._view
        yield self._notice
        yield self._find

    def on_mount(self) -> None:
        """Begin to read, and listen to what changes."""
        run: Callable[[], Coroutine[None, None, None]] = self._loader.run
        _: Worker[None] = self.run_worker(run, group="loader")
        self._capture.changed.subscribe(self, self._on_change)
        self._engine.changed.subscribe(self, lambda _: self._loader.look_again())
        self._say([[("", "")], [(f"  {_HINT}", QUIET)]])

    def show(self, chosen: Chosen | None) -> None:
        """Show what is chosen, as soon as it is read; None: nothing."""
        if self._wanted is not None and self._wanted.chosen == chosen:
            return
        self._want(None if chosen is None else Wanted(chosen, self._tab))
        if chosen is None:
            self._loaded = None
            self._say([[("", "")], [(f"  {_HINT}", QUIET)]])

    def on_descendant_focus(self) -> None:
        """Show where the focus is."""
        self._bar.refresh()

    def on_descendant_blur(self) -> None:
        """Show where the focus is."""
        self._bar.refresh()

    def focus_content(self) -> None:
        """Bring the focus to what is shown."""
        self._view.focus()

    @property
    def subject(self) -> Subject | None:
        """What is shown."""
        return None if self._loaded is None else self._loaded.subject

    def _want(self, wanted: Wanted | None) -> None:
        self._wanted = wanted
        self._loader.want(wanted)

    def _on_change(self, change: Change) -> None:
        # What cannot be read any more is still shown as it was.
        if change.problem is None:
            self._loader.look_again()

    def _show(self, loaded: Loaded) -> None:
        before, self._loaded = self._loaded, loaded
        subject, layout, tab = loaded.subject, loaded.layout, loaded.tab
        if subject is None or layout is None or tab is None:
            self._say([[("", "")], [(f"  {_GONE}", QUIET)]])
            return
        same = before is not None and before.subject is not None and before.subject.chosen == subject.chosen
        if not same:
            self._spots.clear()
        elif before is not None and before.tab is not None:
            self._spots[before.tab] = self._view.spot()
        self._bar.show(_title(subject, tab), tabs_of(subject), tab)
        self._tell(layout.notice)
        if before is None or before.layout is not layout:
            load = None if layout.payload is None else partial(read_part, self._capture, layout.payload)
            self._view.show(layout.make, load, self._spots.get(tab))
        self.refresh_bindings()

    def _fail(self, error: StoreError) -> None:
        self._loaded = None
        self._say([[(f"  {line}", BAD)] for line in ("", *escape_each(str(error)))])

    def _say(self, lines: list[Line]) -> None:
        """Show words in place of a record."""
        document = ListDocument(lines)
        self._bar.show([(" Detail ", QUIET)], {}, None)
        self._tell("")
        self._view.show(lambda _: document)
        self.refresh_bindings()

    def _tell(self, notice: str) -> None:
        self._notice.update(notice)
        self._notice.set_class(bool(notice), "-shown")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Offer what makes sense for what is shown."""
        subject = self.subject
        match action:
            case "match" | "end_search":
                return self._find.is_open
            case "save" | "open_editor":
                return subject is not None and subject.payload is not None
            case "more":
                return self._more() is not None
            case "went":
                return subject is not None and subject.went is not None
            case "find":
                return subject is not None and not self._find.has_focus_within
            case "copy" | "tab":
                return subject is not None
            case _:
                return True

    # Tabs and amounts.

    def action_tab(self, step: int) -> None:
        """Show another tab."""
        if self._loaded is None or self._loaded.subject is None or self._loaded.tab is None:
            return
        tabs = list(tabs_of(self._loaded.subject))
        self._choose(tabs[(tabs.index(self._loaded.tab) + step) % len(tabs)])

    @on(TabBar.Clicked)
    def _tab_clicked(self, event: TabBar.Clicked) -> None:
        event.stop()
        self._view.focus()
        self._choose(event.tab)

    def _choose(self, tab: Tab) -> None:
        self._tab = tab
        if self._wanted is not None:
            self._want(replace(self._wanted, tab=tab))

    def action_more(self) -> None:
        """Load more of a large payload."""
        amount = self._more()
        if amount is not None and self._wanted is not None and self._loaded is not None:
            self._want(replace(self._wanted, amount=AMOUNTS[amount], tab=self._loaded.tab))

    def _more(self) -> int | None:
        """Return the place of the next larger amount, if that would show more."""
        if self._loaded is None or self._loaded.subject is None or self._loaded.layout is None:
            return None
        place = AMOUNTS.index(self._loaded.subject.amount) + 1
        return place if MORE in self._loaded.layout.notice and place < len(AMOUNTS) else None

    def action_went(self) -> None:
        """Show what went in place of what came, or the other way round."""
        if self._wanted is not None and self._loaded is not None and self._loaded.subject is not None:
            self._spots.clear()
            tab = self._loaded.tab
            if tab not in _OF_PAYLOAD:
                # The others show both, or none.
                tab = Tab.FORMAT if Tab.FORMAT in tabs_of(self._loaded.subject) else Tab.TEXT
            self._want(replace(self._wanted, went=not self._loaded.subject.shows_went, tab=tab))

    # Searching.

    def action_find(self) -> None:
        """Ask what to search for."""
        self._find.open()
        self.refresh_bindings()

    def action_match(self, step: int) -> None:
        """Go to another match."""
        self._view.next_match(step)

    def action_end_search(self) -> None:
        """End the search."""
        self._find.close()
        self._view.search("")
        self._view.focus()
        self.refresh_bindings()

    @on(FindBar.Changed)
    def _query_changed(self, event: FindBar.Changed) -> None:
        event.stop()
        self._view.search(event.query)

    @on(FindBar.Kept)
    def _query_kept(self, event: FindBar.Kept) -> None:
        event.stop()
        self._view.focus()

    @on(FindBar.Left)
    def _search_left(self, event: FindBar.Left) -> None:
        event.stop()
        self.action_end_search()

    @on(FindBar.Step)
    def _step_asked(self, event: FindBar.Step) -> None:
        event.stop()
        self._view.next_match(event.step)

    @on(DocumentView.Searched)
    def _searched(self, event: DocumentView.Searched) -> None:
        event.stop()
        searched = self._searched_part()
        self._find.tell(event.current, event.count, complete=event.complete, searched=searched)

    @on(DocumentView.Failed)
    def _bytes_failed(self, event: DocumentView.Failed) -> None:
        event.stop()
        complain(self.app, event.error)

    def _searched_part(self) -> str:
        """Say what is searched, where that is not all of the payload."""
        loaded = self._loaded
        if loaded is None or loaded.subject is None:
            return ""
        found = loaded.subject.structure
        is_cut = loaded.subject.missing > 0 or (found is not None and bool(found.remarks))
        if loaded.tab is Tab.TEXT and loaded.subject.missing > 0:
            return f"the first {size_text(len(loaded.subject.beginning))}"
        return "what is shown" if loaded.tab in {Tab.DECODED, Tab.FORMAT} and is_cut else ""

    # Taking along.

    @work(group="copy", exclusive=True)
    async def action_copy(self) -> None:
        """Copy what is selected, or what is shown."""
        selected = self.screen.get_selected_text()
        if selected:
            self.app.copy_to_clipboard(selected)
            tell(self.app, f"Copied: {size_text(len(selected))} characters that are selected")
            return
        loaded = self._loaded
        if loaded is None or loaded.subject is None or loaded.tab is None:
            return
        try:
            copy = await copied(self._capture, self._view, loaded.subject, loaded.tab)
        except StoreError as error:
            complain(self.app, error)
            return
        self.app.copy_to_clipboard(copy.text)
        tell(self.app, copy.notice)

    @work(group="save")
    async def action_save(self) -> None:
        """Save the payload in a file."""
        subject = self.subject
        if subject is None or subject.payload is None:
            return
        path = await self.app.push_screen_wait(PathDialog("Save the payload", file_name(subject)))
        if path is None:
            return
        try:
            written = await save_payload(self._capture, subject.payload, path)
        except WsinspectError as error:
            complain(self.app, error)
            return
        tell(self.app, f"Saved {size_text(written)} bytes in {path}")

    @work(group="editor", exclusive=True)
    async def action_open_editor(self) -> None:
        """Open a copy of the payload in the editor; what is changed there can be put in a held message's place."""
        subject = self.subject
        if subject is None or subject.payload is None:
            return
        try:
            if subject.payload.size > _EDITED_AT_MOST:
                raise WsinspectError(
                    f"{size_text(subject.payload.size)} is too much for an editor: w saves it in a file"
                )
            whole = await read_part(self._capture, subject.payload, 0, subject.payload.size)
            edited = await edit_in_editor(self.app, whole, suffix_of(subject))
        except WsinspectError as error:
            complain(self.app, error)
            return
        if edited is None:
            return
        if subject.held and isinstance(subject.chosen, ChosenMessage):
            self.post_message(self.Edited(subject.chosen.session, subject.chosen.number, edited))
        else:
            tell(self.app, "The message is not held: what was changed in the editor was a copy, and is gone.")


def _title(subject: Subject, tab: Tab) -> list[Cell]:
    if subject.message is not None:
        went = subject.shows_went if tab in _OF_PAYLOAD or subject.shows_went else None
        return message_title(subject.message, would=subject.held, went=went)
    if subject.frames:
        count = subject.chosen.count if isinstance(subject.chosen, ChosenFrames) else 1
        return frames_title(subject.frames, count)
    return [] if subject.session is None else session_title(subject.session)


def escape_each(text: str) -> list[str]:
    """Make the lines of a text harmless."""
    return [escape(line) for line in text.splitlines()]
