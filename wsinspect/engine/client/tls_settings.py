"""TLS of a client as curl's options want it."""

from __future__ import annotations

import ssl

from wsinspect.engine.client.options import ClientOptions
from wsinspect.errors import WsinspectError


def tls_context(options: ClientOptions) -> ssl.SSLContext:
    """Make the TLS settings of a connection.

    Raises:
        WsinspectError: If a certificate file is unusable.
    """
    try:
        context = ssl.create_default_context(cafile=options.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise WsinspectError(
            _file_trouble(error), where=str(options.ca_file), hint="--cacert takes a PEM file"
        ) from error
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.certificate is not None:
        try:
            context.load_cert_chain(options.certificate, options.key)
        except (OSError, ssl.SSLError) as error:
            raise WsinspectError(
                _file_trouble(error), where=str(options.certificate), hint="--cert and --key take PEM files"
            ) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def _file_trouble(error: OSError) -> str:
    return "no certificate that can be used in it" if isinstance(error, ssl.SSLError) else str(error.strerror)
