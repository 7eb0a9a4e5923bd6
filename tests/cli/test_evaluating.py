"""Templates on the command line know variables, the session and the functions of rules."""

from __future__ import annotations

import re

import click
import pytest

from tests.replay.recordings import recorded
from wsinspect.cli.evaluating import check_template, evaluator
from wsinspect.errors import WsinspectError

SESSION = recorded("> a").session


def test_templates_are_filled_in_when_they_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT", "acme")
    variables: dict[str, object] = {"user": "ann"}
    evaluate = evaluator(SESSION, variables)
    assert evaluate("{{ vars.user }}@{{ session.host }}/{{ env.TENANT }}") == "ann@shop.test/acme"
    variables["user"] = "bob"
    assert evaluate("{{ vars.user }}") == "bob"
    assert evaluate("plain") == "plain"
    assert re.fullmatch(r"[0-9a-f-]{36}", evaluate("{{ uuid() }}"))
    assert evaluate("{{ uuid() }}") != evaluate("{{ uuid() }}")


def test_what_cannot_be_filled_in_is_an_error() -> None:
    with pytest.raises(WsinspectError):
        evaluator(SESSION, {})("{{ vars.nothing + 1 }}")


def test_what_is_no_template_is_refused() -> None:
    check_template("{{ now() }}", "--set")
    with pytest.raises(click.UsageError, match=r"--set: .*character"):
        check_template("{{ nonsense( }}", "--set")
