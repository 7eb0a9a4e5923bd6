"""Templates outside of rules know the session and the variables."""

from __future__ import annotations

import pytest

from tests.cli.recording import CHAT
from wsinspect.errors import WsinspectError
from wsinspect.store.evaluating import evaluator


def test_templates_are_filled_in_with_what_is_known_then() -> None:
    variables: dict[str, object] = {}
    evaluate = evaluator(CHAT, variables)
    variables["token"] = "t1"
    assert evaluate("{{ session.host }} {{ vars.token }}") == "chat.test t1"


def test_what_cannot_be_filled_in_is_told() -> None:
    with pytest.raises(WsinspectError):
        evaluator(CHAT, {})("{{ vars.nothing + 1 }}")
