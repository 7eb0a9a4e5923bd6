"""Documents of any length are scrolled, searched and selected; only what is in sight is drawn."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection

from tests.peers.waiting import until
from tests.tui.hosting import Host, shown, words_on
from wsinspect.decode import structure
from wsinspect.errors import StoreError
from wsinspect.present.documents import Document, ListDocument, TextDocument
from wsinspect.present.hex_document import HexDocument, Pages
from wsinspect.present.tree_document import TreeDocument
from wsinspect.tui.widgets.detail.document_view import DocumentView, Spot


class Listening(DocumentView):
    def __init__(self) -> None:
        super().__init__()
        self.failures: list[StoreError] = []

    def on_document_view_failed(self, event: DocumentView.Failed) -> None:
        self.failures.append(event.error)


def _show(view: DocumentView, document: Document, spot: Spot | None = None) -> None:
    view.show(lambda _: document, None, spot)
    view.focus()


def _tree(payload: bytes) -> TreeDocument:
    found = structure(payload, of_text=True)
    assert found is not None
    return TreeDocument(found)


def _first(host: Host) -> str:
    return words_on(host).splitlines()[0]


LINES = "\n".join(f"line {number}" for number in range(10_000))


async def test_one_scrolls_by_lines_and_pages_and_to_the_ends() -> None:
    async with shown(DocumentView, (40, 10)) as (view, host, pilot):
        _show(view, TextDocument(LINES))
        seen = []
        for key in ("down", "j", "up", "k", "pagedown", "pageup", "end", "home", "G", "g"):
            await pilot.press(key)
            await pilot.pause()
            if key in {"end", "G"}:
                await until(lambda: "line 9999" in words_on(host) or None, "the end")
            seen.append(_first(host))
        assert seen == [f"line {n}" for n in (1, 2, 1, 0, 9, 0, 9990, 0, 9990, 0)]


async def test_long_lines_are_broken_or_scrolled_along() -> None:
    async with shown(DocumentView, (40, 10)) as (view, host, pilot):
        _show(view, TextDocument("x" * 60 + "END\nnext"))
        await pilot.pause()
        assert words_on(host).splitlines()[1].endswith("END")
        await pilot.press("W")
        await pilot.pause()
        assert words_on(host).splitlines()[1] == "next"
        await pilot.press("shift+right", "greater_than_sign", "greater_than_sign", "greater_than_sign")
        await pilot.pause()
        assert _first(host).endswith("END")
        await pilot.press(*["less_than_sign"] * 9)
        await pilot.pause()
        assert view.scroll_offset.x == 0


async def test_where_one_is_is_kept_when_the_width_changes() -> None:
    async with shown(DocumentView, (40, 10)) as (view, host, pilot):
        _show(view, TextDocument("\n".join(f"{number} " + "x" * 100 for number in range(100))), Spot(line=50))
        await pilot.pause()
        assert _first(host).startswith("50 ")
        assert view.spot().line == 50
        await pilot.resize_terminal(90, 12)
        await pilot.pause()
        assert _first(host).startswith("50 ")


async def test_a_long_document_is_laid_out_beside_other_work() -> None:
    async with shown(DocumentView, (40, 10)) as (view, _, _):
        _show(view, TextDocument("y\n" * 100_000))
        assert view._rows.count < 5000
        await until(lambda: view._rows.complete or None, "the layout")
        await until(lambda: view.virtual_size.height == 100_001 or None, "the height")


async def test_bytes_are_read_as_they_come_into_sight() -> None:
    data = bytes(range(256)) * 4000
    asked = []

    async def load(start: int, stop: int) -> bytes:
        asked.append(start)
        return data[start:stop]

    async with shown(DocumentView, (80, 10)) as (view, host, pilot):
        dump = HexDocument(Pages(len(data)))
        view.show(lambda _: dump, load)
        view.focus()
        await until(lambda: "00000000  00 01 02" in words_on(host) or None, "the beginning")
        await pilot.press("end")
        await until(lambda: "f0 f1 f2" in words_on(host) or None, "the end")
        assert len(asked) == 2


async def test_bytes_that_cannot_be_read_are_told() -> None:
    async def load(start: int, stop: int) -> bytes:
        raise StoreError("gone")

    async with shown(Listening, (80, 10)) as (view, _, pilot):
        dump = HexDocument(Pages(1000))
        view.show(lambda _: dump, load)
        await until(lambda: view.failures or None, "the failure")
        view.search("x")
        await until(lambda: len(view.failures) > 1 or None, "the failure of the search")
        await pilot.pause()


async def test_a_tree_is_gone_through_opened_and_closed() -> None:
    async with shown(DocumentView, (60, 10)) as (view, host, pilot):
        _show(view, _tree(b'{"a":{"b":1},"c":[1,2]}'))
        await pilot.press("down")
        assert view.cursor == 1
        await pilot.press("enter")
        await pilot.pause()
        assert '"b": 1  number' not in words_on(host)
        await pilot.press("enter", "down")
        assert '"b": 1  number' in words_on(host)
        await pilot.press("enter")
        assert view.cursor == 1
        await pilot.press("end")
        assert view.cursor == 5
        await pilot.press("home")
        assert view.cursor == 0


async def test_a_tree_is_opened_with_the_mouse() -> None:
    async with shown(DocumentView, (60, 10)) as (view, _, pilot):
        tree = _tree(b'{"a":{"b":1},"c":[1,2]}')
        _show(view, tree)
        await pilot.pause()
        await pilot.click(offset=(2, 1))
        assert (view.cursor, tree.is_open(1)) == (1, False)
        await pilot.click(offset=(20, 1))
        assert tree.is_open(1) is False
        await pilot.click(offset=(20, 1), times=2)
        assert tree.is_open(1) is True
        await pilot.click(offset=(2, 9))
        assert view.cursor == 1
        _show(view, TextDocument("no tree"))
        await pilot.click(offset=(2, 0))
        await pilot.press("enter")
        assert view.cursor is None


async def test_matches_are_found_marked_and_gone_to() -> None:
    async with shown(DocumentView, (40, 10)) as (view, host, pilot):
        _show(view, TextDocument(LINES))
        view.search("line 77")
        await until(lambda: "line 77\n" in words_on(host) or None, "the match")
        strip = view.render_line(next(y for y in range(10) if view.render_line(y).text.startswith("line 77")))
        assert any(segment.style is not None and segment.style.reverse for segment in strip)
        for _ in range(3):
            view.next_match(1)
        await pilot.pause()
        assert "line 772" in words_on(host)
        view.search("")
        view.next_match(1)
        await pilot.pause()
        assert not any(segment.style is not None and segment.style.reverse for segment in view.render_line(0))
        _show(view, TextDocument("y" * 1000 + "needle"))
        view.action_wrap()
        view.search("needle")
        await until(lambda: "needle" in words_on(host) or None, "the match at the right")


async def test_a_search_goes_on_in_the_next_document() -> None:
    async with shown(DocumentView, (40, 10)) as (view, _, pilot):
        _show(view, TextDocument("a needle"))
        view.search("needle")
        await pilot.pause()
        _show(view, _tree(b'{"x":["needle"]}'))
        await until(lambda: (view._finding is not None and view._finding.complete) or None, "the search")
        assert view._finding is not None
        assert view._finding.count > 0
        view.next_match(1)
        assert view.cursor is not None


async def test_what_is_selected_can_be_copied() -> None:
    async with shown(DocumentView, (40, 10)) as (view, _, pilot):
        _show(view, TextDocument("x" * 50 + "\nsecond\nthird"))
        await pilot.pause()
        text, _ = view.get_selection(Selection(Offset(37, 0), Offset(3, 2))) or ("", "")
        assert text == "x" * 13 + "\nsec"
        everything, _ = view.get_selection(Selection(None, None)) or ("", "")
        assert everything == "x" * 50 + "\nsecond\nthird"
        await pilot.mouse_down(offset=(0, 2))
        await pilot.hover(offset=(3, 2))
        await pilot.mouse_up(offset=(3, 2))
        await pilot.pause()
        selected = [segment.text for segment in view.render_line(2) if segment.style and segment.style.reverse]
        assert selected
        assert "second".startswith("".join(selected))


async def test_the_text_of_a_document_is_given_in_bounds() -> None:
    async with shown(DocumentView, (40, 10)) as (view, _, _):
        _show(view, TextDocument("a\x00\nb"))
        assert view.text(100) == ("a\x00\nb", True)
        _show(view, TextDocument("line\n" * 10_000))
        text, whole = view.text(100)
        assert (len(text), whole) == (100, False)


async def test_the_theme_may_change() -> None:
    async with shown(DocumentView, (40, 10)) as (view, host, pilot):
        _show(view, ListDocument([[("words", "red")]]))
        await pilot.pause()
        before = _colour(view)
        host.theme = "textual-light"
        await pilot.pause()
        assert _colour(view) != before


def _colour(view: DocumentView) -> Style | None:
    return next(iter(view.render_line(0))).style
