"""The statistics: how much, how fast, how large, how slow, of all sessions or of one, drawn as charts with figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker

from wsinspect.present import figure_pages as pages
from wsinspect.present.charts import Line
from wsinspect.present.lines import BAD, MARK, QUIET, TITLE
from wsinspect.present.text import Cell, cell_len, escape
from wsinspect.store.figures import Turnaround
from wsinspect.store.replies import Reply
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.data.figures import FiguresFeed, Known
from wsinspect.tui.selection import Chosen, ChosenMessage, ChosenSession
from wsinspect.tui.widgets.choice_list import ChoiceList, ChoiceRow
from wsinspect.tui.widgets.key_bar import KeyBar
from wsinspect.tui.widgets.lines_view import LinesView

_GRID_WIDTH, _GRID_HEIGHT = 110, 32
"""From this size on all pages are in sight."""
_WIDE = 170
_BAR_CELLS = 20
_LEAST_CHOICES = 5
_LIST = len(pages.PAGES) - 1
"""The page that is a list."""

type _Draw = Callable[[Known, int, int], Sequence[Line]]

_DRAWN: tuple[_Draw, ...] = (
    lambda known, width, height: pages.message_rate_page(known.messages, width, height),
    lambda known, width, height: pages.byte_rate_page(known.messages, width, height),
    lambda known, width, height: pages.size_page(known.messages, width, height),
    lambda known, width, height: pages.time_page(known.messages, known.replies, width, height),
    lambda known, width, height: pages.type_page(known.messages, known.sessions, width, height),
)


class StatisticsScreen(Screen[Chosen | None]):
    """Shows the statistics; returns what a person wants to see in the traffic.

    Args:
        capture: The capture.
        session: Number of the session that is looked at just now, for the figures of one; None: the busiest.
    """

    KEYS_TITLE = "Statistics"
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    StatisticsScreen { layout: vertical; }
    StatisticsScreen #head { height: 2; border: none; padding: 0 1; background: $panel; }
    StatisticsScreen LinesView { overflow: hidden; }
    StatisticsScreen #pages { height: 1fr; layout: grid; grid-size: 1 1; grid-gutter: 0; }
    StatisticsScreen #pages > * { display: none; }
    StatisticsScreen #pages > .-chosen { display: block; }
    StatisticsScreen #pages.-grid { grid-size: 2 3; }
    StatisticsScreen #pages.-grid.-wide { grid-size: 3 2; }
    StatisticsScreen #pages.-grid > * { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "Traffic", tooltip="Go back to the traffic.", id="statistics.back"),
        *(
            Binding(str(number + 1), f"page({number})", title, tooltip=f"Show: {title.lower()}.",
                    id=f"statistics.page-{number + 1}", show=False)
            for number, title in enumerate(pages.PAGES)
        ),
        Binding("right", "turn(1)", "Next", tooltip="Show the next chart.", id="statistics.next"),
        Binding("left", "turn(-1)", "Previous", tooltip="Show the chart before.", id="statistics.previous"),
        Binding("z", "zoom", "Zoom", tooltip="Show one chart alone, or all that fit.", id="statistics.zoom"),
        Binding("a", "all_or_one", "All/one", tooltip="Count all sessions, or one alone.", id="statistics.all"),
        Binding("right_square_bracket", "session(1)", "Session +", tooltip="Count the next session alone.",
                id="statistics.next-session", show=False),
        Binding("left_square_bracket", "session(-1)", "Session -", tooltip="Count the session before alone.",
                id="statistics.previous-session", show=False),
    ]  # fmt: skip

    page: reactive[int] = reactive(0, init=False)
    """The page that is chosen."""
    alone: reactive[bool] = reactive(default=False, init=False)
    """Whether it is shown alone where there is room for all."""
    session: reactive[int | None] = reactive[int | None](None, init=False)
    """The session that is counted; None: all of them."""

    def __init__(self, capture: Capture, session: int | None = None) -> None:
        super().__init__()
        self._capture = capture
        self._one = session
        self._sessions = 0
        self._busiest: int | None = None
        self._feed = FiguresFeed(capture, None, self._show)
        self._head = LinesView("", id="head")
        self._head.can_focus = False
        self._list = ChoiceList(f"6 {pages.PAGES[_LIST]}")
        self._panels = [LinesView(f"{number + 1} {title}") for number, title in enumerate(pages.PAGES[:_LIST])]

    def compose(self) -> ComposeResult:
        """Put the pages in their places."""
        yield self._head
        with Container(id="pages"):
            yield from self._pages
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin to count."""
        self._capture.changed.subscribe(self, lambda _: self._feed.wake())
        self._lay_out()
        self._count()

    def on_resize(self) -> None:
        """Show as many pages as fit."""
        self._lay_out()

    @property
    def _pages(self) -> Sequence[Widget]:
        return (*self._panels, self._list)

    # ---- what a person does

    def action_page(self, number: int) -> None:
        """Show a page."""
        self.page = number
        self._pages[number].focus()

    def action_turn(self, by: int) -> None:
        """Show another page."""
        self.action_page((self.page + by) % len(pages.PAGES))

    def action_zoom(self) -> None:
        """Show one page alone, or all."""
        self.alone = not self.alone

    def action_all_or_one(self) -> None:
        """Count all sessions, or one."""
        if self.session is not None:
            self._one, self.session = self.session, None
            return
        chosen = self._list.chosen.partition(" ")
        if self._list.has_focus and chosen[0] == "session":
            self._one = int(chosen[2])
        self.session = self._one or self._busiest

    def action_session(self, by: int) -> None:
        """Count the next session, or the one before."""
        if self._sessions:
            first = 1 if by > 0 else self._sessions
            self.session = first if self.session is None else max(self.session + by, 1)

    @on(ChoiceList.Opened)
    def _opened(self, event: ChoiceList.Opened) -> None:
        kind, _, number = event.key.partition(" ")
        if kind == "session":
            self.dismiss(ChosenSession(int(number)))
        else:
            session, _, message = number.partition(".")
            self.dismiss(ChosenMessage(int(session), int(message)))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Choose the page that a person has gone to."""
        if event.widget in self._pages:
            self.page = self._pages.index(event.widget)

    def watch_page(self) -> None:
        """Show another page."""
        self._lay_out()

    def watch_alone(self) -> None:
        """Show one page, or all."""
        self._lay_out()

    def watch_session(self) -> None:
        """Count other sessions."""
        self._count()

    # ---- what is shown

    def _lay_out(self) -> None:
        fits = self.size.width >= _GRID_WIDTH and self.size.height >= _GRID_HEIGHT
        container = self.query_one("#pages")
        container.set_class(fits and not self.alone, "-grid")
        container.set_class(self.size.width >= _WIDE, "-wide")
        for number, each in enumerate(self._pages):
            each.set_class(number == self.page, "-chosen")
        if not self.size:
            # What fits is not known yet.
            return
        # The list has as many rows as it has room for, once it is laid out.
        self.call_after_refresh(lambda: self._feed.wake(draw=True))
        if self.focused is None and container.has_class("-grid"):
            # It alone has something to choose.
            self.action_page(_LIST)
        elif self.focused is None or (not container.has_class("-grid") and self.focused is not self._pages[self.page]):
            self._pages[self.page].focus()

    def _count(self) -> None:
        self._feed = FiguresFeed(self._capture, self.session, self._show)
        _: Worker[None] = self.run_worker(self._feed.run, group="figures", exclusive=True)

    @on(LinesView.Resized)
    def _resized(self) -> None:
        self._feed.wake(draw=True)

    def _show(self, known: Known) -> None:
        if self.session is None:
            self._sessions = known.sessions.count
            self._busiest = known.sessions.busiest[0].session if known.sessions.busiest else None
        self._head.show(self._head_lines(known))
        for panel, draw in zip(self._panels, _DRAWN, strict=True):
            size = panel.scrollable_content_region
            if size.width and size.height:
                panel.show(draw(known, size.width, size.height))
        self._list.show(_choices(known, self._list.scrollable_content_region.height))

    def _head_lines(self, known: Known) -> list[Line]:
        first: list[Cell] = [("Statistics of ", QUIET)]
        if self.session is None:
            first.append(("all sessions", TITLE))
        else:
            url = known.sessions.busiest[0].url if known.sessions.busiest else "which is not there"
            first += [(f"session {self.session}", TITLE), (f"  {escape(url)}", "")]
        if known.problem is not None:
            return [first, [(escape(known.problem), BAD)]]
        if known.done < 1:
            return [first, _progress(known.done, "of the capture counted")]
        if known.replies_done < 1:
            first += [("   ", ""), *_progress(known.replies_done, "looked through for replies")]
        second: list[Cell] = list(pages.head_line(known.messages, known.sessions))
        since = f"   {pages.since_text(known.messages)}"
        if sum(cell_len(text) for text, _ in second) + len(since) <= self._head.scrollable_content_region.width:
            second.append((since, QUIET))
        return [first, second]


def _progress(done: float, what: str) -> list[Cell]:
    filled = round(done * _BAR_CELLS)
    return [("█" * filled + "░" * (_BAR_CELLS - filled), MARK), (f" {done:.0%} {what}", MARK)]


def _choices(known: Known, height: int) -> Sequence[ChoiceRow]:
    """List what stands out: of each kind so many that the first ones of both are in sight."""
    most = max((height - 2) // 2, _LEAST_CHOICES)
    title = "Replies that took longest; enter goes there"
    several: Sequence[Reply | Turnaround] = known.replies.slowest
    if not several:
        title, several = "Messages of servers that came longest after one of the client", known.messages.slowest
    busiest = known.sessions.busiest[:most]
    rows = [ChoiceRow("", ((title, QUIET),))]
    rows += [
        ChoiceRow(f"message {slow.session}.{slow.number}", tuple(pages.slow_cells(slow))) for slow in several[:most]
    ]
    rows += [] if several else [_NONE]
    rows.append(ChoiceRow("", (("Sessions with most messages", QUIET),)))
    rows += [ChoiceRow(f"session {busy.session}", tuple(pages.busy_cells(busy))) for busy in busiest]
    return rows if busiest else [*rows, _NONE]


_NONE = ChoiceRow("", (("none yet", QUIET),))
