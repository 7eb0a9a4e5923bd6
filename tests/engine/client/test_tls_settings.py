"""TLS as curl's options want it; files that cannot be used are named."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.peers.certificates import Authority, Certificate
from wsinspect.engine.client.options import ClientOptions
from wsinspect.engine.client.tls_settings import tls_context
from wsinspect.errors import WsinspectError

URL = "wss://a.test"


def test_servers_are_verified_unless_that_is_unwanted() -> None:
    assert tls_context(ClientOptions(URL)).verify_mode is ssl.CERT_REQUIRED
    context = tls_context(ClientOptions(URL, insecure=True))
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_a_named_authority_stands_for_all(authority: Authority) -> None:
    assert len(tls_context(ClientOptions(URL, ca_file=authority.path)).get_ca_certs()) == 1


def test_a_client_certificate(certificate: Certificate) -> None:
    tls_context(ClientOptions(URL, certificate=certificate.certificate, key=certificate.key))


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "x.pem"
    file.write_text("nothing")
    for options, words in (
        (ClientOptions(URL, ca_file=file), "no certificate that can be used in it\n--cacert takes"),
        (ClientOptions(URL, ca_file=tmp_path / "absent"), "No such file or directory\n--cacert takes"),
        (ClientOptions(URL, certificate=file), "no certificate that can be used in it\n--cert and --key take"),
    ):
        with pytest.raises(WsinspectError, match=words):
            tls_context(options)
