"""The table of methods: its examples fit it, and what does not fit is told with the parameter's name."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from wsinspect.control import methods
from wsinspect.control.messages import Json
from wsinspect.control.methods import METHODS, NOTICES, Method, ParamsError, checked, no_such_method
from wsinspect.control.parameters import NoticeName, Params
from wsinspect.control.results import Result, as_json


@pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))
def test_an_example_fits_its_method(method: Method[Params]) -> None:
    checked(method, method.example)
    assert method.meaning.endswith(".")
    if method.result is None:
        assert method.example_result is None
        return
    shown = method.example_result if method.many else [method.example_result]
    assert isinstance(shown, list)
    assert shown
    if not isinstance(method.result, str):
        for each in shown:
            assert json.loads(as_json(method.result.model_validate(each))) == each


@pytest.mark.parametrize("notice", NOTICES.values(), ids=list(NOTICES))
def test_a_notice_says_what_it_is_about(notice: methods.NoticeDescription) -> None:
    assert notice.meaning
    assert issubclass(notice.params, Result)


def test_whatever_the_engine_tells_can_be_subscribed_to() -> None:
    assert set(get_args(NoticeName)) | {"status", "lost"} == set(NOTICES)


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("drop", {}, "parameter 'session' is missing; parameter 'message' is missing"),
        ("abort", {"sesion": 1, "session": 1}, "unknown parameter 'sesion' (did you mean 'session'?)"),
        ("abort", {"session": 1, "x": 1}, "unknown parameter 'x'"),
        ("abort", {"session": "1"}, "parameter 'session' has to be a valid integer"),
        ("abort", {"session": True}, "parameter 'session' has to be a valid integer"),
        ("abort", {"session": -1}, "parameter 'session' has to be greater than or equal to 1"),
        ("edit", {"session": 1, "message": 1, "json_value": 1}, "unknown parameter 'json_value'"),
        ("tag", {"session": 1, "tags": ["a", 1]}, "parameter 'tags' (2.) has to be a valid string"),
        ("tag", {"session": 1, "tags": ["a"] * 65}, "parameter 'tags' list should have at most 64 items"),
        ("release", {}, "give session and message, or all"),
        ("status", {str(number): 1 for number in range(33)}, "33 parameters are too many"),
        ("status", {"a" * 100: 1}, f"unknown parameter '{'a' * 40}…'"),
    ],
)
def test_what_does_not_fit_is_told(name: str, given: dict[str, Json], problem: str) -> None:
    with pytest.raises(ParamsError) as wrong:
        checked(METHODS[name], given)
    assert str(wrong.value).startswith(problem)


def test_only_the_first_problems_are_told() -> None:
    with pytest.raises(ParamsError, match="; and 15 more"):
        checked(METHODS["status"], dict.fromkeys(map(str, range(20))))


def test_an_unknown_method_may_be_a_slip() -> None:
    assert no_such_method("sesions") == "no method 'sesions' (did you mean 'sessions'?)"
    assert no_such_method("x" * 1_000_000) == f"no method '{'x' * 40}…'"
