"""A line for a filter expression: proposals, history, and below it what is wrong and where, or what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from wsinspect.present.text import escape
from wsinspect.query import Target
from wsinspect.tui.data.history import history_of
from wsinspect.tui.widgets.completed_line import CompletedLine
from wsinspect.tui.widgets.filter_text import EXAMPLES, Problem, meaning, problem_of, proposals, taken
from wsinspect.tui.widgets.proposals import Proposals


class _FilterWords:
    """Completes filters."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets

    def proposals(self, text: str, cursor: int) -> Proposals:
        return proposals(text, cursor, self._targets)

    def taken(self, text: str, cursor: int, start: int, word: str) -> tuple[str, int]:
        return taken(text, cursor, start, word)


class _Marker(Highlighter):
    """Underlines the part of a filter that is wrong."""

    def __init__(self) -> None:
        self.problem: Problem | None = None

    def highlight(self, text: Text) -> None:
        if self.problem is not None:
            text.stylize("underline" if self.problem.unfinished else "underline bold", *self._span())

    def _span(self) -> tuple[int, int]:
        assert self.problem is not None
        return self.problem.start, self.problem.end


class FilterInput(Vertical):
    """A line for a filter.

    Args:
        targets: What the filter may be asked of: it is right if it can be asked of one of them.
        history: The kind of its history, such as `messages`.
        text: What is written there at first.
        example: What an empty line says below it; by itself examples for the first target.
    """

    DEFAULT_CSS = """
    FilterInput {
        height: 2;
        & > Static { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; color: $text 70%; }
    }
    """

    @dataclass
    class Typed(Message):
        """The text is another."""

        input: FilterInput
        text: str
        problem: Problem | None

        @property
        def control(self) -> FilterInput:
            """The line."""
            return self.input

    @dataclass
    class Entered(Message):
        """Somebody pressed `enter`; only told of a filter that is right, or of an empty line."""

        input: FilterInput
        text: str

        @property
        def control(self) -> FilterInput:
            """The line."""
            return self.input

    @dataclass
    class Left(Message):
        """Somebody wants to leave the line."""

        input: FilterInput

        @property
        def control(self) -> FilterInput:
            """The line."""
            return self.input

    def __init__(
        self,
        targets: Sequence[Target],
        history: str,
        *,
        text: str = "",
        example: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self.targets = tuple(targets)
        self._history = history_of(history)
        self._marker = _Marker()
        self._line = CompletedLine(
            _FilterWords(self.targets), self._history, text=text, highlighter=self._marker, gap=1
        )
        self._below = Static(markup=False)
        self._example = EXAMPLES[self.targets[0]] if example is None else example

    def compose(self) -> ComposeResult:
        """Put what there is to say below the line."""
        yield self._line
        yield self._below

    def on_mount(self) -> None:
        """Say something from the start."""
        self._tell(insistent=False)

    @property
    def text(self) -> str:
        """What is written, without spaces around it."""
        return self._line.text.strip()

    @property
    def input(self) -> Input:
        """The line itself: where the focus is."""
        return self._line.input

    @property
    def problem(self) -> Problem | None:
        """What is wrong with it; None for an empty line."""
        return problem_of(self._line.text, self.targets) if self.text else None

    def set_text(self, text: str) -> None:
        """Write a filter."""
        self._line.set_text(text)
        self._tell(insistent=False)

    def focus(self, scroll_visible: bool = True) -> FilterInput:
        """Bring the cursor into the line."""
        self._line.focus(scroll_visible)
        return self

    def enter(self) -> bool:
        """Do as `enter` does; return whether the filter is right."""
        problem = self._tell(insistent=True)
        if problem is None:
            self._history.add(self.text)
            self.post_message(self.Entered(self, self.text))
        return problem is None

    @on(CompletedLine.Typed)
    def _typed(self, event: CompletedLine.Typed) -> None:
        event.stop()
        self.post_message(self.Typed(self, self.text, self._tell(insistent=False)))

    @on(CompletedLine.Entered)
    def _entered(self, event: CompletedLine.Entered) -> None:
        event.stop()
        self.enter()

    @on(CompletedLine.Left)
    def _left(self, event: CompletedLine.Left) -> None:
        event.stop()
        self.post_message(self.Left(self))

    def _tell(self, *, insistent: bool) -> Problem | None:
        """Say what there is to say, and return what is wrong.

        Args:
            insistent: Whether to show a problem as one also where the filter is not finished.
        """
        problem = self._marker.problem = self.problem
        if problem is not None:
            calm = problem.unfinished and not insistent
            hint = f" \u2014 {problem.hint}" if problem.hint else ""
            said = f"column {problem.start + 1}: {problem.message}"
            self._below.update(
                Content.assemble(
                    ("\u2026 " if calm else "\u2717 ", "dim" if calm else "bold $text-error"),
                    (escape(said), "dim" if calm else "$text-error"),
                    (escape(hint), "dim"),
                )
            )
        elif not self.text:
            self._below.update(Content(self._example))
        else:
            means = meaning(self.text, self.targets)
            self._below.update(Content("" if means is None else escape(means)))
        self._line.input.refresh()
        return problem
