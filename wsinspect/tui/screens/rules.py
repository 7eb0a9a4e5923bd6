"""The rules: which there are, what they do, what is wrong with their files, and what they would do to this capture."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.worker import Worker

from wsinspect.control.client import ControlNotice
from wsinspect.errors import StoreError, WsinspectError
from wsinspect.present.charts import Line
from wsinspect.present.lines import BAD, QUIET, TITLE
from wsinspect.present.rule_page import book_rows, head_lines, rule_key, trial_head
from wsinspect.present.rule_rows import FileProblem, RuleFacts, problem_lines, rule_lines
from wsinspect.present.text import escape
from wsinspect.present.trial_report import report_lines
from wsinspect.store.dry_run import DryRun, read_files
from wsinspect.tui.data.capture import Capture, Lane
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.data.rule_book import RefusedError, RuleBook, text_of
from wsinspect.tui.dialogs.path import PathDialog
from wsinspect.tui.editor import open_in_editor
from wsinspect.tui.notes import tell
from wsinspect.tui.selection import Chosen
from wsinspect.tui.widgets.choice_list import ChoiceList, ChoiceRow
from wsinspect.tui.widgets.key_bar import KeyBar
from wsinspect.tui.widgets.lines_view import LinesView

REFRESH_EVERY_S = 1.0
"""Hits are asked for no more often."""
_TOLD_EVERY_S = 0.5
_NOTICES = frozenset({"rules", "rule_error"})


class RulesScreen(Screen[Chosen | None]):
    """Shows the rules.

    Args:
        capture: The capture.
        engine: The engine.
        acted: Names of rules, of which one is chosen at first, if it is there.
    """

    KEYS_TITLE = "Rules"
    DEFAULT_CSS = """
    RulesScreen { layout: vertical; }
    RulesScreen #head { height: 2; border: none; padding: 0 1; background: $panel; overflow: hidden; }
    RulesScreen #panes { height: 1fr; layout: grid; grid-size: 1 2; grid-rows: 2fr 3fr; }
    RulesScreen.-wide #panes { grid-size: 2 1; grid-columns: 3fr 2fr; grid-rows: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Traffic", tooltip="Leave the dry run, or go back to the traffic.", id="rules.back"),
        Binding("space", "switch", "On/off", tooltip="Turn the chosen rule on or off.", id="rules.switch"),
        Binding("e", "edit", "Edit", tooltip="Open the file in your editor, at the chosen rule or problem.",
                id="rules.edit"),
        Binding("d", "dry_run", "Dry run", tooltip="Show what the rules would do to this capture; stop doing so.",
                id="rules.dry-run"),
        Binding("r", "reload", "Reload", tooltip="Read the rule files again.", id="rules.reload"),
        Binding("l", "load", "Load", tooltip="Load one more rule file.", id="rules.load"),
        Binding("u", "unload", "Unload", tooltip="Unload the rule file of the chosen rule.", id="rules.unload",
                show=False),
    ]  # fmt: skip

    def __init__(self, capture: Capture, engine: Engine, acted: Sequence[str] = ()) -> None:
        super().__init__()
        self._acted: Sequence[str] = acted
        self._capture, self._engine = capture, engine
        self._book = RuleBook(engine)
        self._wanted = asyncio.Event()
        self._seen: tuple[object, ...] = ()
        self._trying = False
        """Whether the detail shows a dry run."""
        self._head = LinesView("", id="head")
        self._head.can_focus = False
        self._list = ChoiceList("Rules")
        self._detail = LinesView("Detail")

    def compose(self) -> ComposeResult:
        """Put the parts in their places."""
        yield self._head
        with Container(id="panes"):
            yield self._list
            yield self._detail
        yield KeyBar()

    def on_mount(self) -> None:
        """Follow what the engine does."""
        self._engine.changed.subscribe(self, self._engine_changed)
        self._engine.noticed.subscribe(self, self._noticed)
        self._list.focus()
        self._wanted.set()
        _: Worker[None] = self.run_worker(self._follow, group="rules")

    # ---- what there is

    async def _follow(self) -> None:
        """Refresh whenever that is wanted, and no more often than so."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                changed = await self._book.refresh()
            except WsinspectError as error:
                self._head.show([[("Rules", TITLE)], [(escape(error.message), BAD)]])
            else:
                if changed or not self._head.lines:
                    self._show()
            await asyncio.sleep(REFRESH_EVERY_S)

    def _engine_changed(self, engine: Engine) -> None:
        status = engine.status
        seen: tuple[object, ...] = (engine.link,)
        if status is not None:
            seen += (status.messages, status.sessions, status.rules, *status.rule_files)
        if seen != self._seen:
            self._seen = seen
            self._wanted.set()

    def _noticed(self, notice: ControlNotice) -> None:
        if notice.kind in _NOTICES:
            self._wanted.set()

    def _show(self) -> None:
        self._head.show(head_lines(self._book.book))
        self._show_rows()
        self._show_detail()
        self.refresh_bindings()

    def _show_rows(self) -> None:
        width = max(self._list.scrollable_content_region.width - 1, 20)
        self._list.show([ChoiceRow(key, tuple(cells)) for key, cells in book_rows(self._book.book, width)])
        acted = next((rule for rule in self._book.book.rules if rule.id in self._acted), None)
        if acted is not None:
            # From then on a person chooses.
            self._acted = ()
            self._list.choose(rule_key(acted))

    # ---- what is chosen

    @property
    def _chosen_rule(self) -> RuleFacts | None:
        return self._book.book.rule(self._list.chosen)

    @property
    def _chosen_problem(self) -> FileProblem | None:
        return self._book.book.problem(self._list.chosen)

    def _place(self) -> tuple[Path, int | None] | None:
        """Return the file of what is chosen, and the line."""
        if (rule := self._chosen_rule) is not None:
            return Path(rule.file), rule.line
        problem = self._chosen_problem
        if problem is not None and problem.file is not None:
            return Path(problem.file), problem.line
        files = self._book.book.files
        return (files[0], None) if files else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer what can be done with what is chosen."""
        if action == "switch":
            return self._book.book.runs and self._chosen_rule is not None
        if action == "unload":
            return bool(self._book.book.files)
        if action == "edit":
            return self._place() is not None
        if action in {"reload", "dry_run"}:
            return bool(self._book.book.files) or self._trying
        return True

    @on(ChoiceList.Moved)
    def _moved(self) -> None:
        self._show_detail(to_top=True)
        self.refresh_bindings()

    @on(ChoiceList.Opened)
    def _opened(self) -> None:
        self.action_edit()

    @on(LinesView.Resized)
    def _resized(self) -> None:
        self._show_rows()

    def _show_detail(self, *, to_top: bool = False) -> None:
        if not self._trying:
            _: Worker[None] = self.run_worker(partial(self._tell_chosen, to_top=to_top), group="detail", exclusive=True)

    async def _tell_chosen(self, *, to_top: bool) -> None:
        rule, problem = self._chosen_rule, self._chosen_problem
        lines: list[Line] = []
        if rule is not None:
            lines = list(rule_lines(rule, await text_of(rule.file)))
        elif problem is not None:
            lines = list(problem_lines(problem, None if problem.file is None else await text_of(problem.file)))
        self._detail.border_title = "Rule" if problem is None else "Problem"
        self._detail.show(lines, to_top=to_top)

    # ---- what a person does

    def action_back(self) -> None:
        """Leave the dry run, or the screen."""
        if self._trying:
            self._stop_trying()
        else:
            self.app.pop_screen()

    def action_switch(self) -> None:
        """Turn the chosen rule on or off."""
        if (rule := self._chosen_rule) is not None:
            self._do(partial(self._switch, rule))

    async def _switch(self, rule: RuleFacts) -> None:
        await self._book.switch(rule)
        tell(self.app, f"{rule.id} is {'off' if rule.enabled else 'on'} until its file is read again.")

    def action_reload(self) -> None:
        """Read the files again."""
        self._do(self._book.reload)

    def action_load(self) -> None:
        """Load one more file."""

        def load(file: Path | None) -> None:
            if file is not None:
                self._do(partial(self._book.load, file))

        files = self._book.book.files
        folder = files[-1].parent if files else Path.cwd()
        self.app.push_screen(PathDialog("Load a rule file", f"{folder}/", overwrite="read"), load)

    def action_unload(self) -> None:
        """Unload the file of what is chosen."""
        place = self._place()
        if place is not None and (file := self._loaded_file(place[0])) is not None:
            self._do(partial(self._book.unload, file))

    def action_edit(self) -> None:
        """Open the file of what is chosen."""
        if (place := self._place()) is not None:
            self._do(partial(open_in_editor, self.app, place[0], place[1]))

    def _loaded_file(self, file: Path) -> Path | None:
        """Return the file that was loaded: the one that is meant, or the last one, which may include it."""
        files = self._book.book.files
        return file if file in files else files[-1] if files else None

    def _do(self, deed: Callable[[], Awaitable[None]]) -> None:
        _: Worker[None] = self.run_worker(partial(self._done, deed), group="deeds")

    async def _done(self, deed: Callable[[], Awaitable[None]]) -> None:
        try:
            await deed()
        except RefusedError:
            # What is wrong stands among the rules now.
            self._show()
        except WsinspectError as error:
            self.notify(escape(error.message), title="Rules", severity="error", markup=False)
        self._wanted.set()

    # ---- dry run

    def action_dry_run(self) -> None:
        """Show what the rules would do, or stop doing so."""
        if self._trying:
            self._stop_trying()
            return
        self._trying = True
        self._detail.border_title = "Dry run"
        self._detail.focus()
        self._detail.show([[("Reading the rules …", QUIET)]], to_top=True)
        _: Worker[None] = self.run_worker(self._try, group="trial", exclusive=True)

    def _stop_trying(self) -> None:
        self._trying = False
        self.workers.cancel_group(self, "trial")
        self._list.focus()
        self._show_detail(to_top=True)
        self.refresh_bindings()

    async def _try(self) -> None:
        """Run the rules over the capture; anew where the readers of the capture were closed meanwhile."""
        generation = None
        try:
            while generation != self._capture.generation:
                generation = self._capture.generation
                await self._try_once(generation)
        except (StoreError, WsinspectError) as error:
            lines = [[(escape(line), BAD)] for line in str(error).splitlines()]
            self._detail.show([[("The rules cannot be tried:", BAD)], *lines], to_top=True)

    async def _try_once(self, generation: int) -> None:
        loaded = await asyncio.to_thread(read_files, self._book.book.files)
        run = await asyncio.to_thread(DryRun, loaded)
        told = 0.0
        while generation == self._capture.generation:
            more = await self._capture.read(run.advance, Lane.FIGURES)
            if not more or time.monotonic() - told >= _TOLD_EVERY_S:
                told = time.monotonic()
                run.count_up()
                self._detail.show([trial_head(run.done), *report_lines(run.trial)])
            if not more:
                return
