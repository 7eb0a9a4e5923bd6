"""`wsinspect messages`: the messages of a capture, one a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.listing import Listing, payload_bytes, print_listing, tell_gaps
from wsinspect.cli.parameters import (
    capture_argument,
    filter_argument,
    json_option,
    last_option,
    limit_option,
    payload_option,
)
from wsinspect.formats.records import message_record
from wsinspect.model import Message
from wsinspect.present.lines import MESSAGE_TITLES, MESSAGE_WIDTHS, message_line, sent_line
from wsinspect.store.reader import CaptureReader

if TYPE_CHECKING:
    from wsinspect.query import SqlFilter


def message_listing(payload_limit: int | None = None) -> Listing[Message]:
    """Make the listing of messages.

    Args:
        payload_limit: Bytes of each payload that a line shows; -1 for all; None for what fits.
    """
    return Listing(
        plural="messages",
        titles=MESSAGE_TITLES,
        widths=MESSAGE_WIDTHS,
        line=lambda message, width: message_line(message, width=width, payload_limit=payload_limit),
        record=message_record,
        below=lambda message, width: sent_line(message, width=width, payload_limit=payload_limit),
    )


@click.command("messages")
@capture_argument
@filter_argument("message")
@json_option
@limit_option
@last_option
@payload_option
def command(
    capture: Path,
    condition: SqlFilter | None,
    as_json: bool,
    limit: int | None,
    last: int | None,
    payload_limit: int | None,
) -> None:
    """List the messages of a capture, in order of arrival; below one that was changed, what was sent instead.

    FILTER chooses messages: a word that the payload contains, or as in `dir == c2s and json.$.op == "login"`.
    """
    with CaptureReader(capture) as reader:
        load = payload_bytes(payload_limit, as_json=as_json)
        messages = reader.messages(condition, limit=limit, last=last, payload_limit=load)
        print_listing(messages, message_listing(payload_limit), as_json=as_json)
        tell_gaps(reader)
