"""Runs wsinspect on a mitmproxy that gives idle connections up after a second instead of ten minutes.

`python -m tests.peers.impatient capture …` is `wsinspect capture …` but for that.
"""

from __future__ import annotations

from unittest import mock

from mitmproxy import options

from wsinspect.cli.main import main

IDLE_S = 1


class ImpatientOptions(options.Options):
    """mitmproxy's options with another default."""

    def __init__(self) -> None:
        super().__init__()
        self.update(tcp_timeout=IDLE_S)  # type: ignore[no-untyped-call]  # mitmproxy leaves it untyped


if __name__ == "__main__":
    with mock.patch.object(options, "Options", ImpatientOptions):
        main(prog_name="wsinspect")
