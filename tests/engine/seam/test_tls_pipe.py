"""TLS over memory BIOs: what goes in comes out, and the ends are told apart."""

from __future__ import annotations

import contextlib
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from wsinspect.engine.seam import tls_pipe
from wsinspect.engine.seam.tls_pipe import TlsPipe, TlsState


def _connected() -> tuple[TlsPipe, TlsPipe]:
    """Return both ends of a TLS connection, its handshake done."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    server_context = SSL.Context(SSL.TLS_METHOD)
    server_context.use_privatekey(key)
    server_context.use_certificate(certificate)
    client, server = SSL.Connection(SSL.Context(SSL.TLS_METHOD)), SSL.Connection(server_context)
    client.set_connect_state()
    server.set_accept_state()
    done = False
    while not done:
        done = True
        for one, other in ((client, server), (server, client)):
            try:
                one.do_handshake()
            except SSL.WantReadError:
                done = False
            with contextlib.suppress(SSL.WantReadError):
                other.bio_write(one.bio_read(1 << 16))
    return TlsPipe(client), TlsPipe(server)


CLIENT, SERVER = _connected()


def test_everything_it_needs_is_there() -> None:
    assert tls_pipe.missing() == []


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=70_000), min_size=1, max_size=4), st.integers(1, 50_000))
def test_any_split_of_the_ciphertext_decrypts_alike(parts: list[bytes], cut: int) -> None:
    ciphertext = b"".join(CLIENT.encrypt(part) for part in parts)
    got = b""
    for start in range(0, len(ciphertext), cut):
        plaintext, state = SERVER.decrypt(ciphertext[start : start + cut])
        assert state is TlsState.OPEN
        got += plaintext
    assert got == b"".join(parts)


def test_more_than_the_shared_buffer_holds() -> None:
    data = bytes(range(256)) * 8192
    assert SERVER.decrypt(CLIENT.encrypt(data)) == (data, TlsState.OPEN)


def test_a_close_notify_is_a_clean_end_and_the_other_direction_goes_on() -> None:
    client, server = _connected()
    last = client.encrypt(b"last words")
    assert not server.close_notify_received
    assert server.decrypt(last + client.close_notify()) == (b"last words", TlsState.CLOSE_NOTIFY)
    assert server.close_notify_received
    assert client.encrypt(b"more") == b""
    assert client.decrypt(server.encrypt(b"still here")) == (b"still here", TlsState.OPEN)
    assert client.decrypt(server.close_notify())[1] is TlsState.CLOSE_NOTIFY


def test_a_broken_record_is_an_error_with_a_reason_and_an_alert_to_send() -> None:
    client, server = _connected()
    ciphertext = bytearray(client.encrypt(b"hello"))
    ciphertext[-1] ^= 1
    assert server.decrypt(bytes(ciphertext)) == (b"", TlsState.ERROR)
    assert server.error
    assert server.pending()
    other_client, other_server = _connected()
    assert other_server.decrypt(other_client.encrypt(b"x")) == (b"x", TlsState.OPEN), "one error must not taint others"
