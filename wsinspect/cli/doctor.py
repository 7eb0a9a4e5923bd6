"""`wsinspect doctor`: looks at everything a capture depends on, and says what to do about each."""

from __future__ import annotations

import datetime as dt
import enum
import os
import re
import shutil
import socket
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import click

from wsinspect.cli.engine_options import AddressType
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.parameters import json_option
from wsinspect.cli.printer import Printer
from wsinspect.engine import registry
from wsinspect.engine.captures import captures_directory
from wsinspect.engine.options import DEFAULT_LISTEN, parse_address
from wsinspect.errors import WsinspectError
from wsinspect.formats.records import Record, json_line
from wsinspect.present.text import escape, size_text

OLDEST_PYTHON = (3, 12)
LITTLE_ROOM_BYTES = 1_000_000_000
EXPIRES_SOON = dt.timedelta(days=30)


class Finding(enum.StrEnum):
    """How a check came out."""

    FINE = "fine"
    NOTE = "note"
    """It works; worth knowing."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    finding: Finding
    found: str
    """What is the case."""
    advice: str | None = None
    """What to do about it."""


@click.command("doctor")
@click.option("--listen", metavar="HOST:PORT", type=AddressType(), default=DEFAULT_LISTEN, help="The address to try.")
@click.option(
    "--confdir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the CA is. [default: mitmproxy's own folder]",
)
@json_option
def command(listen: str, confdir: Path | None, *, as_json: bool) -> ExitStatus:
    """Check the installation, and say what to do about what is wrong; status 1 if anything is."""
    printer = Printer()
    status = ExitStatus.DONE
    for check in checks(listen, confdir):
        if check.finding is Finding.PROBLEM:
            status = ExitStatus.DIFFERS
        if as_json:
            sys.stdout.buffer.write(json_line(_record(check)))
        else:
            _print(printer, check)
    if not as_json:
        printer.line()
        printer.line([("Something is wrong." if status else "Ready to capture.", "bold")])
    return status


def checks(listen: str, confdir: Path | None) -> Iterator[Check]:
    """Look at one thing after another."""
    yield check_python(sys.version_info[:3])
    yield from check_dependencies()
    yield check_seam()
    yield check_ca(confdir)
    yield check_port(listen)
    yield from check_engines()
    yield check_captures(captures_directory())
    yield check_proxy_settings()


def check_python(version: tuple[int, ...]) -> Check:
    """Look at the interpreter."""
    found = ".".join(map(str, version))
    if version[:2] >= OLDEST_PYTHON:
        return Check("python", Finding.FINE, f"{found} ({sys.executable})")
    return Check("python", Finding.PROBLEM, found, "Install Python 3.12 or newer, and wsinspect with it.")


def check_dependencies() -> Iterator[Check]:
    """Look at what wsinspect needs installed."""
    try:
        requirements = metadata.requires("wsinspect") or []
    except metadata.PackageNotFoundError:
        yield Check(
            "dependencies",
            Finding.NOTE,
            "wsinspect runs without being installed",
            "pip install -e . in the folder of its sources.",
        )
        return
    names = [re.split(r"[^\w.-]", text, maxsplit=1)[0] for text in requirements if "extra ==" not in text]
    missing, found = [], []
    for name in names:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Check(
            "dependencies", Finding.PROBLEM, f"missing: {', '.join(missing)}", "pip install --force-reinstall wsinspect"
        )
    else:
        yield Check("dependencies", Finding.FINE, ", ".join(found))


def check_seam() -> Check:
    """Look whether this mitmproxy is one that wsinspect fits into."""
    try:
        from wsinspect.engine.seam import patches  # noqa: PLC0415 - mitmproxy takes a while to import

        patches.check()
    except ImportError as error:
        return Check("mitmproxy", Finding.PROBLEM, f"cannot be imported: {error}", "pip install 'mitmproxy>=12.2,<13'")
    except WsinspectError as error:
        return Check("mitmproxy", Finding.PROBLEM, error.message, error.hint)
    return Check("mitmproxy", Finding.FINE, f"{metadata.version('mitmproxy')} has all that wsinspect builds on")


def check_ca(confdir: Path | None) -> Check:
    """Look at the CA, which is not made here."""
    from wsinspect.engine.ca import load_ca  # noqa: PLC0415 - mitmproxy takes a while to import

    try:
        authority = load_ca(confdir, create=False)
    except WsinspectError as error:
        return Check("CA", Finding.PROBLEM, str(error).splitlines()[0], error.hint)
    if authority is None:
        return Check(
            "CA",
            Finding.NOTE,
            "not made yet",
            "The first capture makes it; 'wsinspect cert' does so now and says how to trust it.",
        )
    left = authority.not_after - dt.datetime.now(dt.UTC)
    if left < EXPIRES_SOON:
        advice = f"Move {authority.confdir} away: a new CA is made, which clients have to trust anew."
        return Check("CA", Finding.PROBLEM, f"expires on {authority.not_after:%Y-%m-%d}", advice)
    secret = authority.confdir / "mitmproxy-ca.pem"
    if sys.platform != "win32" and secret.stat().st_mode & 0o077:
        return Check("CA", Finding.PROBLEM, f"others can read its key, {secret}", f"chmod 600 '{secret}'")
    return Check("CA", Finding.FINE, f"{authority.pem}, valid until {authority.not_after:%Y-%m-%d}")


def check_port(listen: str) -> Check:
    """Look whether an engine could listen there."""
    host, port = parse_address(listen)
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family) as attempt:
            if sys.platform != "win32":
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
            attempt.listen()
    except OSError as error:
        engine = next((engine for engine in _engines() if listen in engine.listen), None)
        if engine is not None:
            return Check(
                "port",
                Finding.NOTE,
                f"{listen} is in use by the engine {engine.pid}",
                "Use that one, or --listen 127.0.0.1:0.",
            )
        advice = "Choose another with --listen HOST:PORT; port 0 picks a free one."
        return Check("port", Finding.PROBLEM, f"{listen}: {os.strerror(error.errno) if error.errno else error}", advice)
    return Check("port", Finding.FINE, f"{listen} is free")


def check_engines() -> Iterator[Check]:
    """Look at the folder of running engines, and at those."""
    try:
        directory = registry.runtime_directory()
    except WsinspectError as error:
        yield Check("runtime folder", Finding.PROBLEM, error.message, error.hint)
        return
    engines = [f"{engine.pid} on {', '.join(engine.listen)}" for engine in _engines()]
    yield Check("engines", Finding.FINE, f"running: {'; '.join(engines)}" if engines else f"none running ({directory})")


def _engines() -> list[registry.EngineInfo]:
    try:
        return registry.running()
    except WsinspectError:
        return []


def check_captures(directory: Path) -> Check:
    """Look whether captures can be written."""
    existing = next(parent for parent in (directory, *directory.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        return Check(
            "captures",
            Finding.PROBLEM,
            f"{directory} cannot be written to",
            "Name a file with -o, or make the folder writable.",
        )
    free = shutil.disk_usage(existing).free
    if free < LITTLE_ROOM_BYTES:
        return Check(
            "captures",
            Finding.PROBLEM,
            f"only {size_text(free)} bytes free in {existing}",
            "Make room, or keep captures small with --limit-size.",
        )
    return Check("captures", Finding.FINE, f"{directory}, {size_text(free)} bytes free")


def check_proxy_settings() -> Check:
    """Look at proxy settings of the system and environment: programs follow them, the engine does not."""
    listeners = {f"http://{address}" for engine in _engines() for address in engine.listen}
    settings = {name: url for name, url in sorted(urllib.request.getproxies().items()) if name != "no" and url}
    others = {name: url for name, url in settings.items() if url.rstrip("/") not in listeners}
    shown = ", ".join(f"{name}: {escape(_without_password(url))}" for name, url in settings.items())
    if others:
        return Check(
            "proxy settings",
            Finding.NOTE,
            shown,
            "The engine connects directly all the same. If only that proxy reaches the network: --mode upstream:URL.",
        )
    return Check("proxy settings", Finding.FINE, shown or "none")


def _without_password(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", url)


def _record(check: Check) -> Record:
    record: Record = {"check": check.name, "finding": check.finding.value, "found": check.found}
    return record if check.advice is None else record | {"advice": check.advice}


_MARKS = {Finding.FINE: ("ok  ", "green"), Finding.NOTE: ("note", "yellow"), Finding.PROBLEM: ("FAIL", "bold red")}


def _print(printer: Printer, check: Check) -> None:
    printer.line([_MARKS[check.finding], (f"  {check.name:<15}", "bold"), (escape(check.found), "")], wrap=True)
    if check.advice is not None:
        printer.line([(f"{'':<21}{check.advice}", "")], wrap=True)
