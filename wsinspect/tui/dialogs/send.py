"""Asks what to send to a side of a session: a message, a ping or pong, a close, or a frame with any header bits."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from wsinspect.errors import WsinspectError
from wsinspect.present.text import escape
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.dialogs.dialog import Dialog, button, row
from wsinspect.tui.dialogs.path_names import PathNames
from wsinspect.tui.dialogs.payload_text import pasted_as_hex
from wsinspect.tui.dialogs.sending import AUTO, WRITINGS, Call, Draft, Kind, Writing, call_of, said_of
from wsinspect.tui.widgets.choice import Choice
from wsinspect.tui.widgets.completed_line import CompletedLine, TextLine
from wsinspect.tui.widgets.payload_area import PayloadArea

_SIDES = ("server", "client", "both")
_BITS = ("0", "1")
_CODES = "1000 normal, 1001 going away, 1002 protocol error, 1008 policy, 1011 internal error; empty: without a code"
_SETTLE_S = 0.15


class SendDialog(Dialog[Call]):
    """Asks what to send; returns a method of the control channel and its parameters, which it takes as they are.

    What was written stays for the next time, for each session by itself.

    Args:
        engine: The engine, for what is sent while the dialog stays.
        session: Number of the session.
        label: Of the session, such as its URL.
    """

    DEFAULT_CSS = """
    SendDialog {
        & > .box { width: 100%; max-width: 110; height: 100%; max-height: 30; }
        & .body { height: 1fr; }
        & .row > .label { width: 9; }
        & .row Choice { margin-right: 2; }
        & .row .word { width: auto; color: $text 70%; margin-right: 1; }
        & .row Input { background: $background; }
        & #opcode { width: 8; margin-right: 2; }
        & #code, & #announced { width: 12; margin-right: 2; }
        & #payload { height: 1fr; min-height: 3; background: $background; }
        & .status { height: 1; text-wrap: nowrap; text-overflow: ellipsis; color: $text 70%; }
    }
    """
    FILLS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "Send", id="dialog.send", tooltip="Send it, and close the dialog.", priority=True),
        Binding(
            "ctrl+g,ctrl+enter",
            "send_and_stay",
            "Send, stay",
            id="dialog.send-and-stay",
            tooltip="Send it, and keep the dialog for the next.",
            priority=True,
        ),
    ]

    def __init__(self, engine: Engine, session: int, label: str = "") -> None:
        super().__init__(f"Send to session {session}  {label}")
        self._engine, self._session = engine, session
        self._drafts = _drafts_of(engine)
        draft = self._drafts.get(session, Draft())
        self._sent = 0
        self._timer: Timer | None = None
        self._to = Choice(_SIDES, draft.to, tooltip="Who gets it.", id="to")
        self._kind = Choice(list(Kind), draft.kind, tooltip="What is sent.", id="kind")
        self._writings = {
            kind: Choice(
                ways, draft.writing if draft.kind is kind else None, tooltip="How the payload is written here."
            )
            for kind, ways in WRITINGS.items()
        }
        self._opcode = TextLine(draft.opcode, compact=True, id="opcode")
        self._fin = Choice(_BITS, _BITS[draft.fin], tooltip="Whether the frame ends its message.", id="fin")
        self._rsv = [
            Choice(_BITS, _BITS[bool(draft.rsv & bit)], tooltip=f"Reserved bit {number}.", id=f"rsv{number}")
            for number, bit in ((1, 4), (2, 2), (3, 1))
        ]
        self._masked = Choice(
            (AUTO, "yes", "no"), draft.masked, tooltip="The mask; auto: as RFC 6455 wants it.", id="masked"
        )
        self._announced = TextLine(draft.announced, placeholder="as it is", compact=True, id="announced")
        self._length_bytes = Choice(
            (AUTO, "0", "2", "8"), draft.length_bytes, tooltip="Extra bytes to write the length in.", id="length_bytes"
        )
        self._code = TextLine(draft.code, placeholder="none", compact=True, id="code")
        self._reason = TextLine(draft.reason, placeholder="a reason", compact=True, id="reason")
        self._area = PayloadArea(id="payload")
        self._file = CompletedLine(PathNames(), text=draft.file)
        self._content = draft.content
        self._status = Static(classes="status", markup=False)
        self._rows: dict[str, Widget] = {}

    def content(self) -> Iterable[Widget]:
        """Show the form; what a kind has no use for is out of sight."""
        yield row("to", self._to)
        yield row("what", self._kind)
        self._rows = {
            "frame": _pairs(("opcode", self._opcode), ("fin", self._fin), ("masked", self._masked)),
            "rsv": _pairs(*((f"rsv{number}", choice) for number, choice in enumerate(self._rsv, 1))),
            "length": _pairs(("length", self._announced), ("in extra bytes", self._length_bytes)),
            "writing": row("as", *self._writings.values()),
            "close": _pairs(("code", self._code), ("reason", self._reason)),
            "codes": Static(_CODES, classes="hint", markup=False),
            "file": row("file", self._file),
        }
        yield from self._rows.values()
        yield self._area
        yield self._status

    def buttons(self) -> Iterable[Button]:
        """Offer to send it, and to stay for more."""
        yield button("Send", "send", key="^s", primary=True)
        yield button("Send, stay", "send_and_stay", key="^g", tooltip="Send it, and keep the dialog for the next.")
        yield button("Cancel", "cancel", key="esc")

    def on_mount(self) -> None:
        """Show what was written the last time, the cursor where the payload is."""
        super().on_mount()
        self._area.show(self._content)
        self._arrange()
        self._to.focus()
        if self._area.display:
            self._area.focus()

    # ---- the form

    @on(Choice.Changed)
    def _chosen(self, event: Choice.Changed) -> None:
        event.stop()
        self.complain("")
        self._arrange()

    @on(TextArea.Changed)
    @on(Input.Changed)
    @on(CompletedLine.Typed)
    def _typed(self, event: TextArea.Changed | Input.Changed | CompletedLine.Typed) -> None:
        event.stop()
        self.complain("")
        if self._timer is None:
            self._timer = self.set_timer(_SETTLE_S, self._settled)

    @on(Input.Submitted)
    @on(CompletedLine.Entered)
    def _entered(self, event: Input.Submitted | CompletedLine.Entered) -> None:
        event.stop()
        self.action_send()

    @on(CompletedLine.Left)
    def _left(self, event: CompletedLine.Left) -> None:
        event.stop()
        self.action_cancel()

    def _arrange(self) -> None:
        """Show the fields that what is sent has a use for."""
        draft = self.draft
        for kind, choice in self._writings.items():
            choice.display = kind is draft.kind
        shown = {
            "frame": draft.kind is Kind.FRAME,
            "rsv": draft.kind is Kind.FRAME,
            "length": draft.kind is Kind.FRAME,
            "writing": draft.kind in WRITINGS,
            "close": draft.kind is Kind.CLOSE,
            "codes": draft.kind is Kind.CLOSE,
            "file": draft.writing is Writing.FILE,
        }
        for name, wanted in shown.items():
            self._rows[name].display = wanted
        self._area.display = draft.kind is not Kind.CLOSE and draft.writing is not Writing.FILE
        self._area.pasting = pasted_as_hex if draft.writing is Writing.HEX else None
        self._judge()

    @property
    def draft(self) -> Draft:
        """What is written in the form."""
        kind = Kind(self._kind.chosen)
        return Draft(
            to=self._to.chosen,
            kind=kind,
            writing=Writing(self._writings[kind].chosen) if kind in WRITINGS else Writing.TEXT,
            content=self._area.content,
            file=self._file.text,
            code=self._code.value,
            reason=self._reason.value,
            opcode=self._opcode.value,
            fin=self._fin.chosen == "1",
            rsv=sum(bit for choice, bit in zip(self._rsv, (4, 2, 1), strict=True) if choice.chosen == "1"),
            masked=self._masked.chosen,
            length_bytes=self._length_bytes.chosen,
            announced=self._announced.value,
        )

    def _settled(self) -> None:
        self._timer = None
        self._judge()

    def _judge(self) -> None:
        """Say what would be sent, or calmly what is not right yet."""
        draft = self.draft
        if draft.writing is Writing.FILE:
            # It is read when it is sent.
            self._say("")
            return
        try:
            said = said_of(call_of(draft, self._session))
        except WsinspectError as error:
            said = f"\u2026 {error.message}"
        self._say(said)

    def _say(self, text: str) -> None:
        sent = f"\u2713 {self._sent} sent   " if self._sent else ""
        self._status.update(escape(sent + text))

    # ---- sending

    def action_send(self) -> None:
        """Return the call, if it will do."""
        if (call := self._call()) is not None:
            self.dismiss(call)

    def action_send_and_stay(self) -> None:
        """Send it, and stay."""
        if (call := self._call()) is not None:
            self.run_worker(self._send(call))

    def action_cancel(self) -> None:
        """Close the dialog; what is written stays for the next time."""
        self._drafts[self._session] = self.draft
        self.dismiss(None)

    def _call(self) -> Call | None:
        draft = self._drafts[self._session] = self.draft
        try:
            return call_of(draft, self._session)
        except WsinspectError as error:
            self.complain(str(error))
            return None

    async def _send(self, call: Call) -> None:
        method, given = call
        try:
            await self._engine.call(method, **given)
        except WsinspectError as error:
            self.complain(str(error))
        else:
            self.complain("")
            self._sent += 1
            self._say(said_of(call))


@functools.lru_cache(maxsize=1)
def _drafts_of(engine: Engine) -> dict[int, Draft]:  # noqa: ARG001 - what the cache goes by
    """Return what was written last, by session: the same mapping each time."""
    return {}


def _pairs(*fields: tuple[str, Widget]) -> Horizontal:
    """Put several fields with their names into a row."""
    (first, widget), *others = fields
    more = [part for name, field in others for part in (Static(name, classes="word", markup=False), field)]
    return row(first, widget, *more)
