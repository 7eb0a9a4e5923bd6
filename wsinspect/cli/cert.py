"""`wsinspect cert`: where the CA is, and how each system and browser comes to trust it."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.parameters import json_option
from wsinspect.cli.printer import Printer
from wsinspect.errors import EngineError
from wsinspect.formats.records import Record, json_line

if TYPE_CHECKING:
    from wsinspect.engine.ca import CertificateAuthority


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one system or program comes to trust the CA."""

    name: str
    steps: tuple[str, ...]
    """Commands to type, or what to do in words."""
    platform: str = ""
    """Beginning of `sys.platform` on which it is what most people look for."""


@click.command("cert")
@click.option(
    "--confdir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the CA is. [default: mitmproxy's own folder]",
)
@click.option(
    "--export",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Copy the certificate there; .p12 for Windows, else PEM.",
)
@json_option
def command(confdir: Path | None, export: Path | None, *, as_json: bool) -> None:
    """Say where the CA certificate is and how to install it; it is made if there is none yet."""
    from wsinspect.engine.ca import load_ca  # noqa: PLC0415 - mitmproxy takes a while to import

    authority = load_ca(confdir)
    assert authority is not None
    if export is not None:
        _export(authority, export)
    if as_json:
        sys.stdout.buffer.write(json_line(_record(authority)))
    elif export is None:
        _print(authority)


def _export(authority: CertificateAuthority, target: Path) -> None:
    source = authority.p12 if target.suffix == ".p12" else authority.pem
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise EngineError(f"cannot write the certificate: {error.strerror}", where=str(target)) from error
    click.echo(f"The CA certificate (not its key) is in {target}", err=True)


def _record(authority: CertificateAuthority) -> Record:
    return {
        "confdir": str(authority.confdir),
        "pem": str(authority.pem),
        "p12": str(authority.p12),
        "cer": str(authority.cer),
        "subject": authority.subject,
        "sha256": authority.sha256,
        "not_after": authority.not_after.timestamp(),
        "created": authority.created,
    }


def _print(authority: CertificateAuthority) -> None:
    printer = Printer()
    printer.line([("The CA that clients have to trust", "bold"), (" (made just now)" if authority.created else "", "")])
    for name, value in (
        ("certificate", str(authority.pem)),
        ("as .cer", str(authority.cer)),
        ("as .p12", str(authority.p12)),
        ("subject", authority.subject),
        ("SHA-256", authority.sha256),
        ("valid until", f"{authority.not_after:%Y-%m-%d}"),
    ):
        printer.line([(f"  {name:<12}", "dim"), (value, "")], wrap=True)
    printer.line()
    printer.line(
        [("No installation is needed for a program started with: wsinspect exec -- PROGRAM", "green")], wrap=True
    )
    for recipe in recipes(authority):
        printer.line()
        printer.line([(recipe.name, "bold")])
        for step in recipe.steps:
            printer.line([(f"  {step}", "")], wrap=True)
    printer.line()
    printer.line(
        [(f"Whoever has {authority.confdir / 'mitmproxy-ca.pem'} can pose as any site to", "yellow")], wrap=True
    )
    printer.line(
        [("a client that trusts this CA: keep it to yourself, and remove the CA when you are done.", "yellow")],
        wrap=True,
    )


def recipes(authority: CertificateAuthority) -> Sequence[Recipe]:
    """List how to install a CA, for this machine's own system first."""
    pem = shlex.quote(str(authority.pem))
    found = (
        Recipe(
            "Debian, Ubuntu",
            (f"sudo cp {pem} /usr/local/share/ca-certificates/mitmproxy.crt", "sudo update-ca-certificates"),
            "linux",
        ),
        Recipe("Fedora, RHEL", (f"sudo cp {pem} /etc/pki/ca-trust/source/anchors/", "sudo update-ca-trust"), "linux"),
        Recipe("Arch", (f"sudo trust anchor {pem}",), "linux"),
        Recipe(
            "Chrome, Chromium, Edge on Linux (needs libnss3-tools)",
            (f"certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n wsinspect -i {pem}",),
            "linux",
        ),
        Recipe(
            "macOS, with Safari and Chrome",
            (f"sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {pem}",),
            "darwin",
        ),
        Recipe("Windows, with Edge and Chrome", (f'certutil -user -addstore Root "{authority.cer}"',), "win"),
        Recipe(
            "Firefox, on every system",
            (
                "Settings > Privacy & Security > Certificates > View Certificates… > Authorities > Import…",
                f"choose {authority.pem}, tick 'Trust this CA to identify websites'",
            ),
        ),
        Recipe(
            "iOS, iPadOS",
            (
                f"send {authority.pem.name} to the device (AirDrop, mail) and open it",
                "Settings > General > VPN & Device Management: install the profile",
                "Settings > General > About > Certificate Trust Settings: switch it on",
            ),
        ),
        Recipe(
            "Android",
            (
                f"copy {authority.cer.name} to the device",
                "Settings > Security > Encryption & credentials > Install a certificate > CA certificate",
                "browsers trust it then; apps only where their network_security_config allows user certificates",
                f"emulator: adb push {pem} /system/etc/security/cacerts/{authority.subject_hash}.0",
            ),
        ),
        Recipe(
            "Java", (f"sudo keytool -importcert -cacerts -storepass changeit -noprompt -alias wsinspect -file {pem}",)
        ),
        Recipe("Node, without exec", (f"export NODE_EXTRA_CA_CERTS={pem}",)),
    )
    return sorted(found, key=lambda recipe: not (recipe.platform and sys.platform.startswith(recipe.platform)))
