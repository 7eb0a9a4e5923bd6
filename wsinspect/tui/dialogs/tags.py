"""Asks for the tags and the note of a session or message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, Static

from wsinspect.present.text import escape
from wsinspect.tui.data.history import History, history_of
from wsinspect.tui.dialogs.dialog import Dialog, button
from wsinspect.tui.widgets.completed_line import CompletedLine
from wsinspect.tui.widgets.payload_area import PayloadArea
from wsinspect.tui.widgets.proposals import NoProposals, Proposals

MOST_TAGS, LONGEST_TAG, LONGEST_NOTE = 64, 100, 100_000
"""As many and as long as the engine takes."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """What a person says of a session or message."""

    tags: tuple[str, ...]
    note: str | None
    """None for no note."""


class _TagWords(NoProposals):
    """Completes tags: with those that were given before."""

    def __init__(self, history: History) -> None:
        self._history = history

    def proposals(self, text: str, cursor: int) -> Proposals:
        """List the tags that begin as the one before the cursor does, the latest first."""
        begun = text[:cursor].rpartition(",")[2].lstrip()
        given = set(tags_of(text))
        words = tuple(
            tag for tag in reversed(self._history.entries()) if tag.startswith(begun) and tag not in given - {begun}
        )
        return Proposals(cursor - len(begun), words, asked=bool(begun) and any(word != begun for word in words))


class TagsDialog(Dialog[Annotated]):
    """Asks for tags and a note.

    Args:
        tags: Those it has.
        note: The one it has.
        of: What it is: `message 3.17`.
    """

    DEFAULT_CSS = """
    TagsDialog {
        & PayloadArea { height: 6; background: $background; }
        & .hint { margin-bottom: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="dialog.tags-save", tooltip="Save the tags and the note.", priority=True),
    ]

    def __init__(self, tags: Sequence[str], note: str | None, *, of: str) -> None:
        super().__init__(f"Tags and note of {of}")
        self._before = Annotated(tuple(tags), note)
        self._history = history_of("tags")
        # A tag that has a comma, or a character that cannot be shown, stays what it is as long as the line does.
        self._line_before = escape("".join(f"{tag}, " for tag in tags))
        self._line = CompletedLine(_TagWords(self._history), text=self._line_before)
        self._note = PayloadArea()
        self._note.placeholder = "a note"

    def content(self) -> Iterable[Widget]:
        """Show both fields."""
        yield Static("tags", classes="label", markup=False)
        yield self._line
        yield Static("with commas between them; a filter finds them: tags == vip", classes="hint", markup=False)
        yield Static("note", classes="label", markup=False)
        yield self._note

    def buttons(self) -> Iterable[Button]:
        """Offer to save them or not."""
        yield button("Save", "save", key="^s", primary=True)
        yield button("Cancel", "cancel", key="esc")

    def on_mount(self) -> None:
        """Show what there is, the cursor in the tags."""
        super().on_mount()
        self._note.show(self._before.note or "")
        self._line.focus()

    @on(CompletedLine.Entered)
    def _entered(self, event: CompletedLine.Entered) -> None:
        event.stop()
        self.action_save()

    @on(CompletedLine.Left)
    def _left(self, event: CompletedLine.Left) -> None:
        event.stop()
        self.action_cancel()

    def action_save(self) -> None:
        """Return what was written, if it will do."""
        same = self._line.text == self._line_before
        told = Annotated(self._before.tags if same else tags_of(self._line.text), self._note.content.strip() or None)
        if len(told.tags) > MOST_TAGS:
            self.complain(f"more than {MOST_TAGS} tags")
        elif any(len(tag) > LONGEST_TAG for tag in told.tags):
            self.complain(f"a tag has {LONGEST_TAG} characters at most")
        elif len(told.note or "") > LONGEST_NOTE:
            self.complain(f"a note has {LONGEST_NOTE:,} characters at most")
        else:
            for tag in told.tags:
                self._history.add(tag)
            self.dismiss(told)


def tags_of(text: str) -> tuple[str, ...]:
    """Read tags with commas between them, each once."""
    return tuple(dict.fromkeys(tag for each in text.split(",") if (tag := each.strip())))
