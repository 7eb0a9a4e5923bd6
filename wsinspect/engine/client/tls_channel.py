"""TLS of a client over memory, so that its ends are told apart: asyncio's own knows no half-close, nor how one came."""

from __future__ import annotations

import contextlib
import enum
import ipaddress
import ssl

from wsinspect.model import TlsSide

_READ_BYTES = 1 << 14
"""As much as a record of TLS can hold (RFC 8446 5.1)."""


class TlsEnd(enum.Enum):
    """How the stream of decrypted bytes ended."""

    CLOSE_NOTIFY = "close_notify"
    ERROR = "error"


class TlsChannel:
    """Decrypts what one server sends and encrypts what it is sent.

    Args:
        context: The settings.
        server_name: For SNI, and what the certificate has to be for.
    """

    def __init__(self, context: ssl.SSLContext, server_name: str) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._in, self._out, server_hostname=server_name)
        self._verified = context.verify_mode is not ssl.CERT_NONE
        self._name = server_name
        self._shut = False
        self.error = ""
        """The reason of a `TlsEnd.ERROR`, in OpenSSL's words."""

    def handshake(self, data: bytes = b"") -> bool:
        """Go on with the handshake; `pending` has to be sent then. Returns whether it is done.

        Raises:
            ssl.SSLError: It failed.
        """
        if data:
            self._in.write(data)
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def decrypt(self, data: bytes) -> tuple[bytes, TlsEnd | None]:
        """Take ciphertext in; return what it decrypts to, and how the stream ended, if it did.

        TLS may have something to answer afterwards: send what `pending` returns.
        """
        self._in.write(data)
        parts: list[bytes] = []
        end = None
        try:
            while part := self._object.read(_READ_BYTES):
                parts.append(part)
                if not self._in.pending and not self._object.pending():  # what is more would be an exception to say so
                    break
            else:
                end = TlsEnd.CLOSE_NOTIFY
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            end = TlsEnd.CLOSE_NOTIFY
        except ssl.SSLError as error:
            self.error = error.reason or str(error)
            end = TlsEnd.ERROR
        return b"".join(parts), end

    def encrypt(self, data: bytes) -> bytes:
        """Return the ciphertext of `data`; nothing once our side has ended."""
        if self._shut:
            return b""
        view = memoryview(data)
        while view:
            view = view[self._object.write(view) :]
        return self._out.read()

    def pending(self) -> bytes:
        """Return ciphertext that is ready to be sent."""
        return self._out.read()

    def close_notify(self) -> bytes:
        """End our side; return the ciphertext of the alert that says so."""
        if not self._shut:
            self._shut = True
            with contextlib.suppress(ssl.SSLError):  # it would wait for the peer's, which may come or not
                self._object.unwrap()
        return self._out.read()

    def described(self) -> TlsSide:
        """Return what is put on record."""
        cipher = self._object.cipher()
        return TlsSide(
            version=self._object.version(),
            cipher=None if cipher is None else cipher[0],
            sni=None if _is_address(self._name) else self._name,
            alpn=self._object.selected_alpn_protocol(),
            verified=self._verified,
        )


def _is_address(name: str) -> bool:
    """Tell whether a name is an IP address, which RFC 6066 3 keeps out of SNI."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
