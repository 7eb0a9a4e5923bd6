"""Problems of rule files are told with their places, all in one error."""

from __future__ import annotations

from wsinspect.errors import RuleError
from wsinspect.rules.problems import Place, Problem, RuleFileError, place_text


def test_a_problem_names_its_place() -> None:
    assert str(Problem("a.yaml", Place(12, 5), "unknown key")) == "a.yaml:12:5: unknown key"


def test_a_problem_of_the_whole_file_names_the_file() -> None:
    assert str(Problem("a.yaml", None, "the file is empty")) == "a.yaml: the file is empty"


def test_the_error_has_a_line_for_each_problem() -> None:
    error = RuleFileError([Problem("a", Place(1, 2), "x"), Problem("b", None, "y")])
    assert isinstance(error, RuleError)
    assert str(error) == "a:1:2: x\nb: y"
    assert len(error.problems) == 2


def test_places_are_in_order_of_line_and_column() -> None:
    assert Place(1, 9) < Place(2, 1) < Place(2, 3)
    assert place_text("a", Place(2, 3)) == "a:2:3"
