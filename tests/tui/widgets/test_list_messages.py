"""Of what a list tells often, the newest is enough."""

from __future__ import annotations

from wsinspect.tui.widgets.list_messages import CursorMoved, ListUpdated, RowOpened, SortAsked


def test_the_newest_replaces_those_that_wait() -> None:
    assert ListUpdated().can_replace(ListUpdated())
    assert not ListUpdated().can_replace(CursorMoved(None))
    assert CursorMoved(None).can_replace(CursorMoved(None))
    assert not CursorMoved(None).can_replace(ListUpdated())
    assert not SortAsked("size").can_replace(SortAsked("size"))
    assert RowOpened.bubble
