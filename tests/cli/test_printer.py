"""Tests of printing lines of cells."""

from __future__ import annotations

import io

import pytest

from tests.present.test_text import HOSTILE
from wsinspect.cli.printer import Printer
from wsinspect.present.text import escape


def test_piped_lines_are_plain_and_whole() -> None:
    stream = io.StringIO()
    printer = Printer(stream)
    printer.line([("x" * 300, "bold red"), ("  ", "")])
    assert stream.getvalue() == "x" * 300 + "\n"
    assert printer.width is None


def test_a_terminal_gets_colours_and_lines_of_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = io.StringIO()
    Printer(stream, colour=True, width=40).line([("x" * 300, "red")])
    assert "\x1b[31m" in stream.getvalue()
    assert stream.getvalue().count("x") < 40
    assert stream.getvalue().count("\n") == 1


def test_markup_of_a_peer_is_text_on_a_terminal() -> None:
    stream = io.StringIO()
    printer = Printer(stream, colour=True, width=200)
    printer.line([("1", ""), (escape(HOSTILE), "")])
    printer.flush()
    assert "[bold red]x[/]" in stream.getvalue()
    for harm in ("\x1b]0", "\x1b[2J", "\x9b", "\u202e", "\x00", "\x07", "\r"):
        assert harm not in stream.getvalue()


def test_a_long_line_can_go_on_below() -> None:
    stream = io.StringIO()
    Printer(stream, colour=True, width=40).line([("x" * 300, "")], wrap=True)
    assert stream.getvalue().count("x") == 300
