"""Which status an error ends a command with."""

from __future__ import annotations

import pytest

from wsinspect.cli.exit_status import ExitStatus, status_of
from wsinspect.errors import EngineError, FilterError, StoreError, WsinspectError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (FilterError("x", expression="a", column=1), ExitStatus.USAGE),
        (StoreError("x"), ExitStatus.INPUT),
        (EngineError("x"), ExitStatus.ENGINE),
        (WsinspectError("x"), ExitStatus.INPUT),
    ],
)
def test_status_of_errors(error: WsinspectError, status: ExitStatus) -> None:
    assert status_of(error) is status
