"""The `wsinspect` command: finds the commands, and turns how one ended into a message and an exit status.

A command is the `command` of its module, imported only when it is named: the help and the completion of the whole read
the table below, so that neither waits for the proxy to be imported.

A command ends by returning (an `ExitStatus`, or None for done), by `ctx.exit`, or by raising a `WsinspectError`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any, override

import click

from wsinspect.cli.exit_status import ExitStatus, status_of
from wsinspect.cli.lazy import Entry, LazyGroup
from wsinspect.errors import WsinspectError

SECTIONS: dict[str, dict[str, Entry]] = {
    "Capture": {
        "screen": Entry("wsinspect.cli.screen", "Start the engine and the screen, as wsinspect alone does."),
        "attach": Entry("wsinspect.cli.attach", "Show a running engine on the screen, and steer it."),
        "capture": Entry("wsinspect.cli.capture", "Record the WebSocket traffic of whatever uses the proxy."),
        "demo": Entry(
            "wsinspect.cli.demo", "See real traffic at once, from a small local world of servers and clients."
        ),
        "exec": Entry("wsinspect.cli.exec", "Run a program that uses the proxy and trusts its CA."),
        "send": Entry("wsinspect.cli.send", "Connect to a server and send it messages."),
        "replay": Entry("wsinspect.cli.replay", "Play a recorded session to a server, and compare."),
        "mock": Entry("wsinspect.cli.mock", "Stand in for the server of a recorded session."),
        "fuzz": Entry("wsinspect.cli.fuzz", "Send variations of a recorded message, and show what is odd."),
    },
    "Read a capture": {
        "open": Entry("wsinspect.cli.open", "Show a capture on the screen."),
        "sessions": Entry("wsinspect.cli.sessions", "List the sessions of a capture."),
        "messages": Entry("wsinspect.cli.messages", "List the messages of a capture."),
        "frames": Entry("wsinspect.cli.frames", "List the frames of a capture."),
        "show": Entry("wsinspect.cli.show", "Show one session, message or frame in full."),
        "tail": Entry("wsinspect.cli.tail", "Follow a capture while it is being recorded."),
        "stats": Entry("wsinspect.cli.stats", "Count, measure and time the traffic of a capture."),
        "diff": Entry("wsinspect.cli.diff", "Compare two sessions message by message."),
    },
    "Intervene": {
        "rules": Entry("wsinspect.cli.rules", "Check, try out and list rules."),
        "ctl": Entry("wsinspect.cli.ctl", "Steer a running engine: hold, edit, release, inject, close and more."),
    },
    "Set up": {
        "cert": Entry("wsinspect.cli.cert", "Say where the CA certificate is and how to install it."),
        "doctor": Entry("wsinspect.cli.doctor", "Check the installation and say what to do about it."),
    },
}


class Main(LazyGroup):
    """The commands of `SECTIONS`, and how one of them ends."""

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Options without a command are those of the screen, and so is nothing at all on a terminal.
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        if (args and args[0].startswith("-") and args[0] not in own) or (not args and sys.stdout.isatty()):
            args = ["screen", *args]
        return super().parse_args(ctx, args)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            ended = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Who read our output has enough of it, as in `wsinspect messages x.wsi | head`.
            _let_go_of_the_closed_pipe()
            return ExitStatus.DONE
        return ended

    @override
    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,  # click's own, for the context
    ) -> Any:
        """Run the command line and exit with the status it ends with."""
        _write_what_a_terminal_cannot_as_escapes()
        status: int
        try:
            ended = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            status = ended if isinstance(ended, int) else ExitStatus.DONE
        except WsinspectError as error:
            status = status_of(error)
            _complain(f"Error: {error}")
        except click.ClickException as error:
            status = error.exit_code
            with contextlib.suppress(BrokenPipeError):
                error.show()
        except (click.Abort, KeyboardInterrupt):
            status = ExitStatus.INTERRUPTED
        sys.exit(status)


@click.group(
    name="wsinspect",
    cls=Main,
    sections=SECTIONS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="wsinspect", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Intercept, record and inspect WebSocket traffic.

    Without a command it starts the engine and the screen, with the options of `wsinspect screen`. `wsinspect COMMAND
    --help` explains a command.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _complain(message: str) -> None:
    # Errors quote what peers and files say.
    from wsinspect.present.text import escape_lines  # noqa: PLC0415 - only where there is something to say

    with contextlib.suppress(BrokenPipeError):
        click.echo(escape_lines(message), err=True)


def _write_what_a_terminal_cannot_as_escapes() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _let_go_of_the_closed_pipe() -> None:
    """Keep the interpreter from complaining, on its way out, about what nobody reads."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
