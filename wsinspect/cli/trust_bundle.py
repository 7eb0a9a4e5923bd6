"""One PEM file of everything a program trusts already and the proxy's CA.

Most settings of programs (`SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE` …) replace the store they trust instead of adding to
it; hosts that are tunnelled untouched still have to be trusted.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

import certifi

_PEM_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def trust_bundle(authority: Path, *, named_in: Mapping[str, str], variables: Iterable[str]) -> bytes:
    """Join the system's authorities, those that settings name already, and one more.

    Args:
        authority: PEM file of the proxy's CA, which comes first.
        named_in: Environment variables.
        variables: Names of those that name PEM files.

    Returns:
        PEM text, each certificate once.
    """
    files = [authority, *(Path(named_in[name]) for name in variables if named_in.get(name)), Path(certifi.where())]
    found: dict[bytes, None] = {}
    for file in files:
        found.update(dict.fromkeys(_certificates(file)))
    found.update(dict.fromkeys(_system_certificates()))
    return b"".join(block + b"\n" for block in found)


def _certificates(file: Path) -> list[bytes]:
    """Return the PEM blocks of a file, none where it cannot be read: a setting may well be stale."""
    try:
        blocks = _PEM_BLOCK.findall(file.read_bytes().replace(b"\r\n", b"\n"))
    except OSError:
        return []
    return [block for block in blocks if isinstance(block, bytes)]


def _system_certificates() -> Iterable[bytes]:
    system = ssl.create_default_context().get_ca_certs(binary_form=True)
    return [ssl.DER_cert_to_PEM_cert(certificate).strip().encode() for certificate in system]
