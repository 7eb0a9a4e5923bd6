"""A payload is changed: as text, as JSON that is checked while it is written, or as bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Static, TextArea

from wsinspect.errors import WsinspectError
from wsinspect.present.json_layout import laid_out, on_one_line
from wsinspect.present.text import escape, size_text
from wsinspect.present.written_bytes import WrittenProblem
from wsinspect.tui.dialogs.confirm import ConfirmDialog
from wsinspect.tui.dialogs.dialog import Dialog, button
from wsinspect.tui.dialogs.payload_text import (
    Finding,
    Form,
    Layout,
    Written,
    finding,
    fits_screen,
    in_form,
    pasted_as_hex,
    payload_of,
    written,
)
from wsinspect.tui.editor import edit_in_editor
from wsinspect.tui.widgets.choice import Choice
from wsinspect.tui.widgets.payload_area import PayloadArea

_SETTLE_S = 0.1
_SUFFIXES = {Form.TEXT: ".txt", Form.JSON: ".json", Form.HEX: ".bin"}
TYPES = ("text", "binary")


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of a payload."""

    payload: bytes
    of_text: bool
    """Whether it is to go in a text message."""
    go: bool
    """Whether the message is to go on now."""


class EditDialog(Dialog[Edited]):
    """Changes a payload; returns None where nothing is to be done.

    Args:
        payload: The payload.
        of_text: Whether it belongs to a text message.
        title: Which message it is.
        saving: What the two ways to save are called: with letting it go on, and without.
    """

    DEFAULT_CSS = """
    EditDialog {
        & > .box { width: 100%; max-width: 180; height: 100%; }
        & .body { height: 1fr; overflow: hidden; }
        & .row .label { width: auto; padding: 0 1 0 0; }
        & .row Choice { margin-right: 3; }
        & PayloadArea { height: 1fr; background: $background; }
        & .large { height: 1fr; padding: 1 0; }
        & .status { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """
    FILLS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s",
            "save(True)",
            "Release",
            id="dialog.edit-release",
            tooltip="Put this in place of the payload, and let the message go on.",
            priority=True,
        ),
        Binding(
            "ctrl+o",
            "save(False)",
            "Keep held",
            id="dialog.edit-keep",
            tooltip="Put this in place of the payload, and keep the message held.",
            priority=True,
        ),
        Binding(
            "ctrl+e",
            "editor",
            "Editor",
            id="dialog.edit-editor",
            tooltip="Open the payload in your editor ($VISUAL or $EDITOR).",
            priority=True,
        ),
        Binding(
            "ctrl+l",
            "lay_out",
            "Lay out",
            id="dialog.edit-lay-out",
            tooltip="Lay JSON out over lines, or put it into one.",
            priority=True,
        ),
    ]

    def __init__(
        self, payload: bytes, of_text: bool, title: str, saving: tuple[str, str] = ("Release", "Keep held")
    ) -> None:
        super().__init__(f"Edit {title}")
        self._saving = saving
        self._before = (payload, of_text)
        self._outside: bytes | None = None
        """The payload, where it is too large for the editor of the screen."""
        self._shown: Written | None = None
        self._separators = (",", ":")
        self._form_label = Static("as", classes="label", markup=False)
        self._form = Choice(list(Form), tooltip="How the payload is written here.", id="form")
        self._type = Choice(TYPES, TYPES[not of_text], tooltip="The type of the message.", id="type")
        self._layout = Choice(
            list(Layout), tooltip="JSON is sent as it is typed here, or put into one line first.", id="layout"
        )
        self._json_row = Horizontal(
            Static("send", classes="label", markup=False),
            self._layout,
            button("Lay out", "lay_out", key="^l", tooltip="Lay JSON out over lines, or put it into one."),
            classes="row",
        )
        self._outer = button("Editor", "editor", key="^e", tooltip="Open the payload in your editor.")
        self._area = PayloadArea()
        self._large = Static(classes="large", markup=False)
        self._status = Static(classes="status", markup=False)
        self._timer: Timer | None = None
        self._said: Finding | None = None

    def content(self) -> Iterable[Widget]:
        """Show the editor between what can be chosen and what there is to say."""
        yield Horizontal(
            self._form_label,
            self._form,
            Static("type", classes="label", markup=False),
            self._type,
            classes="row",
        )
        yield self._json_row
        yield self._area
        yield self._large
        yield self._status

    def buttons(self) -> Iterable[Button]:
        """Offer what can be done with it."""
        go, keep = self._saving
        yield button(go, "save(True)", key="^s", primary=True, tooltip="Save, and let the message go.")
        yield button(keep, "save(False)", key="^o", tooltip="Save it, and no more.")
        yield self._outer
        yield button("Cancel", "cancel", key="esc")

    def on_mount(self) -> None:
        """Show the payload."""
        super().on_mount()
        self._put(self._before[0])

    @property
    def _of_text(self) -> bool:
        return self._type.chosen == TYPES[0]

    # ---- between the payload and the editor

    def _put(self, payload: bytes) -> None:
        """Show a payload in the form that fits it."""
        self._show(written(payload, of_text=self._of_text), payload)

    def _show(self, shown: Written | None, payload: bytes) -> None:
        self._shown = shown
        self._outside = payload if shown is None else None
        for widget in (self._area, self._form, self._form_label):
            widget.display = shown is not None
        self._large.display = shown is None
        if shown is None:
            self._large.update(
                f"{size_text(len(payload))} bytes, or lines that long or many, are too much to be edited here.\n\n"
                "ctrl+e opens them in your editor ($VISUAL or $EDITOR)."
            )
            self._outer.focus()
        else:
            self._separators = shown.separators
            with self.prevent(Choice.Changed, TextArea.Changed):
                self._form.chosen = shown.form
                self._layout.chosen = shown.layout
                self._area.show(shown.text)
            self._area.pasting = pasted_as_hex if shown.form is Form.HEX else None
            self._area.focus()
        self._judge()

    def _written(self) -> Written | None:
        if self._shown is None:
            return None
        return dataclasses.replace(self._shown, text=self._area.content, layout=Layout(self._layout.chosen))

    def _payload(self) -> bytes | WrittenProblem:
        found = self._written()
        if found is None:
            assert self._outside is not None
            return self._outside
        return payload_of(found)

    # ---- while it is written

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.complain("")
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_SETTLE_S, self._settled)

    @on(TextArea.SelectionChanged)
    def _moved(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self._tell()

    @on(Choice.Changed, "#form")
    def _other_form(self, event: Choice.Changed) -> None:
        event.stop()
        payload = self._payload()
        assert self._shown is not None
        shown = None if isinstance(payload, WrittenProblem) else in_form(payload, Form(event.chosen))
        if isinstance(payload, WrittenProblem) or shown is None:
            with self.prevent(Choice.Changed):
                self._form.chosen = self._shown.form
            self.complain(
                "first mend what is written"
                if isinstance(payload, WrittenProblem)
                else "these bytes cannot be written so here"
                if event.chosen != Form.HEX
                else "this is too much for hexadecimal digits here"
            )
        else:
            self.complain("")
            self._show(shown, payload)

    @on(Choice.Changed)
    def _other_choice(self, event: Choice.Changed) -> None:
        event.stop()
        self._judge()

    def _settled(self) -> None:
        self._timer = None
        self._judge()

    def _judge(self) -> None:
        """Say what there is to say about what is written."""
        found = self._written()
        self._json_row.display = found is not None and found.form is Form.JSON
        self._said = None if found is None else finding(found, len(self._before[0]), of_text=self._of_text)
        self._tell()

    def _tell(self) -> None:
        said, hidden = self._said, self._area.at_cursor
        if said is None:
            self._status.update("")
            return
        self._status.update(
            Content.assemble(
                ("\u2713 " if said.good else "\u2717 ", "$text-success" if said.good else "bold $text-error"),
                (escape(said.text), "" if said.good else "$text-error"),
                (f"  at the cursor: {hidden}" if hidden else "", "$text-warning"),
            )
        )

    # ---- what can be done

    def action_save(self, go: bool) -> None:
        """Return what is written.

        Args:
            go: Whether the message is to go on.
        """
        payload = self._payload()
        if isinstance(payload, WrittenProblem):
            self.complain(f"line {payload.line} column {payload.column}: {payload.message}")
        else:
            self.dismiss(Edited(payload, self._of_text, go))

    def action_lay_out(self) -> None:
        """Lay JSON out over lines; what is laid out is put into one line."""
        found = self._written()
        if found is None or found.form is not Form.JSON:
            return
        over_lines = laid_out(found.text)
        if over_lines is None:
            self.complain("this is no JSON that could be laid out")
        elif over_lines != found.text:
            self._area.replace_all(over_lines)
        else:
            self._area.replace_all(on_one_line(found.text, self._separators) or found.text)

    def action_editor(self) -> None:
        """Open the payload in the person's editor."""
        self.run_worker(self._edit_outside(), exclusive=True)

    async def _edit_outside(self) -> None:
        payload = self._payload()
        if isinstance(payload, WrittenProblem):
            self.complain("first mend what is written")
            return
        found = self._written()
        laid = found is not None and found.form is Form.JSON
        content = self._area.content.encode() if laid else payload
        form = Form.TEXT if found is None and self._of_text else Form.HEX if found is None else found.form
        try:
            edited = await edit_in_editor(self.app, content, _SUFFIXES[form])
        except WsinspectError as error:
            self.complain(str(error))
            return
        if edited is None:
            return
        if laid and (text := _text(edited)) is not None and fits_screen(text):
            self._area.replace_all(text)
        else:
            self._put(edited)

    def action_cancel(self) -> None:
        """Close the dialog; where something was changed, ask first."""
        if (self._payload(), self._of_text) == self._before:
            self.dismiss(None)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(None)

        question = ConfirmDialog("Leave, and lose what you changed?", "Leave", "Stay", danger=True)
        self.app.push_screen(question, answered)


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
