"""TLS over memory, against OpenSSL's other half."""

from __future__ import annotations

import contextlib
import ssl

import pytest

from tests.peers.certificates import Authority, Certificate, client_context
from wsinspect.engine.client.tls_channel import TlsChannel, TlsEnd


class Server:
    """The server's half."""

    def __init__(self, certificate: Certificate) -> None:
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = certificate.server_context().wrap_bio(self.into, self.out, server_side=True)

    def shakes_hands(self, data: bytes) -> bytes:
        self.into.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self.out.read()

    def says(self, data: bytes) -> bytes:
        self.tls.write(data)
        return self.out.read()

    def hears(self, data: bytes) -> bytes:
        self.into.write(data)
        return self.tls.read(1 << 20)


@pytest.fixture
def both(certificate: Certificate, authority: Authority) -> tuple[TlsChannel, Server]:
    server = Server(certificate)
    channel = TlsChannel(client_context(authority.path), "localhost")
    assert not channel.handshake()
    while not channel.handshake(server.shakes_hands(channel.pending())):
        pass
    assert channel.decrypt(server.shakes_hands(channel.pending())) == (b"", None), "session tickets"
    return channel, server


def test_bytes_go_both_ways(both: tuple[TlsChannel, Server]) -> None:
    channel, server = both
    assert server.hears(channel.encrypt(b"hello")) == b"hello"
    large = bytes(range(256)) * 400
    received = server.hears(channel.encrypt(large))
    while len(received) < len(large):
        received += server.tls.read(1 << 20)
    assert received == large
    whole = server.says(b"one") + server.says(large)
    assert channel.decrypt(whole[:10]) == (b"", None)
    assert channel.decrypt(whole[10:]) == (b"one" + large, None)
    assert channel.encrypt(b"") == b""


def test_ends_are_told_apart(both: tuple[TlsChannel, Server]) -> None:
    channel, server = both
    last = server.says(b"last")
    with pytest.raises(ssl.SSLWantReadError):
        server.tls.unwrap()
    alert = channel.close_notify()
    assert alert
    assert channel.close_notify() == b"", "once"
    assert channel.encrypt(b"too late") == b""
    assert channel.decrypt(last) == (b"last", None), "we have ended, not the server"
    assert channel.decrypt(server.out.read()) == (b"", TlsEnd.CLOSE_NOTIFY)
    with pytest.raises(ssl.SSLZeroReturnError):
        server.hears(alert)


def test_the_server_may_end_first(both: tuple[TlsChannel, Server]) -> None:
    channel, server = both
    last = server.says(b"last")
    with pytest.raises(ssl.SSLWantReadError):
        server.tls.unwrap()
    assert channel.decrypt(last + server.out.read()) == (b"last", TlsEnd.CLOSE_NOTIFY)
    assert channel.encrypt(b"still"), "our direction is open"


def test_what_is_no_tls_is_an_error(both: tuple[TlsChannel, Server]) -> None:
    channel, _ = both
    assert channel.decrypt(b"\x17\x03\x03\x00\x28" + b"\xa5" * 40) == (b"", TlsEnd.ERROR)
    assert channel.error


def test_a_name_that_is_not_in_the_certificate(certificate: Certificate, authority: Authority) -> None:
    server, channel = Server(certificate), TlsChannel(client_context(authority.path), "other.test")
    channel.handshake()
    with pytest.raises(ssl.SSLCertVerificationError):
        channel.handshake(server.shakes_hands(channel.pending()))


def test_what_is_on_record(both: tuple[TlsChannel, Server]) -> None:
    side = both[0].described()
    assert (side.version, side.sni, side.alpn, side.verified) == ("TLSv1.3", "localhost", None, True)
    assert side.cipher is not None
    fresh = TlsChannel(ssl.create_default_context(), "127.0.0.1").described()
    assert (fresh.cipher, fresh.sni) == (None, None)
