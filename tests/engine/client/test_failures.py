"""What went wrong is told with what helps."""

from __future__ import annotations

import errno
import socket
import ssl
from pathlib import Path

import pytest

from wsinspect.engine.client.failures import (
    DisagreedError,
    NotHttpError,
    ProxyRefusedError,
    ProxyTroubleError,
    RefusedError,
    UnansweredError,
    explained,
)
from wsinspect.engine.client.options import ClientOptions
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.model import HttpHead

REFUSAL = HttpHead("HTTP/1.1", (), status=403, reason="Forbidden")
PLAIN = ClientOptions("ws://u:secret@a.test:81/x")
SECURE = ClientOptions("wss://a.test/x")


def distrusted(why: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "verify failed")
    error.verify_message = why
    return error


@pytest.mark.parametrize(
    ("error", "options", "told"),
    [
        (RefusedError(REFUSAL, b"no\nmore"), PLAIN, "ws://a.test:81/x: the server answered 403 Forbidden\nno"),
        (RefusedError(REFUSAL, b"<html>"), PLAIN, "ws://a.test:81/x: the server answered 403 Forbidden"),
        (NotHttpError("what came"), PLAIN, "a.test:81: the server did not answer with HTTP\nwhat came"),
        (DisagreedError(REFUSAL, "why"), PLAIN, "ws://a.test:81/x: the server does not agree to a WebSocket: why"),
        (UnansweredError(), PLAIN, "a.test:81: the connection was ended before there was an answer"),
        (ProxyRefusedError("407 No"), PLAIN, "a.test:81: the proxy answered 407 No"),
        (ProxyTroubleError("x"), PLAIN, "a.test:81: the proxy does not work: x"),
        (TimeoutError(), PLAIN, "a.test:81: no answer within 10 s"),
        (socket.gaierror(), PLAIN, "a.test:81: there is no such host"),
        (OSError(errno.ECONNREFUSED, "x"), PLAIN, "a.test:81: Connection refused"),
        (OSError("odd"), PLAIN, "a.test:81: odd"),
        (ConnectionResetError(), PLAIN, "a.test:81: the connection was ended before there was an answer"),
    ],
)
def test_errors(error: Exception, options: ClientOptions, told: str) -> None:
    explanation = explained(error, options)
    assert isinstance(explanation, EngineError)
    assert str(explanation) == told


@pytest.mark.parametrize(
    ("error", "words", "hint"),
    [
        (UnansweredError(), "before there was an answer", "client certificate"),
        (ConnectionResetError(), "before there was an answer", "reached by ws://"),
        (ssl.SSLError(1, "broken"), "TLS failed", "reached by ws://"),
        (distrusted("Hostname mismatch, x."), "for another name: Hostname mismatch, x", "-k"),
        (distrusted("certificate has expired"), "out of date", "-k"),
        (distrusted("self-signed certificate"), "not trusted", "--cacert"),
    ],
)
def test_errors_of_tls(error: Exception, words: str, hint: str) -> None:
    explanation = explained(error, SECURE)
    assert words in explanation.message
    assert hint in (explanation.hint or "")


def test_the_proxys_own_authority_is_named_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    error = distrusted("self-signed certificate")
    assert "wsinspect's own" not in (explained(error, SECURE).hint or "")
    (tmp_path / ".mitmproxy").mkdir()
    (tmp_path / ".mitmproxy/mitmproxy-ca-cert.pem").touch()
    assert "wsinspect's own" in (explained(error, SECURE).hint or "")


def test_what_is_told_already_stays() -> None:
    error = WsinspectError("x")
    assert explained(error, PLAIN) is error
