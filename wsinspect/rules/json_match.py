"""`match: {json: …}`: values at JSONPaths. Types are JSON's: 1 and 1.0 are the same, 1 and true are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wsinspect.query.documents import steps
from wsinspect.query.patterns import Pattern, bounded_searcher
from wsinspect.rules.documents import values_at
from wsinspect.rules.schema import Json, ValueTest
from wsinspect.rules.subject import Subject
from wsinspect.rules.turn import NO_JSON

type PayloadTest = Callable[[Subject], bool]
type _Check = Callable[[object], bool]


def json_test(path: str, wanted: Json | ValueTest) -> PayloadTest:
    """Return a test of the values at a path."""
    values = values_at(path)
    if isinstance(wanted, ValueTest) and wanted.exists is False:
        # What is no JSON does not match, whatever is asked of it.
        return lambda subject: not values(subject) and subject.document is not NO_JSON
    test = _values_test(wanted)
    needles = _needles(path, wanted)

    def found(subject: Subject) -> bool:
        payload = subject.payload
        for needle in needles:
            # With a backslash it may be written in another way.
            if needle not in payload and b"\\" not in payload:
                return False
        return test(values(subject))

    return found if needles else lambda subject: test(values(subject))


def same(found: object, wanted: object) -> bool:
    """Say whether two values are the same in JSON."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(same(found[key], wanted[key]) for key in wanted)
    return found == wanted


def _values_test(wanted: Json | ValueTest) -> Callable[[Sequence[object]], bool]:
    if not isinstance(wanted, ValueTest):
        return lambda values: any(same(value, wanted) for value in values)
    checks = list(_checks(wanted))
    return lambda values: any(all(check(value) for check in checks) for value in values)


def _checks(wanted: ValueTest) -> Sequence[_Check]:
    checks: list[_Check] = []
    if "equals" in wanted.model_fields_set:
        checks.append(lambda value: same(value, wanted.equals))
    if wanted.regex is not None:
        search = bounded_searcher(Pattern(wanted.regex))
        checks.append(lambda value: isinstance(value, str) and search(value))
    if wanted.contains is not None:
        part = wanted.contains
        checks.append(lambda value: isinstance(value, str | list) and part in value)
    if wanted.in_ is not None:
        several = wanted.in_
        checks.append(lambda value: any(same(value, each) for each in several))
    checks.extend(_bound(name, bound) for name in _BOUNDS if (bound := getattr(wanted, name)) is not None)
    return checks


_BOUNDS: Mapping[str, Callable[[float, float], bool]] = {
    "gt": lambda value, bound: value > bound,
    "ge": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "le": lambda value, bound: value <= bound,
}


def _bound(name: str, bound: float) -> _Check:
    holds = _BOUNDS[name]
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and holds(value, bound)


def in_bounds(wanted: object) -> Callable[[float], bool]:
    """Return a test of a number by the `gt`, `ge`, `lt`, `le` that a range has."""
    bounds = [(_BOUNDS[name], bound) for name in _BOUNDS if (bound := getattr(wanted, name)) is not None]
    return lambda number: all(holds(number, bound) for holds, bound in bounds)


def _needles(path: str, wanted: Json | ValueTest) -> tuple[bytes, ...]:
    """Return what a payload without any backslash must hold for the test to succeed, the rarest first."""
    if isinstance(wanted, ValueTest):
        wanted = wanted.equals
    texts = [wanted] if isinstance(wanted, str) else []
    texts += [step for step in reversed(steps(path) or ()) if isinstance(step, str)]
    return tuple(text.encode("utf-8", "surrogatepass") for text in texts if text)
