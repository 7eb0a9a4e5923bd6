"""The start-up check passes on the versions covered, and says what is missing on others."""

from __future__ import annotations

import pytest
from mitmproxy import version
from mitmproxy.proxy.layers.http._http1 import Http1Connection

from wsinspect.engine.seam import patches, tls_pipe
from wsinspect.errors import EngineError


def test_the_installed_versions_fit() -> None:
    patches.check()


@pytest.mark.parametrize("number", ["11.0.2", "12.1.9", "13.0.0"])
def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.setattr(version, "VERSION", number)
    with pytest.raises(EngineError, match=rf"mitmproxy \({number}\) does not fit") as caught:
        patches.check()
    assert "12.2" in str(caught.value.hint)


def test_a_part_that_moved_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def mark_done(self: object) -> None:
        """Something else."""

    monkeypatch.setattr(Http1Connection, "mark_done", mark_done)
    with pytest.raises(EngineError, match="missing make_pipe"):
        patches.check()


def test_a_missing_openssl_name_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls_pipe, "REQUIRED", ("BIO_read", "NO_SUCH_NAME"))
    with pytest.raises(EngineError, match="pyOpenSSL's NO_SUCH_NAME"):
        patches.check()
