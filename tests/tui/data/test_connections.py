"""The names of captures that are made beside the one that is shown."""

from __future__ import annotations

from pathlib import Path

from wsinspect.tui.data.connections import beside


def test_a_new_capture_has_a_name_that_is_free(tmp_path: Path) -> None:
    capture = tmp_path / "shop.wsi"
    first = beside(capture, "replay")
    assert first == tmp_path / "shop-replay-1.wsi"
    first.touch()
    assert beside(capture, "replay") == tmp_path / "shop-replay-2.wsi"
    assert beside(capture, "repeated") == tmp_path / "shop-repeated-1.wsi"
