"""Asks for a file, and whether one that is there may be overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Literal

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, Static

from wsinspect.tui.dialogs.confirm import ConfirmDialog
from wsinspect.tui.dialogs.dialog import Dialog, button
from wsinspect.tui.dialogs.path_names import PathNames
from wsinspect.tui.widgets.completed_line import CompletedLine

_LIST_ROOM = 5
"""Lines below the field, for the proposals."""

type Overwrite = Literal["ask", "append", "read"]


class PathDialog(Dialog[Path]):
    """Asks for a file.

    Args:
        title: What the box is headed with.
        proposal: What is written there at first.
        overwrite: What a file that is there means: `ask` whether to overwrite it, `append` to it without a question, or
            it has to be there, as it is to be `read`.
        above: Something else to choose, above the line.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "choose", "Choose", id="dialog.choose", tooltip="Choose this file (also enter).", show=False),
    ]

    def __init__(
        self, title: str, proposal: Path | str = "", *, overwrite: Overwrite = "ask", above: Widget | None = None
    ) -> None:
        super().__init__(title)
        self._above = above
        self._line = CompletedLine(PathNames(), text=str(proposal))
        self._overwrite = overwrite

    def content(self) -> Iterable[Widget]:
        """Show the field."""
        if self._above is not None:
            yield self._above
        yield self._line
        yield Static("tab completes names; ~ is your home folder", classes="hint", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Offer to choose it or not."""
        yield button("Open" if self._overwrite == "read" else "Save", "choose", key="\u23ce", primary=True)
        yield button("Cancel", "cancel", key="esc")

    def on_mount(self) -> None:
        """Bring the cursor into the field."""
        super().on_mount()
        self._line.focus()

    @on(CompletedLine.Entered)
    def _entered(self, event: CompletedLine.Entered) -> None:
        event.stop()
        self.action_choose()

    @on(CompletedLine.Left)
    def _left(self, event: CompletedLine.Left) -> None:
        event.stop()
        self.action_cancel()

    @on(CompletedLine.Typed)
    def _typed(self, event: CompletedLine.Typed) -> None:
        event.stop()
        self.complain("")

    def action_choose(self) -> None:
        """Return the path, if it will do."""
        if not self._line.text.strip():
            self.complain("write the name of a file")
            return
        try:
            path = Path(self._line.text.strip()).expanduser()
            problem = _problem(path, self._overwrite)
            asks = self._overwrite == "ask" and path.exists()
        except (OSError, RuntimeError, ValueError) as error:
            problem, asks = f"cannot be used: {error}", False
        if problem is not None:
            self.complain(problem)
        elif asks:
            question = ConfirmDialog(f"{path} is there already. Overwrite it?", "Overwrite", "Keep it", danger=True)

            def answered(yes: bool | None) -> None:
                if yes:
                    self.dismiss(path)

            self.app.push_screen(question, answered)
        else:
            self.dismiss(path)


def _problem(path: Path, overwrite: Overwrite) -> str | None:
    if path.is_dir():
        return "this is a folder: add the name of a file"
    if overwrite == "read" and not path.is_file():
        return "there is no such file"
    if path.exists() and not path.is_file():
        # Reading it might never end.
        return "this is a device or a pipe, no file"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return None
