"""The line above a pane tells what it is told, shows the focus, and takes clicks."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Button

from tests.cli.recording import write_capture
from tests.tui.widgets.panes import hosted, lines, sees
from wsinspect.present.title_line import Part
from wsinspect.tui.widgets.title_line import TitleLine


class Pane(Vertical):
    def __init__(self) -> None:
        super().__init__()
        self.title = TitleLine(self)
        self.clicked: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.title
        yield Button("x")

    def on_descendant_focus(self) -> None:
        self.title.refresh()

    def on_title_line_clicked(self, event: TitleLine.Clicked) -> None:
        self.clicked.append(event.action)


async def test_it_tells_and_takes_clicks(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), lambda _: Pane(), (60, 10)) as (pane, pilot, host):
        pane.title.tell([Part("[red]Messages", "bold", "all")], [Part("following", "green", "follow")])
        pane.screen.set_focus(None)
        await sees(pane.title, "─ [red]Messages ──")
        pane.query_one(Button).focus()
        await sees(pane.title, "━ [red]Messages ━━")
        await pilot.click(pane.title, offset=(5, 0))
        await pilot.click(pane.title, offset=(30, 0))
        await pilot.click(pane.title, offset=(55, 0))
        assert pane.clicked == ["all", "follow"]
        host.theme = "textual-light"
        await pilot.resize_terminal(30, 5)
        await pilot.pause()
        assert lines(pane.title)[0].endswith("following ━")
