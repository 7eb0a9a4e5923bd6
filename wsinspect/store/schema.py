"""The capture file's schema: its tables, its version, and the checks before a file is opened.

A capture is an SQLite database with its own `application_id`. All times are Unix nanoseconds, all enums the integers of
`model`. A column that is NULL means the usual value, so that the common row is ten columns wide:

- `message.header` not NULL: a message whose only frame is this row; there is no `frame` row for it.
- `message.header` NULL: its frames are rows of `frame`.
- `message.payload` NULL, `compressed` NULL, `header` NULL: the payload is what its frames' payloads make together.
- `chunks` not NULL: the payload is in `chunk` rows, `owner` being the row's id.

`id` of `message` and `frame` is one counter, in order of arrival over the whole capture; a message whose frames are in
`frame` has the id of its first frame. `changed` is NULL until a row is revised, then the number of the commit that
did so.

`gap` is traffic that could not be recorded; `removal` is what retention deleted, one row a session, and one with
session 0 for whole sessions. A join with the view `frames` merges both tables by id; for that, its columns have the
same affinity in both halves: what is an expression in one has a `+` in the other.

The file checks read bytes only: what is refused is left byte for byte as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wsinspect.errors import StoreError

APPLICATION_ID = 0x57534931
"""`WSI1`, at byte 68 of the file."""
VERSION = 1
"""The schema that this code writes, at byte 60 of the file."""
PAGE_BYTES = 16384
"""Measured: half of the CPU of 4096 for payloads of 256 KiB, and no more for small rows."""

FRAME_PAYLOAD = 0
"""`chunk.kind`: a frame's payload as on the wire."""
MESSAGE_PAYLOAD = 1
"""`chunk.kind`: a message's inflated payload."""

_MAGIC = b"SQLite format 3\0"

_TABLES = """
CREATE TABLE capture(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE run(id INTEGER PRIMARY KEY, started INTEGER, ended INTEGER, version TEXT, pid INTEGER, clean INTEGER);
CREATE TABLE listener(id INTEGER PRIMARY KEY, run INTEGER, mode TEXT, address TEXT);
CREATE TABLE session(id INTEGER PRIMARY KEY, run INTEGER, listener INTEGER, relay INTEGER, state INTEGER, url TEXT,
  scheme TEXT, host TEXT, port INTEGER, path TEXT, client TEXT, server TEXT, subprotocol TEXT, extensions TEXT,
  protocol TEXT, status INTEGER, opened INTEGER, closed INTEGER, close_by TEXT, close_code INTEGER, close_reason TEXT,
  close_clean INTEGER, ends TEXT, error TEXT, request TEXT, response TEXT, tls_client TEXT, tls_server TEXT,
  violations TEXT, frames_c2s INTEGER, frames_s2c INTEGER, messages_c2s INTEGER, messages_s2c INTEGER,
  bytes_c2s INTEGER, bytes_s2c INTEGER, note TEXT, changed INTEGER);
CREATE INDEX session_changed ON session(changed) WHERE changed IS NOT NULL;
CREATE TABLE message(id INTEGER PRIMARY KEY, session INTEGER, number INTEGER, seq INTEGER, dir INTEGER, opcode INTEGER,
  time INTEGER, header BLOB, size INTEGER, payload BLOB, "end" INTEGER, frames INTEGER, wire_size INTEGER,
  wire_payload BLOB, compressed INTEGER, source INTEGER, verdict INTEGER, completeness INTEGER, held INTEGER,
  delayed INTEGER, sent_time INTEGER, violations TEXT, truncated INTEGER, chunks INTEGER, changed INTEGER);
CREATE INDEX message_number ON message(session, number);
CREATE INDEX message_changed ON message(changed) WHERE changed IS NOT NULL;
CREATE TABLE frame(id INTEGER PRIMARY KEY, session INTEGER, seq INTEGER, message INTEGER, dir INTEGER, opcode INTEGER,
  time INTEGER, header BLOB, size INTEGER, payload BLOB, source INTEGER, verdict INTEGER, leg INTEGER, stage INTEGER,
  of_seq INTEGER, held INTEGER, delayed INTEGER, sent_time INTEGER, close_code INTEGER, close_reason TEXT,
  violations TEXT, truncated INTEGER, completeness INTEGER, chunks INTEGER, changed INTEGER);
CREATE INDEX frame_seq ON frame(session, seq);
CREATE INDEX frame_changed ON frame(changed) WHERE changed IS NOT NULL;
CREATE TABLE chunk(owner INTEGER, kind INTEGER, "offset" INTEGER, data BLOB);
CREATE UNIQUE INDEX chunk_place ON chunk(owner, kind, "offset");
CREATE TABLE message_sent(message INTEGER PRIMARY KEY, payload BLOB);
CREATE TABLE tag(session INTEGER, message INTEGER, tag TEXT);
CREATE INDEX tag_place ON tag(session, message);
CREATE TABLE note(message INTEGER PRIMARY KEY, note TEXT);
CREATE TABLE view(message INTEGER PRIMARY KEY, protocol TEXT, event TEXT, kind TEXT, summary TEXT, fields TEXT);
CREATE TABLE rule_hit(message INTEGER, session INTEGER, rule TEXT, action TEXT, detail TEXT);
CREATE INDEX rule_hit_message ON rule_hit(message);
CREATE TABLE removal(session INTEGER PRIMARY KEY, sessions INTEGER, time INTEGER, "end" INTEGER, frames INTEGER,
  messages INTEGER, bytes INTEGER, why TEXT);
CREATE TABLE gap(id INTEGER PRIMARY KEY, session INTEGER, time INTEGER, "end" INTEGER, frames INTEGER, messages INTEGER,
  bytes INTEGER, why TEXT);
CREATE VIEW frames AS
  SELECT id, session, seq, number AS message, dir, opcode, time, header,
    CASE WHEN wire_payload IS NULL THEN size ELSE wire_size - length(header) END AS size,
    CASE WHEN wire_payload IS NULL THEN payload ELSE wire_payload END AS payload,
    coalesce(source, 0) AS source, coalesce(verdict, 0) AS verdict, +dir AS leg, coalesce(NULL, 0) AS stage,
    NULL AS of_seq, held, delayed, sent_time, NULL AS close_code, NULL AS close_reason, violations,
    CASE WHEN wire_payload IS NULL THEN coalesce(truncated, 0) ELSE 0 END AS truncated,
    coalesce(completeness, 0) AS completeness, chunks, changed
  FROM message WHERE header IS NOT NULL
  UNION ALL
  SELECT id, session, seq, message, dir, opcode, time, header, +size, +payload, coalesce(source, 0),
    coalesce(verdict, 0), coalesce(leg, dir), coalesce(stage, 0), +of_seq, held, delayed, sent_time, +close_code,
    +close_reason, violations, coalesce(truncated, 0), coalesce(completeness, 0), chunks, changed
  FROM frame;
"""

