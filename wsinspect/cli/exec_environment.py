"""The environment in which a program uses the proxy and trusts its CA, whatever it is written in.

No setting reaches every program; which take no notice of any, the help of `exec` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PRELOAD = Path(__file__).with_name("exec_preload.cjs")
"""What Node programs load first: Node's own proxy support leaves out the `ws` library, and old versions have none."""

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "WSS_PROXY")
"""Set in capitals and in small letters: programs differ in which they read."""

BYPASS_VARIABLES = ("NO_PROXY",)
"""Emptied, as they usually name loopback, where the server under development is."""

STORE_VARIABLES = (
    "SSL_CERT_FILE",  # OpenSSL, and with it Python, Ruby, PHP, curl in part; Go; rustls' native roots
    "REQUESTS_CA_BUNDLE",  # Python requests
    "WEBSOCKET_CLIENT_CA_BUNDLE",  # Python websocket-client
    "HTTPLIB2_CA_CERTS",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "AWS_CA_BUNDLE",
    "PIP_CERT",
    "CARGO_HTTP_CAINFO",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "NIX_SSL_CERT_FILE",
    "HEX_CACERTS_PATH",  # Elixir
    "PERL_LWP_SSL_CA_FILE",
    "COMPOSER_CAFILE",
    "npm_config_cafile",
)
"""Name a PEM file that replaces the store a program trusts."""

EXTRA_VARIABLES = ("NODE_EXTRA_CA_CERTS", "DENO_CERT")
"""Name a PEM file of authorities trusted besides the store."""


def exec_environment(base: Mapping[str, str], *, proxy: str, bundle: Path) -> dict[str, str]:
    """Make a program's environment.

    Args:
        base: The environment it would have.
        proxy: URL of the proxy.
        bundle: PEM file of everything to trust.
    """
    environment = dict(base)
    for name in PROXY_VARIABLES:
        environment[name] = environment[name.lower()] = proxy
    for name in BYPASS_VARIABLES:
        environment[name] = environment[name.lower()] = ""
    for name in (*STORE_VARIABLES, *EXTRA_VARIABLES):
        environment[name] = str(bundle)
    # Node from 22.21 and 24 on by itself; older ones, and `ws` in all, by the preload.
    environment["NODE_USE_ENV_PROXY"] = "1"
    environment["NODE_OPTIONS"] = f"{base.get('NODE_OPTIONS', '')} --require {_for_node(PRELOAD)}".strip()
    return environment


def _for_node(path: Path) -> str:
    """Quote a path for `NODE_OPTIONS`."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if " " in escaped or escaped != str(path) else escaped
