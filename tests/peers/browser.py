"""Headless Chromium on a fresh profile, behind the proxy, on a page that a local server gives it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.peers.programs import background_program, chromium


def key_fingerprint(certificate: Path) -> str:
    """The SPKI hash that Chromium's `--ignore-certificate-errors-spki-list` takes."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    spki = loaded.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


@contextlib.asynccontextmanager
async def browser(url: str, folder: Path, *, proxy: str, trusted: Path) -> AsyncIterator[Path]:
    """Open a page in Chromium for the length of a block.

    Args:
        url: What to open.
        folder: Empty folder for the profile and the log.
        proxy: The proxy's URL; loopback goes through it too.
        trusted: Certificate of the authority to trust.

    Yields:
        The browser's log.
    """
    log = folder / "chromium.log"
    command = [
        chromium(),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
        "--enable-logging=stderr",
        f"--proxy-server={proxy}",
        "--proxy-bypass-list=<-loopback>",
        f"--ignore-certificate-errors-spki-list={key_fingerprint(trusted)}",
        f"--user-data-dir={folder / 'profile'}",
        url,
    ]
    async with background_program(command, log):
        yield log
