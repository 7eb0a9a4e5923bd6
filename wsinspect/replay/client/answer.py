"""The answer to an upgrade, read as it comes: a head, and of a refusal some of its body. Sans-I/O, bounded.

Raises nothing on what the server sends: what is no HTTP is a `problem`. Heads before the last one (`100 Continue`,
`103 Early Hints`) are passed over. What is behind an agreeing head are frames already, and left in `rest`.
"""

from __future__ import annotations

import re

from wsinspect.model import HttpHead

MOST_HEAD_BYTES = 64 << 10
"""Of all heads together."""
MOST_BODY_BYTES = 64 << 10
_MOST_CHUNK_LINE = 1024
_STATUS = re.compile(rb"(HTTP/\d\.\d) +(\d{3})(?: +(.*))?")
_END = re.compile(rb"\r?\n\r?\n")
_NO_BODY = (204, 304)


class AnswerReader:
    """Reads one answer.

    Args:
        tunnel: Whether it answers a CONNECT, to which any 2xx agrees; else it is 101 that does.
    """

    def __init__(self, *, tunnel: bool = False) -> None:
        self.head: HttpHead | None = None
        """The last one."""
        self.body = b""
        """Of a refusal; at most `MOST_BODY_BYTES`."""
        self.rest = b""
        """What came behind a head that agrees."""
        self.done = False
        """Whether there is nothing more to read, or it is of no use."""
        self.problem: str | None = None
        """Why it is no answer."""
        self._tunnel = tunnel
        self._data = bytearray()
        self._passed = 0
        """Bytes of heads so far that were passed over."""
        self._searched = 0
        self._length: int | None = None
        self._chunked = False

    @property
    def agrees(self) -> bool:
        """Whether the head agrees to what was asked."""
        status = 0 if self.head is None else self.head.status or 0
        return 200 <= status < 300 if self._tunnel else status == 101

    def feed(self, data: bytes) -> None:
        """Take what came; not once `done`."""
        self._data += data
        while self.head is None and not self.done:
            if not self._read_head():
                return
        if not self.done:
            self._read_body()

    def end(self) -> None:
        """Take the end of the connection."""
        if self.head is None and not self.done:
            self._fail("the connection ended within the answer" if self._data else "the connection ended unanswered")
        self.done = True

    def _read_head(self) -> bool:
        """Read one head; False where there is not a whole one."""
        data = self._data
        if not data.startswith(b"HTTP/"[: len(data)]):
            self._fail("what came is not HTTP")
            return False
        found = _END.search(data, max(0, self._searched - 3))
        self._searched = len(data)
        if self._passed + (len(data) if found is None else found.end()) > MOST_HEAD_BYTES:
            self._fail(f"the head of the answer is longer than {MOST_HEAD_BYTES:,} bytes")
            return False
        if found is None:
            return False
        head = _parse(bytes(data[: found.start()]))
        if head is None:
            self._fail("the head of the answer is not HTTP")
            return False
        del data[: found.end()]
        self._passed, self._searched = self._passed + found.end(), 0
        assert head.status is not None
        if 100 <= head.status < 200 and head.status != 101:
            return True
        self.head = head
        if self.agrees:
            self.rest, self.done = bytes(data), True
        else:
            self._measure(head)
        return True

    def _measure(self, head: HttpHead) -> None:
        """See how long the body is."""
        for name, value in head.headers:
            if name.lower() == "transfer-encoding" and value.lower().endswith("chunked"):
                self._chunked = True
            elif name.lower() == "content-length" and re.fullmatch(r"[0-9]{1,18}", value):
                self._length = int(value)
        if head.status in (101, *_NO_BODY):
            self._length, self._chunked = 0, False

    def _read_body(self) -> None:
        if self._chunked:
            self._read_chunks()
        else:
            room = MOST_BODY_BYTES - len(self.body)
            self.body += bytes(self._data[:room])
            self._data.clear()
        if self._length is not None and not self._chunked and len(self.body) >= self._length:
            self.body, self.done = self.body[: self._length], True
        if len(self.body) >= MOST_BODY_BYTES:
            self.done = True

    def _read_chunks(self) -> None:
        data = self._data
        while not self.done:
            blank = next((place for place, byte in enumerate(data) if byte not in b"\r\n"), len(data))
            del data[:blank]  # the end of the line of the chunk before
            line = data.find(b"\n")
            if line < 0:
                self.done = len(data) > _MOST_CHUNK_LINE
                return
            digits = re.match(rb"[0-9A-Fa-f]{1,8}", data)
            size = int(digits[0], 16) if digits else 0
            if size == 0:  # the last one, or damaged: what there is so far will do
                self.done = True
                return
            start, room = line + 1, MOST_BODY_BYTES - len(self.body)
            if len(data) - start < min(size, room):
                return
            self.body += bytes(data[start : start + min(size, room)])
            self.done = len(self.body) == MOST_BODY_BYTES
            del data[: start + size]

    def _fail(self, why: str) -> None:
        self.problem, self.done = why, True


def _parse(data: bytes) -> HttpHead | None:
    """Read the lines of a head; None where it is none."""
    lines = re.split(rb"\r?\n", data)
    status = _STATUS.fullmatch(lines[0])
    if status is None:
        return None
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t") and headers:  # RFC 9112 5.2: a line folding, read as a space
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {_text(line.strip())}")
            continue
        raw_name, colon, raw_value = line.partition(b":")
        if not colon or not raw_name.strip():
            return None
        headers.append((_text(raw_name), _text(raw_value.strip(b" \t"))))
    version, code, reason = status.groups()
    return HttpHead(_text(version), tuple(headers), status=int(code), reason=_text(reason or b""))


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
