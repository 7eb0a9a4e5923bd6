"""Which hosts `--scope` means, for mitmproxy's `allow_hosts` and for our own hooks alike."""

from __future__ import annotations

import re

import pytest

from wsinspect.engine.scope import Scope

CASES = [
    ("a.test", "a.test", 443, True),
    ("a.test", "A.TEST", 80, True),
    ("A.Test", "a.test", 80, True),
    ("a.test", "b.a.test", 443, False),
    ("a.test", "a.test.evil", 443, False),
    ("a.test", "axtest", 443, False),
    ("*.a.test", "b.a.test", 8443, True),
    ("*.a.test", "a.test", 443, False),
    ("*", "anything", 1, True),
    ("*", "::1", 1, True),
    ("[ab].test", "b.test", 443, True),
    ("[ab].test", "c.test", 443, False),
    ("10.0.*", "10.0.3.4", 443, True),
    ("10.0.*", "10.1.3.4", 443, False),
    ("a.test:8443", "a.test", 8443, True),
    ("a.test:8443", "a.test", 443, False),
    ("a.test:84*", "a.test", 8443, True),
    ("*:8443", "b.test", 8443, True),
    ("::1", "::1", 8080, True),
    ("::1", "::1:5", 8080, False),
    ("::1:5", "::1", 5, False),
    ("[::1]", "::1", 8080, True),
    ("[::1]", "[::1]", 8080, True),
    ("[::1]:8080", "::1", 8080, True),
    ("[::1]:8080", "::1", 80, False),
    ("fe80::*", "fe80::1234", 80, True),
]


@pytest.mark.parametrize(("glob", "host", "port", "meant"), CASES)
def test_a_glob_means_hosts_to_us_and_to_mitmproxy(glob: str, host: str, port: int, meant: bool) -> None:
    scope = Scope([glob])
    assert scope.includes([host], port) is meant
    # As `mitmproxy.addons.next_layer` compares.
    assert any(re.search(rex, f"{host}:{port}", re.IGNORECASE) for rex in scope.allow_hosts) is meant


def test_no_glob_means_every_host() -> None:
    assert Scope([]).allow_hosts == []
    assert Scope([]).includes(["anything"], 1)


def test_one_name_and_one_glob_are_enough() -> None:
    scope = Scope(["a.test", "10.0.0.1"])
    assert scope.includes(["10.9.9.9", "a.test"], 443)
    assert not scope.includes(["10.9.9.9", "b.test"], 443)
    assert not scope.includes([], 443)
