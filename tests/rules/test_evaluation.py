"""What an evaluation of a template may cost."""

from __future__ import annotations

import pytest

from tests.rules.turns import message
from wsinspect.rules.evaluation import Evaluation, Missing
from wsinspect.rules.turn import MOST_WORK, ActionError
from wsinspect.rules.values import MOST_CHARACTERS


def test_the_work_of_all_templates_of_an_event_is_counted_until_it_is_used_up() -> None:
    turn = message("")
    Evaluation(turn).spend(MOST_WORK)
    with pytest.raises(ActionError, match="too much work"):
        Evaluation(turn).spend(1)


def test_what_is_made_counts_by_its_weight() -> None:
    evaluation = Evaluation(message(""))
    large = "x" * MOST_CHARACTERS
    for _ in range(MOST_WORK // MOST_CHARACTERS):
        assert evaluation.made(large) is large
    assert evaluation.made(5) == 5
    with pytest.raises(ActionError, match="too much work"):
        evaluation.made("x")


def test_lists_and_objects_count_more_than_texts() -> None:
    turn = message("")
    Evaluation(turn).made([[], {"a": "bc"}])
    assert turn.work_left == MOST_WORK - 16 * 6


def test_what_is_too_large_has_cost_work_too() -> None:
    turn = message("")
    with pytest.raises(ActionError, match="larger than 1 MiB"):
        Evaluation(turn).made([0] * (MOST_CHARACTERS + 1))
    assert turn.work_left == MOST_WORK - MOST_CHARACTERS


def test_the_payload_is_read_as_text_once() -> None:
    evaluation = Evaluation(message("é"))
    assert evaluation.message_text == "é"
    assert evaluation.message_text is evaluation.message_text


def test_a_payload_that_is_no_text_is_missing() -> None:
    with pytest.raises(Missing, match="not UTF-8"):
        _ = Evaluation(message(b"\xff")).message_text
