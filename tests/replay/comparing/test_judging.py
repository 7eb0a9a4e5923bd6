"""What does not matter is passed over, and remembered with its reason."""

from __future__ import annotations

from wsinspect.model import Direction
from wsinspect.replay.comparing.comparison import CompareOptions, FieldChange, Ignored, Rename, Value, What
from wsinspect.replay.comparing.judging import BY_WISH, FOLLOWING, IN_STREAM, Judge, renames, varying_paths
from wsinspect.replay.comparing.reading import Content, Reader
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.recording import Event
from wsinspect.replay.shape import Shape

SHAPE = Shape(1, "JSON", "", "x", frozenset())


class Tokens:
    def is_volatile(self, shape: Shape, path: str, old: Scalar, new: Scalar) -> str | None:
        return "a token" if path == "$.token" else None


def changed(path: str, old: Value = 1, new: Value = 2, what: What = What.CHANGED) -> FieldChange:
    return FieldChange(path, what, old, new)


def content(text: str) -> Content:
    return Reader().read(Event(0, Direction.C2S, 0, 1, text.encode(), 1))


def test_what_is_ignored_is_remembered_by_kind_and_path() -> None:
    judge = Judge(CompareOptions(ignore=("id", "$.items")), None)
    changes = [changed("$.items[0].a"), changed("$.items[1].a", 3, 4), changed("$.b"), changed("$.id")]
    added = changed("$.items[3]", None, {"a": 1}, What.ADDED)
    assert judge.judged("x", SHAPE, [*changes, added]) == [changes[2]]
    assert judge.ignored() == (
        Ignored("x", "$.items[*].a", BY_WISH, 2, 1, 2),
        Ignored("x", "$.id", BY_WISH, 1, 1, 2),
        Ignored("x", "$.items[*]", BY_WISH, 1, None, None),
    )


def test_volatile_values_are_passed_over_and_what_follows_them() -> None:
    judge = Judge(CompareOptions(), Tokens())
    token = changed("$.token", "abcdef", "ghijkl")
    parts = changed("$.token", {"a": 1}, 2)
    gone = changed("$.token", 1, None, What.REMOVED)
    again, other, short = changed("$.seen", "abcdef", "ghijkl"), changed("$.seen", "abcdef", "x"), changed("$.token")
    assert judge.judged("x", SHAPE, [token, parts, gone, again, short]) == [parts, gone, again]
    assert judge.following("x", [again, other, changed("$.seen")]) == [other, changed("$.seen")]
    assert [(one.path, one.reason) for one in judge.ignored()] == [
        ("$.token", "a token"), ("$.seen", FOLLOWING),
    ]  # fmt: skip


def test_what_varies_in_a_stream_is_passed_over() -> None:
    some = [[changed("$.price"), changed("$.at[0]")], [changed("$.price")], [changed("$.price")], [], []]
    varying = varying_paths(some)
    assert varying == {"$.price"}
    assert varying_paths(some[:4]) == frozenset()
    judge = Judge(CompareOptions(), None)
    typed = changed("$.price", 1, "1", What.TYPE)
    assert judge.judged("x", SHAPE, [changed("$.price"), typed], varying) == [typed]
    assert [one.reason for one in judge.ignored()] == [IN_STREAM]


def test_a_value_that_became_another_one_everywhere_is_renamed() -> None:
    said = content('{"a":"old-name"}')
    paths = ["$.a", "$.b[0]", "$.b[1]"]
    pairs = [(said, [changed(path, "old-name", "new-name")]) for path in paths]
    assert renames(pairs) == [Rename("old-name", "new-name", 3, ("$.a", "$.b[*]"))]


def test_what_is_not_the_same_everywhere_is_not_renamed() -> None:
    said, same = content('{"a":"old-name"}'), [changed("$.a", "old-name", "new-name")]
    assert renames([(said, same)] * 2) == []
    assert renames([(said, same)] * 3 + [(said, [])]) == []
    assert renames([(said, same)] * 3 + [(said, [changed("$.a", "old-name", "other-name")])]) == []
    other = (content('{"a":"2nd-name"}'), [changed("$.a", "2nd-name", "new-name")])
    assert renames([(said, same)] * 3 + [other] * 3) == []


def test_only_telling_values_are_renamed() -> None:
    for old, new in ((1, 2), (True, False), (1.5, 2.5), ("ok", "no"), (None, "long-enough")):
        assert renames([(content("[1]"), [changed("$.a", old, new)])] * 5) == []
    assert renames([(content("[1001]"), [changed("$[0]", 1001, 2002)])] * 3) == [Rename(1001, 2002, 3, ("$[*]",))]
