"""Where `WSINSPECT_REQUIRE_PEERS=1` lets no peer be missing, a peer's test that is skipped fails."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

WITHOUT_SNAPSHOTS = ("-p", "no:textual-snapshot")
"""The plugin cleans up behind a session, and that of the test is one in the same process."""

TESTS = """
import pytest

@pytest.mark.peer
def test_peer():
    pytest.skip("node is not installed")

@pytest.mark.peer
@pytest.mark.skipif(True, reason="chromium is not installed")
def test_other_peer():
    pass

@pytest.mark.peer
@pytest.mark.xfail
def test_known_to_fail():
    assert False

def test_no_peer():
    pytest.skip("not on this system")
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest((Path(__file__).resolve().parents[1] / "conftest.py").read_text())
    pytester.makeini("[pytest]\nmarkers = peer: needs a peer\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(TESTS)
    return pytester


def test_a_missing_peer_fails_where_none_may_be_missing(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WSINSPECT_REQUIRE_PEERS", "1")
    suite.runpytest_inprocess(*WITHOUT_SNAPSHOTS).assert_outcomes(failed=1, errors=1, xfailed=1, skipped=1)


def test_a_missing_peer_is_skipped_elsewhere(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WSINSPECT_REQUIRE_PEERS", raising=False)
    suite.runpytest_inprocess(*WITHOUT_SNAPSHOTS).assert_outcomes(skipped=3, xfailed=1)
