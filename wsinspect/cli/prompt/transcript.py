"""The conversation above the prompt: what goes and comes, bounded in what is shown of each message and of a flood."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from wsinspect.cli.prompt.commands import COMMANDS
from wsinspect.cli.prompt.raw import KEYS
from wsinspect.cli.send_output import head_lines
from wsinspect.model import Close, Direction, HttpHead
from wsinspect.present.conversation import Line, control_line, lost_line, message_lines
from wsinspect.present.lines import BAD, MARK, QUIET, TITLE
from wsinspect.present.text import clock, escape, number_of, pad, size_text

GOOD = "green"
_MOST_BYTES = 4 << 10
"""Shown of a message, or of a value in it."""
_MOST_OF_FRAME = 48
"""Bytes shown of a frame that was made by hand."""
_MOST_LINES = 120
_FLOOD_LINES = 300
"""Shown in a stretch of time; what comes beyond is counted."""
_STRETCH_S = 1.0


class Transcript:
    """Prints what happens.

    Args:
        line: Prints a line.
        monotonic: A clock in seconds.
    """

    def __init__(self, line: Callable[[Line], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        self._monotonic = monotonic
        self._stretch = monotonic()
        self._shown_lines = 0
        self._left_out = 0
        self._left_out_bytes = 0
        self.pretty = True
        """Whether JSON and binary formats are laid out."""

    def message(self, direction: Direction, opcode: int, payload: bytes, now: int) -> None:
        """Show a message."""
        if self._floods(len(payload)):
            return
        lines = message_lines(direction, opcode, payload, now, pretty=self.pretty, most=_MOST_BYTES)
        self._print(_at_most(lines, _MOST_LINES))

    def control(
        self, direction: Direction, opcode: int, payload: bytes, now: int, *, took_ns: int | None = None
    ) -> None:
        """Show a ping, pong or close frame, or one with an unknown opcode."""
        if not self._floods(len(payload)):
            self._print([control_line(direction, opcode, payload[:_MOST_BYTES], now, took_ns=took_ns)])

    def frame(self, header: bytes, payload: bytes, now: int) -> None:
        """Show a frame that was made by hand."""
        line = control_line(Direction.C2S, header[0] & 0x0F, payload[:_MOST_OF_FRAME], now)
        self._print([[*line, (f"  frame {header.hex(' ')} + {number_of(len(payload), 'byte')}", QUIET)]])

    def closed(self, close: Close | None, now: int, *, loss: str | None) -> None:
        """Say how the connection ended; where it was lost, by `loss` in words."""
        self.catch_up()
        if loss is not None or close is None:
            self._print([lost_line(now, loss or "")])
            return
        who = "the server closed the connection" if close.by == "server" else "closed"
        unclean = "" if close.clean else ", and the close was not answered"
        self._print([[(f"{clock(now)}  {who}{unclean}", QUIET if close.clean else MARK)]])

    def opened(self, url: str, subprotocol: str | None, extensions: str | None) -> None:
        """Say that there is a connection."""
        agreed = [f"subprotocol {escape(subprotocol)}"] if subprotocol else []
        agreed += [escape(extensions)] if extensions else []
        with_what = f"  ({', '.join(agreed)})" if agreed else ""
        self._print([[("connected", GOOD), (f" to {escape(url)}{with_what}", "")]])

    def handshake(self, request: HttpHead, response: HttpHead) -> None:
        """Show the handshake."""
        for mark, style, head in (("→", "cyan", request), ("←", "magenta", response)):
            start, *headers = head_lines(head)
            self._print([[(f"{mark} ", style), (start, TITLE)]])
            for header in headers:
                name, colon, value = header.partition(":")
                self._print([[("  ", ""), (name + colon, "blue"), (value, "")]])

    def note(self, text: str, style: str = QUIET) -> None:
        """Say something that no peer had a part in, or that is harmless."""
        for line in text.split("\n"):
            self._print([[(line, style)]])

    def complain(self, text: str) -> None:
        """Say what is wrong."""
        self.note(text, BAD)

    def help(self, name: str | None) -> None:
        """Explain the commands, or one."""
        chosen = COMMANDS if name is None else {name: COMMANDS[name]}
        for each, command in chosen.items():
            usage = pad(f"/{each} {command.arguments}".rstrip(), 37)
            self._print([[(usage, TITLE), (f" {command.help}", "")]])
        if name is None:
            self.note("\n".join(_MORE_HELP))
        for key, meaning in KEYS.items() if name == "raw" else ():
            self._print([[(pad(f"  {key}=", 37), TITLE), (f" {meaning}", "")]])

    @property
    def is_flooded(self) -> bool:
        """Whether more comes than is shown."""
        return self._left_out > 0

    def catch_up(self) -> None:
        """Say what came too fast to be shown."""
        if self._left_out:
            count, size = number_of(self._left_out, "more message"), size_text(self._left_out_bytes)
            self._left_out = self._left_out_bytes = 0
            self._line([(f"… {count} ({size} bytes) came too fast to be shown", MARK)])

    def _floods(self, size: int) -> bool:
        if self._monotonic() - self._stretch >= _STRETCH_S:
            self._stretch = self._monotonic()
            self._shown_lines = 0
            self.catch_up()
        if self._shown_lines < _FLOOD_LINES:
            return False
        self._left_out += 1
        self._left_out_bytes += size
        return True

    def _print(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._shown_lines += 1
            self._line(line)


def _at_most(lines: Iterator[Line], most: int) -> Iterator[Line]:
    yield from islice(lines, most)
    if next(lines, None) is not None:
        yield [("  … and more lines; /save FILE keeps the whole message", MARK)]


_MORE_HELP = (
    "",
    "Anything else is sent as a text; //… sends one that begins with a slash.",
    "Alt+Enter, or a backslash at the end, begins a new line. Up and Ctrl-R find what was typed before.",
    "Ctrl-C clears the line; on an empty one it ends, as Ctrl-D does.",
)
