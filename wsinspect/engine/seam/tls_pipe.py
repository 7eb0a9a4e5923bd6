"""TLS of one connection after the handshake, over the memory BIOs of mitmproxy's own pyOpenSSL object.

pyOpenSSL's `recv` and `bio_read` allocate a buffer and raise an exception every time they find nothing more to read,
which costs more than the decryption of a small frame. So this module calls the same OpenSSL functions through
pyOpenSSL's private handles; `seam.patches.check` refuses to start where they have gone.
"""

from __future__ import annotations

import enum
from typing import Any, cast

from OpenSSL import SSL

# pyOpenSSL ships no types for its private bindings; they stay inside this module.
_lib = cast(Any, SSL)._lib
_ffi = cast(Any, SSL)._ffi

_BUFFER_BYTES = 1 << 19
_buffer = _ffi.new("char[]", _BUFFER_BYTES)
"""One for all connections: nothing is left in it between two calls, and only the event loop's thread calls."""


class TlsState(enum.Enum):
    """What a read of decrypted bytes ended with."""

    OPEN = "open"
    CLOSE_NOTIFY = "close_notify"
    ERROR = "error"


class TlsPipe:
    """Decrypts what one peer sends and encrypts what it is sent.

    Args:
        connection: The OpenSSL object of mitmproxy's TLS layer, its handshake done.
    """

    def __init__(self, connection: SSL.Connection) -> None:
        self._connection = connection  # keeps the C objects below alive
        private = cast(Any, connection)
        self._ssl = private._ssl
        self._into = private._into_ssl
        self._from = private._from_ssl
        self._shut = False
        self.error = ""
        """The reason of a `TlsState.ERROR`, in OpenSSL's words."""

    def decrypt(self, data: bytes) -> tuple[bytes, TlsState]:
        """Take ciphertext in; return what it decrypts to and whether the stream is still open.

        TLS may have something to answer afterwards (a KeyUpdate, an alert): send what `pending` returns.
        """
        _lib.BIO_write(self._into, data, len(data))
        first = b""
        more: list[bytes] = []
        while (count := _lib.SSL_read(self._ssl, _buffer, _BUFFER_BYTES)) > 0:
            part = _ffi.buffer(_buffer, count)[:]
            if first:
                more.append(part)
            else:
                first = part
        if more:
            first = b"".join((first, *more))
        error = _lib.SSL_get_error(self._ssl, count)
        if error == _lib.SSL_ERROR_WANT_READ:
            return first, TlsState.OPEN
        if error == _lib.SSL_ERROR_ZERO_RETURN:
            return first, TlsState.CLOSE_NOTIFY
        code = _lib.ERR_peek_error()
        reason = _lib.ERR_reason_error_string(code) if code else _ffi.NULL
        self.error = "TLS error" if reason == _ffi.NULL else _ffi.string(reason).decode("ascii", "replace")
        _lib.ERR_clear_error()
        return first, TlsState.ERROR

    def encrypt(self, data: bytes) -> bytes:
        """Return the ciphertext of `data`, with whatever TLS itself had to say before it."""
        if self._shut:
            return b""
        size = len(data)
        written = _lib.SSL_write(self._ssl, data, size)  # one record at a time: pyOpenSSL enables partial writes
        if 0 < written < size:
            rest = _ffi.from_buffer(data)
            while written < size and (count := _lib.SSL_write(self._ssl, rest + written, size - written)) > 0:
                written += count
        if written < size:
            _lib.ERR_clear_error()
        return self.pending()

    def pending(self) -> bytes:
        """Return ciphertext that is ready to be sent."""
        count = _lib.BIO_read(self._from, _buffer, _BUFFER_BYTES)
        if count <= 0:
            return b""
        first: bytes = _ffi.buffer(_buffer, count)[:]
        while count == _BUFFER_BYTES and (count := _lib.BIO_read(self._from, _buffer, _BUFFER_BYTES)) > 0:
            first += _ffi.buffer(_buffer, count)[:]
        return first

    def close_notify(self) -> bytes:
        """End our side; return the ciphertext of the alert that says so."""
        if not self._shut:
            self._shut = True
            if _lib.SSL_shutdown(self._ssl) < 0:
                _lib.ERR_clear_error()
        return self.pending()

    @property
    def close_notify_received(self) -> bool:
        """Whether the peer has sent its close_notify."""
        return bool(self._connection.get_shutdown() & SSL.RECEIVED_SHUTDOWN)


REQUIRED = (
    "BIO_write",
    "BIO_read",
    "SSL_read",
    "SSL_write",
    "SSL_get_error",
    "SSL_shutdown",
    "ERR_peek_error",
    "ERR_clear_error",
    "ERR_reason_error_string",
    "SSL_ERROR_WANT_READ",
    "SSL_ERROR_ZERO_RETURN",
)
"""The OpenSSL names used here."""


def missing() -> list[str]:
    """Return what of pyOpenSSL's private parts this module needs and does not find."""
    probe = cast(Any, SSL.Connection(SSL.Context(SSL.TLS_METHOD)))
    absent = [name for name in REQUIRED if not hasattr(_lib, name)]
    return absent + [name for name in ("_ssl", "_into_ssl", "_from_ssl") if not hasattr(probe, name)]
