"""What `send` is given to send: texts, or standard input, cut at line ends, at NULs, or nowhere."""

from __future__ import annotations

import asyncio
import enum
import io
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from typing import BinaryIO

from wsinspect.errors import WsinspectError
from wsinspect.present.written_bytes import WrittenProblem, bytes_of_hex
from wsinspect.replay.performing import SendMessage
from wsinspect.wire.opcodes import Opcode

_BLOCK_BYTES = 64 << 10
_BLOCKS_AHEAD = 4


class Split(enum.Enum):
    """Where a message ends."""

    LINE = "line"
    NULL = "null"
    NONE = "none"


class Pieces:
    """Cuts a stream into messages. Of lines, the end belongs to none: LF, or CR and LF.

    Args:
        split: Where a message ends.
    """

    def __init__(self, split: Split) -> None:
        self._split = split
        self._end = b"\0" if split is Split.NULL else b"\n"
        self._begun = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """Return the messages that end in the next bytes."""
        self._begun += data
        if self._split is Split.NONE or self._end not in data:
            return []
        *whole, begun = bytes(self._begun).split(self._end)
        self._begun = bytearray(begun)
        return [self._whole(piece) for piece in whole]

    def rest(self) -> list[bytes]:
        """Return the last message, if none of its kind ended it."""
        return [self._whole(bytes(self._begun))] if self._begun else []

    def _whole(self, piece: bytes) -> bytes:
        return piece.removesuffix(b"\r") if self._split is Split.LINE else piece


class StandardInput:
    """Reads messages from a stream, no further ahead than they are taken.

    Args:
        stream: Standard input.
        split: Where a message ends.
    """

    def __init__(self, stream: BinaryIO, split: Split) -> None:
        self._read = _reader(stream)
        self._split = split
        self.is_waiting = False
        """Whether all that was there has been taken."""

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield the messages."""
        blocks = asyncio.Queue[bytes]()
        ahead = threading.Semaphore(_BLOCKS_AHEAD)
        loop = asyncio.get_running_loop()

        def read_on() -> None:
            while True:
                ahead.acquire()
                block = self._read()
                try:
                    loop.call_soon_threadsafe(blocks.put_nowait, block)
                except RuntimeError:  # the loop has been closed: nobody wants it
                    return
                if not block:
                    return

        # Nothing ends a read of a terminal or a pipe; a thread that waits in one must not keep the program.
        threading.Thread(target=read_on, name="standard input", daemon=True).start()
        pieces = Pieces(self._split)
        while True:
            self.is_waiting = blocks.empty()
            block = await blocks.get()
            self.is_waiting = False
            ahead.release()
            for piece in pieces.take(block) if block else pieces.rest():
                yield piece
            if not block:
                return


def _reader(stream: BinaryIO) -> Callable[[], bytes]:
    try:
        descriptor = stream.fileno()
    except (io.UnsupportedOperation, ValueError):
        return lambda: stream.read(_BLOCK_BYTES)
    # A thread that is stopped within the stream's own read would hold its lock when the interpreter ends.
    return lambda: _block(descriptor)


def _block(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _BLOCK_BYTES)
    except OSError:  # a terminal that is gone
        return b""


def text_of(given: bytes) -> SendMessage:
    """Make a text message.

    Raises:
        WsinspectError: It is no text.
    """
    try:
        given.decode()
    except UnicodeDecodeError as error:
        raise WsinspectError(
            f"a message is no UTF-8: {error.reason} at byte {error.start}", hint="--binary sends it as it is"
        ) from error
    return SendMessage(Opcode.TEXT, given, compressed=True)


def binary_of(given: bytes) -> SendMessage:
    """Make a binary message."""
    return SendMessage(Opcode.BINARY, given, compressed=True)


def binary_of_hex(given: bytes) -> SendMessage:
    """Make a binary message of what is written in hexadecimal.

    Raises:
        WsinspectError: It is not.
    """
    found = bytes_of_hex(given.decode("utf-8", "replace"))
    if isinstance(found, WrittenProblem):
        raise WsinspectError(f"{found.message}, in column {found.column}", where="--hex")
    return SendMessage(Opcode.BINARY, found, compressed=True)


async def each_of(messages: Sequence[SendMessage]) -> AsyncIterator[SendMessage]:
    """Yield messages that are there already."""
    for message in messages:
        yield message


async def made_of(pieces: AsyncIterator[bytes], make: Callable[[bytes], SendMessage]) -> AsyncIterator[SendMessage]:
    """Yield a message of each piece."""
    async for piece in pieces:
        yield make(piece)
