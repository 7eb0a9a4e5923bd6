"""The line that is being typed: its keys, checks, history, completion, and the bar below it.

Enter sends, unless the line ends in a backslash; after `/multi` Enter begins a new line and Alt+Enter sends. A line
that cannot be done stays, with the cursor where it is wrong and the reason below it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import override

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.styles import Style
from prompt_toolkit.validation import ValidationError, Validator

from wsinspect.cli.prompt.completion import CommandCompleter
from wsinspect.cli.prompt.payloads import LineError
from wsinspect.present.text import cell_len

MARK = "> "
_STYLE = Style.from_dict(
    {
        "mark": "ansicyan bold",
        "bottom-toolbar": "noreverse bg:ansibrightblack ansiwhite",
        "good": "ansigreen bold",
        "bad": "ansired bold",
        "busy": "ansiyellow bold",
        "validation-toolbar": "bg:ansired ansiwhite",
    }
)
_HINTS = "/help  Alt+Enter: new line  Ctrl-D: end"
_HINTS_OF_SEVERAL = "Alt+Enter: send  Ctrl-C: give up"


class LineEditor:
    """Reads lines from a terminal.

    Args:
        history: What was typed before.
        check: Raises `LineError` where a line cannot be done.
        status: Says how the connection is, for the bar: harmless text and the names of styles, `good`, `bad`, `busy`.
    """

    def __init__(
        self, history: History, check: Callable[[str], object], status: Callable[[], Sequence[tuple[str, str]]]
    ) -> None:
        self._status = status
        self.several = False
        """Whether Enter begins a new line."""
        self._session = PromptSession[str](
            [("class:mark", MARK)],
            auto_suggest=AutoSuggestFromHistory(),
            bottom_toolbar=self._bar,
            complete_while_typing=Condition(_is_command),
            completer=CommandCompleter(),
            enable_open_in_editor=True,
            erase_when_done=True,
            history=history,
            key_bindings=self._keys(),
            multiline=True,
            prompt_continuation=[("class:mark", "  ")],
            refresh_interval=1.0,  # for how long it has been open
            reserve_space_for_menu=6,
            style=_STYLE,
            validate_while_typing=False,
            validator=_Check(check),
        )

    async def read(self, begun: str = "") -> str:
        """Read a line.

        Args:
            begun: What it begins with.

        Raises:
            EOFError: Ctrl-D was pressed on an empty line.
            KeyboardInterrupt: Ctrl-C was.
        """
        line = await self._session.prompt_async(default=begun, handle_sigint=False)
        self.several = False
        return line

    async def ask(self, question: str) -> bool:
        """Ask what can be answered by y or n; Enter is y, anything that ends it n."""
        keys = KeyBindings()
        for key, answer in (("y", True), ("Y", True), ("enter", True), ("n", False), ("N", False), ("escape", False)):
            keys.add(key, eager=True)(_answering(answer))
        for key in ("c-c", "c-d"):
            keys.add(key)(_answering(False))
        asked = PromptSession[bool](
            [("class:mark", f"{question} [Y/n] ")], key_bindings=keys, erase_when_done=True, style=_STYLE
        )
        return await asked.prompt_async(handle_sigint=False)

    def refresh(self) -> None:
        """Draw the bar again."""
        self._session.app.invalidate()

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        typing = has_focus(DEFAULT_BUFFER)

        @keys.add("enter", filter=typing)
        def _enter(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            before = buffer.document.text_before_cursor
            slashes = len(before) - len(before.rstrip("\\"))
            if self.several:
                buffer.insert_text("\n")
            elif slashes % 2 and buffer.document.is_cursor_at_the_end:
                buffer.delete_before_cursor(1)
                buffer.insert_text("\n")
            else:
                buffer.validate_and_handle()

        @keys.add("escape", "enter", filter=typing)
        def _alt_enter(event: KeyPressEvent) -> None:
            if self.several:
                event.current_buffer.validate_and_handle()
            else:
                event.current_buffer.insert_text("\n")

        @keys.add("c-c", filter=typing)
        def _ctrl_c(event: KeyPressEvent) -> None:
            if event.current_buffer.text or self.several:
                event.current_buffer.reset()
                self.several = False
            else:
                event.app.exit(exception=KeyboardInterrupt, style="class:aborting")

        return keys

    def _bar(self) -> StyleAndTextTuples:
        columns = get_app().output.get_size().columns
        status: StyleAndTextTuples = [(f"class:{style}" if style else "", text) for style, text in self._status()]
        hints = _HINTS_OF_SEVERAL if self.several else _HINTS
        taken = sum(cell_len(part[1]) for part in status)
        room = columns - taken - cell_len(hints) - 1
        return [*status, ("", f"{' ' * room}{hints} ")] if room >= 2 else _cut(status, columns)


class _Check(Validator):
    def __init__(self, check: Callable[[str], object]) -> None:
        self._check = check

    @override
    def validate(self, document: Document) -> None:
        try:
            self._check(document.text)
        except LineError as error:
            place = max(0, min(error.at, len(document.text)))
            raise ValidationError(place, error.message) from error


def _is_command() -> bool:
    return get_app().current_buffer.text.startswith("/")


def _answering(answer: bool) -> Callable[[KeyPressEvent], None]:
    def give(event: KeyPressEvent) -> None:
        event.app.exit(result=answer)

    return give


def _cut(status: StyleAndTextTuples, columns: int) -> StyleAndTextTuples:
    found: StyleAndTextTuples = []
    for style, text, *_ in status:
        shown = ""
        for character in text:
            columns -= cell_len(character)
            if columns < 0:
                break
            shown += character
        found.append((style, shown))
    return found
