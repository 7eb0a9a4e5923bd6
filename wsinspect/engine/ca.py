"""The certificate authority that clients have to trust: mitmproxy's own, in its folder or another.

Using mitmproxy's folder means that a CA that is trusted already works.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from mitmproxy import certs
from mitmproxy.options import CONF_BASENAME, CONF_DIR, KEY_SIZE

from wsinspect.errors import EngineError


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """Where the CA's files are, and what its certificate says."""

    confdir: Path
    pem: Path
    """The certificate alone, for most systems and programs."""
    p12: Path
    """The certificate for Windows."""
    cer: Path
    """The certificate under the ending that Android wants."""
    subject: str
    sha256: str
    """Fingerprint: hex pairs joined by colons, as browsers show it."""
    subject_hash: str
    """OpenSSL's old hash of the subject: the file name Android's system store wants."""
    not_after: datetime.datetime
    created: bool
    """Whether it was missing and has been made."""


def default_confdir() -> Path:
    """Return mitmproxy's own folder."""
    return Path(CONF_DIR).expanduser()


def load_ca(confdir: Path | None = None, *, create: bool = True) -> CertificateAuthority | None:
    """Read the CA's certificate.

    Args:
        confdir: The folder it is in; None: mitmproxy's own.
        create: Whether to make one where there is none.

    Returns:
        The CA, or None where there is none and none should be made.

    Raises:
        EngineError: If it cannot be read or made.
    """
    directory = (confdir or default_confdir()).expanduser().absolute()
    secret = directory / f"{CONF_BASENAME}-ca.pem"
    pem = directory / f"{CONF_BASENAME}-ca-cert.pem"
    created = not secret.exists()
    if created and not create:
        return None
    try:
        if created:
            certs.CertStore.create_store(directory, CONF_BASENAME, KEY_SIZE)
        certificate = x509.load_pem_x509_certificate(secret.read_bytes())
        if not pem.exists():
            pem.write_bytes(certs.Cert(certificate).to_pem())
    except OSError as error:
        raise EngineError(f"cannot read or make the CA: {error.strerror}", where=str(directory)) from error
    except ValueError as error:
        raise EngineError(
            "the CA cannot be read",
            where=str(secret),
            hint="move the file away, and a new CA is made; clients then have to trust that one",
        ) from error
    return CertificateAuthority(
        confdir=directory,
        pem=pem,
        p12=directory / f"{CONF_BASENAME}-ca-cert.p12",
        cer=directory / f"{CONF_BASENAME}-ca-cert.cer",
        subject=certificate.subject.rfc4514_string(),
        sha256=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        subject_hash=_subject_hash(certificate),
        not_after=certificate.not_valid_after_utc,
        created=created,
    )


def _subject_hash(certificate: x509.Certificate) -> str:
    """Compute what `openssl x509 -subject_hash_old` prints: the first four bytes of an MD5, little-endian."""
    digest = hashes.Hash(hashes.MD5())  # noqa: S303  # a file name, no protection
    digest.update(certificate.subject.public_bytes())
    return digest.finalize()[3::-1].hex()
