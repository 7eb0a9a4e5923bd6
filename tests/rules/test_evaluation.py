"""What an evaluation of a template may cost."""

from __future__ import annotations

import pytest

from tests.rules.turns import message
from wsinspect.rules.evaluation import MOST_WORK, Evaluation, Missing
from wsinspect.rules.turn import ActionError
from wsinspect.rules.values import MOST_CHARACTERS


def test_work_is_counted_until_it_is_used_up() -> None:
    evaluation = Evaluation(message(""))
    evaluation.spend(MOST_WORK)
    with pytest.raises(ActionError, match="too much work"):
        evaluation.spend(1)


def test_what_is_made_counts_by_its_weight() -> None:
    evaluation = Evaluation(message(""))
    large = "x" * MOST_CHARACTERS
    for _ in range(MOST_WORK // MOST_CHARACTERS):
        assert evaluation.made(large) is large
    with pytest.raises(ActionError, match="too much work"):
        evaluation.made("x")


def test_the_payload_is_read_as_text_once() -> None:
    evaluation = Evaluation(message("é"))
    assert evaluation.message_text == "é"
    assert evaluation.message_text is evaluation.message_text


def test_a_payload_that_is_no_text_is_missing() -> None:
    with pytest.raises(Missing, match="not UTF-8"):
        _ = Evaluation(message(b"\xff")).message_text
