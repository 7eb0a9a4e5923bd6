"""What all dialogs have in common: a box over the screen that scrolls inside where it does not fit, and a way out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Static

from wsinspect.present.text import escape

_AROUND_BODY = 5
"""Lines of the box that are not its body: the frame, the line for problems, the buttons and the line above them."""


class Dialog[R](ModalScreen[R | None]):
    """A box over the screen.

    Subclasses give `content` and `buttons`; the first field gets the focus.

    Args:
        title: What the box is headed with; from wherever, it is made harmless.
    """

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > .box {
            width: 90%;
            max-width: 76;
            height: auto;
            max-height: 100%;
            border: round $primary;
            border-title-color: $text-primary;
            border-title-style: bold;
            background: $surface;
            padding: 0 1;
        }
        & .body { height: auto; scrollbar-size-vertical: 1; }
        & .body > * { width: 1fr; }
        & .problem { height: auto; max-height: 3; color: $text-error; }
        & .buttons { height: 1; margin-top: 1; align-horizontal: right; }
        & Button { min-width: 4; }
        & .buttons Button { margin-left: 1; }
        & Button.-style-default.-primary { background: $primary-muted; color: $text-primary; }
        & Button.-style-default:focus {
            text-style: bold underline; background: $primary; color: $button-color-foreground;
        }
        & Button.-style-default.-error:focus { background: $error; }
        & .hint { color: $text 70%; height: auto; }
        & .row { height: auto; }
        & .row > .label { width: 12; color: $text 70%; }
        & .row > Input { width: 1fr; }
    }
    """
    FILLS: ClassVar[bool] = False
    """Whether the body takes all the room there is; else it is as high as its content."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="dialog.cancel", tooltip="Close the dialog and do nothing."),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._box = Vertical(classes="box")
        self._body = VerticalScroll(classes="body", can_focus=False)
        self._problem = Static(classes="problem", markup=False)
        self._box.border_title = Content(escape(title)) if title else None

    def compose(self) -> ComposeResult:
        """Put the content into the box, and the buttons below."""
        with self._box:
            with self._body:
                yield from self.content()
            yield self._problem
            with Horizontal(classes="buttons"):
                yield from self.buttons()

    def content(self) -> Iterable[Widget]:
        """Return what the dialog shows."""
        return ()

    def buttons(self) -> Iterable[Button]:
        """Return the buttons, the usual one first."""
        return ()

    def on_mount(self) -> None:
        """Say nothing at first."""
        self.complain("")

    def on_resize(self, event: events.Resize) -> None:
        """Leave room for the buttons, however small the screen."""
        if not self.FILLS:
            self._body.styles.max_height = max(event.size.height - _AROUND_BODY, 3)

    def complain(self, text: str) -> None:
        """Say what is wrong; an empty text takes that away."""
        self._problem.update(Content(escape(f"\u2717 {text}") if text else ""))
        self._problem.display = bool(text)

    def action_cancel(self) -> None:
        """Close the dialog."""
        self.dismiss(None)


def button(label: str, action: str, *, key: str = "", tooltip: str = "", primary: bool = False) -> Button:
    """Make a button.

    Args:
        label: What it says.
        action: The action of the dialog that it runs.
        key: The key that does the same, to be shown.
        tooltip: A sentence.
        primary: Whether it is what one mostly wants.
    """
    text = Content.assemble(label, (f" {key}", "dim") if key else "")
    made = Button(text, variant="primary" if primary else "default", action=f"screen.{action}", compact=True)
    made.tooltip = tooltip or None
    return made


def row(label: str, *fields: Widget) -> Horizontal:
    """Put fields beside a label."""
    return Horizontal(Static(label, classes="label", markup=False), *fields, classes="row")
