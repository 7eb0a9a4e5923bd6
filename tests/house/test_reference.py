"""The pages of docs/reference/ that are written from the code say what the code says."""

from __future__ import annotations

import pytest

from scripts.reference import FOLDER, PAGES, page


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_current(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == page(name), "run `make docs`"
