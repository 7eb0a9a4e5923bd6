"""The benchmark's own CA, and the certificate that it gives to the echo server and to HAProxy."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files."""

    ca: Path
    leaf: Path
    """Key and certificate for 127.0.0.1 in one file."""


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def make_certificates(folder: Path) -> Certificates:
    """Write a CA certificate and a leaf that it signed, both valid for two days."""
    ca_key = rsa.generate_private_key(65537, KEY_BITS)
    leaf_key = rsa.generate_private_key(65537, KEY_BITS)
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.UTC)
    issuer = _named("wsinspect benchmark CA")

    def begin(subject: x509.Name, key: rsa.RSAPublicKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        return builder.not_valid_before(now - day).not_valid_after(now + day)

    ca = (
        begin(issuer, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    leaf = (
        begin(_named("127.0.0.1"), leaf_key.public_key())
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    made = Certificates(folder / "ca.pem", folder / "leaf.pem")
    made.ca.write_bytes(ca.public_bytes(Encoding.PEM))
    made.leaf.write_bytes(
        leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + leaf.public_bytes(Encoding.PEM)
    )
    return made
