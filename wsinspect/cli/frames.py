"""`wsinspect frames`: the frames of a capture, one a line."""

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
from wsinspect.formats.records import frame_record
from wsinspect.model import Frame
from wsinspect.present.frame_texts import FrameTexts
from wsinspect.present.lines import FRAME_TITLES, FRAME_WIDTHS, frame_line
from wsinspect.store.reader import CaptureReader

if TYPE_CHECKING:
    from wsinspect.query import SqlFilter


def frame_listing(texts: FrameTexts, payload_limit: int | None = None) -> Listing[Frame]:
    """Make the listing of frames.

    Args:
        texts: Tells which payloads are text.
        payload_limit: Bytes of each payload that a line shows; -1 for all; None for what fits.
    """
    return Listing(
        plural="frames",
        titles=FRAME_TITLES,
        widths=FRAME_WIDTHS,
        line=lambda frame, width: frame_line(
            frame, of_text=texts.is_text(frame), width=width, payload_limit=payload_limit
        ),
        record=lambda frame: frame_record(frame, of_text=texts.is_text(frame)),
    )


@click.command("frames")
@capture_argument
@filter_argument("frame")
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
    """List the frames of a capture, in order of arrival.

    FILTER chooses frames, as in `opcode in (ping, pong)` or `has(violations)`.
    """
    with CaptureReader(capture) as reader:
        load = payload_bytes(payload_limit, as_json=as_json)
        frames = reader.frames(condition, limit=limit, last=last, payload_limit=load)
        listing = frame_listing(FrameTexts(reader.message), payload_limit)
        print_listing(frames, listing, as_json=as_json)
        tell_gaps(reader)