LAST_CHANGE = " UNION ALL ".join(
    f"SELECT max(changed) AS number FROM {table} WHERE changed IS NOT NULL" for table in ("message", "frame", "session")
)
"""A SELECT of the highest number in `changed`, by table."""

TABLES = ("capture", "run", "listener", "session", "message", "frame", "chunk", "message_sent", "tag", "note", "view",
          "rule_hit", "removal", "gap")  # fmt: skip

MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {}
"""What takes a file of that version to the next one, run in one transaction when the file is opened for writing."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first hundred bytes of a capture say."""

    version: int
    page_bytes: int
    pages: int | None
    """Pages in the file; None where the header does not know."""
    wal: bool
    """Whether the file was left in WAL mode."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty database.

    The journal mode is the default one here, so that the file itself holds the schema before the first WAL begins.
    """
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.executescript(
        f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; {_TABLES} COMMIT;"
    )


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Take an older file to `VERSION`, in one transaction.

    Args:
        connection: Open for writing, in autocommit.
        version: What the file has now.
    """
    if version == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in range(version, VERSION):
            MIGRATIONS[step](connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def wal_path(path: Path) -> Path:
    """The write-ahead log beside a capture."""
    return path.with_name(path.name + "-wal")


def has_wal(path: Path) -> bool:
    """Whether a write-ahead log with anything in it lies beside the capture."""
    try:
        return wal_path(path).stat().st_size > 0
    except OSError:
        return False


def check_file(path: Path) -> Header:
    """Read the header of a capture and refuse what is not one, without SQLite.

    Raises:
        StoreError: The file is missing, foreign, from a newer version, or not whole.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
        size = path.stat().st_size
    except FileNotFoundError:
        raise StoreError("there is no such capture", where=str(path)) from None
    except OSError as error:
        raise StoreError(f"cannot be read: {error.strerror}", where=str(path)) from None
    header = _parse(path, head)
    if header.pages is not None and not has_wal(path) and size < header.pages * header.page_bytes:
        raise StoreError(
            f"the file is cut short: {size} of {header.pages * header.page_bytes} bytes",
            where=str(path),
            hint="copy it again; a live capture is copied with `wsinspect export --format wsi`",
        )
    return header


def _parse(path: Path, head: bytes) -> Header:
    if not head:
        raise StoreError("the file is empty: its capture was never begun", where=str(path))
    if not head.startswith(_MAGIC[: len(head)]):
        raise StoreError("this is not a wsinspect capture", where=str(path), hint="`wsinspect import` reads others")
    if len(head) < 100:
        raise StoreError(f"the file is cut short: it ends after {len(head)} bytes", where=str(path))
    if int.from_bytes(head[68:72]) != APPLICATION_ID:
        raise StoreError("this is an SQLite database of another program", where=str(path))
    version = int.from_bytes(head[60:64])
    if version > VERSION:
        raise StoreError(
            f"made by a newer wsinspect (format {version}; this one reads up to {VERSION})",
            where=str(path),
            hint="update wsinspect",
        )
    if version < 1:
        raise StoreError("the capture is only half made", where=str(path))
    page_bytes = int.from_bytes(head[16:18])
    known = head[24:28] == head[92:96]
    pages = int.from_bytes(head[28:32]) if known else None
    return Header(version, 65536 if page_bytes == 1 else page_bytes, pages, wal=head[18] == 2)


def check_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database whose tables cannot be read or are not all there.

    Raises:
        StoreError: The file is damaged.
    """
    try:
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error
    missing = [name for name in TABLES if name not in found]
    if missing:
        raise StoreError(f"the capture is damaged: it lacks the table {missing[0]!r}", where=str(path))


def damaged(path: Path, error: sqlite3.DatabaseError) -> StoreError:
    """Put what SQLite said about a file into an error for a person."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreError(f"the capture is damaged ({error})", where=str(path))
    return StoreError(f"cannot be read ({error})", where=str(path))
