"""What every test runs under: how deep Hypothesis looks, and that no peer is missing where none may be."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# Slowness of a busy machine is no failure of a property: pytest-timeout stops what hangs.
settings.register_profile("fast", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", parent=settings.get_profile("fast"), max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a peer's test into a failure where `WSINSPECT_REQUIRE_PEERS=1` says that no peer is missing."""
    report = yield
    required = os.environ.get("WSINSPECT_REQUIRE_PEERS") == "1" and item.get_closest_marker("peer") is not None
    if required and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"WSINSPECT_REQUIRE_PEERS=1 lets no peer be missing, and this was skipped: {report.longrepr}"
    return report
