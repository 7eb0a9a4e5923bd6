"""What `send` prints when it is no prompt: received messages to standard output, everything else to standard error.

On a terminal both directions are laid out for people, in JSON both are records; in a pipe what was received is data, a
message a line, bytes in hexadecimal.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from wsinspect.cli.printer import Printer
from wsinspect.formats.records import Record, json_line, opcode_name, unix_seconds
from wsinspect.model import Close, Direction, HttpHead
from wsinspect.present.text import escape, escape_lines
from wsinspect.wire.opcodes import Opcode

if TYPE_CHECKING:
    from wsinspect.engine.client import ClientSession


@dataclass(slots=True)
class Output:
    """Prints a conversation."""

    as_json: bool = False
    include: bool = False
    """Whether to print the head of the server's answer, where it is not JSON."""
    silent: bool = False
    """Whether to say nothing of the close."""
    verbose: bool = False
    """Whether to tell of the handshake and of control frames."""
    _printer: Printer = field(default_factory=Printer)
    _number: int = 0

    def opened(self, session: ClientSession) -> None:
        """Show the handshake, as far as that is wanted."""
        if self.verbose:
            self._tell_handshake(session)
        if not self.include or self.as_json:
            return
        start, *headers = head_lines(session.response)
        self._printer.line([(start, "bold")])
        for line in headers:
            self._printer.line([(line, "dim")])
        self._printer.line()
        self._printer.flush()

    def message(self, direction: Direction, opcode: int, payload: bytes, now: int) -> None:
        """Show a message."""
        self._number += 1
        if self.as_json:
            self._print_record(direction, opcode, payload, now)
        elif sys.stdout.isatty():
            from wsinspect.present.conversation import message_lines  # noqa: PLC0415 - start-up time

            for line in message_lines(direction, opcode, payload, now):
                self._printer.line(line, wrap=True)
        elif direction is Direction.S2C:
            # What is no text is shown as what it is, whatever the server says.
            text = _text(payload) if opcode == Opcode.TEXT else None
            click.echo(payload.hex(" ") if text is None else text)
        self._printer.flush()

    def control(self, direction: Direction, opcode: int, payload: bytes) -> None:
        """Tell of a control frame, where that is wanted."""
        if self.verbose and opcode != Opcode.CLOSE:
            text = _text(payload)
            shown = payload.hex(" ") if text is None else escape(text)
            self.complain(f"{'<' if direction is Direction.S2C else '>'} {opcode_name(opcode)} {shown}".rstrip())

    def closed(self, close: Close) -> None:
        """Say how the server closed it."""
        if self.as_json:
            record: Record = {"by": close.by}
            if close.code is not None:
                record |= {"code": close.code, "reason": close.reason or ""}
            sys.stdout.buffer.write(json_line({"close": record}))
            sys.stdout.buffer.flush()
        elif not self.silent and close.by == "server":
            code = "out a code" if close.code is None else f" {close.code} {close.reason or ''}"
            self.complain(f"the server closed with{code}".rstrip())

    def complain(self, text: str) -> None:
        """Say something that is no data."""
        click.echo(escape_lines(text), err=True)

    def _tell_handshake(self, session: ClientSession) -> None:
        self.complain(f"* Connected to {session.server}")
        if session.tls is not None:
            self.complain(f"* TLS: {session.tls.version}, {session.tls.cipher}")
        for mark, head in ((">", session.request), ("<", session.response)):
            for line in head_lines(head):
                self.complain(f"{mark} {line}")
            self.complain(mark)
        for violation in session.agreed.violations:
            self.complain(f"* {violation}")

    def _print_record(self, direction: Direction, opcode: int, payload: bytes, now: int) -> None:
        record: Record = {
            "number": self._number,
            "time": unix_seconds(now),
            "dir": direction.label,
            "type": opcode_name(opcode),
            "size": len(payload),
        }
        text = _text(payload) if opcode == Opcode.TEXT else None
        if text is not None:
            record["text"] = text
        else:
            record["base64"] = base64.b64encode(payload).decode()
        sys.stdout.buffer.write(json_line(record))
        sys.stdout.buffer.flush()


def head_lines(head: HttpHead) -> Iterable[str]:
    """Write a head of the handshake line by line, harmless."""
    version = head.http_version if "/" in head.http_version else f"HTTP/{head.http_version}"
    if head.status is None:
        yield escape(f"{head.method} {head.target} {version}")
    else:
        yield escape(f"{version} {head.status} {head.reason or ''}".rstrip())
    yield from (escape(f"{name}: {value}") for name, value in head.headers)


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
