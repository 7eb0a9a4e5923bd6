"""`wsinspect sessions`: the sessions of a capture, one a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.listing import Listing, print_listing, tell_gaps
from wsinspect.cli.parameters import capture_argument, filter_argument, json_option, last_option, limit_option
from wsinspect.formats.records import session_record
from wsinspect.model import Session
from wsinspect.present.lines import SESSION_TITLES, SESSION_WIDTHS, session_line
from wsinspect.store.reader import CaptureReader

if TYPE_CHECKING:
    from wsinspect.query import SqlFilter

SESSION_LISTING: Listing[Session] = Listing(
    plural="sessions",
    titles=SESSION_TITLES,
    widths=SESSION_WIDTHS,
    line=lambda session, _: session_line(session),
    record=session_record,
)


@click.command("sessions")
@capture_argument
@filter_argument("session")
@json_option
@limit_option
@last_option
def command(capture: Path, condition: SqlFilter | None, as_json: bool, limit: int | None, last: int | None) -> None:
    """List the sessions of a capture.

    Counts stand as client to server / server to client. FILTER chooses sessions, as in `host == a.test and bytes > 4k`.
    """
    with CaptureReader(capture) as reader:
        sessions = reader.sessions(condition, limit=limit, last=last)
        print_listing(sessions, SESSION_LISTING, as_json=as_json)
        tell_gaps(reader)
