"""Which of the values that differ matter: what is ignored, what is volatile, what merely has another name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wsinspect.replay.comparing.comparison import CompareOptions, FieldChange, Ignored, Knowing, Rename, What
from wsinspect.replay.comparing.reading import Content
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.paths import general, matches
from wsinspect.replay.shape import Shape

_LEAST_RENAMED = 3
_LEAST_CHARACTERS = 4
"""Of a value that is known by its looks: `1` and `ok` become `2` and `no` for many reasons."""
_LEAST_NUMBER = 1000
_PATHS_NAMED = 5
_LEAST_IN_STREAM = 5
BY_WISH = "ignored as asked for"
IN_STREAM = "another value in most messages of this stream"
FOLLOWING = "as another value that is volatile"
SPELLING = "the same values, written in another way"

type _Typed = tuple[type, Scalar]
"""A value apart from those that are equal to it, as 1 and true are."""


@dataclass(slots=True)
class _Tally:
    count: int
    old: Scalar
    new: Scalar


@dataclass(slots=True)
class Judge:
    """Sorts out which differences matter, and remembers why others do not."""

    options: CompareOptions
    volatile: Knowing | None
    """What knows of volatile values, if anything does."""
    _ignored: dict[tuple[str, str, str], _Tally] = field(default_factory=dict)
    _volatile: set[tuple[_Typed, _Typed]] = field(default_factory=set)
    """Values that are volatile, and what they have become."""

    def judged(
        self, kind: str, shape: Shape, changes: Iterable[FieldChange], varying: frozenset[str] = frozenset()
    ) -> list[FieldChange]:
        """Return the differences that matter.

        Args:
            kind: What the messages are, for people.
            shape: Of the old message.
            changes: How the new one differs.
            varying: General paths at which messages of the kind have other values all the time.
        """
        kept = []
        for change in changes:
            reason = self._reason(shape, change, varying)
            if reason is None:
                kept.append(change)
            else:
                self.ignore(kind, change, reason)
        return kept

    def _reason(self, shape: Shape, change: FieldChange, varying: frozenset[str]) -> str | None:
        if matches(change.path, self.options.ignore):
            return BY_WISH
        if change.what not in (What.CHANGED, What.TYPE) or not (_is_scalar(change.old) and _is_scalar(change.new)):
            return None
        if self.volatile is not None:
            reason = self.volatile.is_volatile(shape, change.path, _scalar(change.old), _scalar(change.new))
            if reason is not None:
                if _is_telling(change.old) and _is_telling(change.new):
                    self._volatile.add((_typed(change.old), _typed(change.new)))
                return reason
        return IN_STREAM if change.what is What.CHANGED and general(change.path) in varying else None

    def following(self, kind: str, changes: Iterable[FieldChange]) -> list[FieldChange]:
        """Return the differences that are not those of a volatile value again; to be asked once all are judged."""
        kept = []
        for change in changes:
            if (_typed(change.old), _typed(change.new)) in self._volatile:
                self.ignore(kind, change, FOLLOWING)
            else:
                kept.append(change)
        return kept

    def ignore(self, kind: str, change: FieldChange, reason: str) -> None:
        """Remember that a difference does not matter."""
        key = (kind, general(change.path), reason)
        tally = self._ignored.get(key)
        if tally is None:
            self._ignored[key] = _Tally(1, _scalar(change.old), _scalar(change.new))
        else:
            tally.count += 1

    def ignored(self) -> tuple[Ignored, ...]:
        """Return what did not matter, the most frequent first."""
        found = [
            Ignored(kind, path, reason, tally.count, tally.old, tally.new)
            for (kind, path, reason), tally in self._ignored.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.count, one.kind, one.path)))


def varying_paths(changes: Sequence[Sequence[FieldChange]]) -> frozenset[str]:
    """Return the paths at which most messages of a stream have other values than those they are compared with.

    Args:
        changes: How each message differs.
    """
    if len(changes) < _LEAST_IN_STREAM:
        return frozenset()
    counts = Counter(path for one in changes for path in {general(change.path) for change in one})
    return frozenset(path for path, count in counts.items() if 2 * count > len(changes))


def renames(pairs: Sequence[tuple[Content, Sequence[FieldChange]]]) -> list[Rename]:
    """Find values that became one other value each, wherever they are.

    Args:
        pairs: What the old messages say that are in the new recording, too, and how these differ.
    """
    became: dict[_Typed, Counter[_Typed]] = defaultdict(Counter)
    was: dict[_Typed, set[_Typed]] = defaultdict(set)
    paths: dict[_Typed, dict[str, None]] = defaultdict(dict)
    for _, changes in pairs:
        for change in changes:
            if change.what is What.CHANGED and _is_telling(change.old) and _is_telling(change.new):
                old, new = _typed(change.old), _typed(change.new)
                became[old][new] += 1
                was[new].add(old)
                paths[old].setdefault(general(change.path))
    candidates = {
        old: (new, count)
        for old, ((new, count), *others) in ((old, list(counts.items())) for old, counts in became.items())
        if not others and count >= _LEAST_RENAMED and len(was[new]) == 1
    }
    if not candidates:
        return []
    # A value that stayed anywhere has not been renamed.
    found: Counter[_Typed] = Counter()
    for content, _ in pairs:
        found.update(typed for value in content.values if (typed := (type(value), value)) in candidates)
    return [
        Rename(old[1], new[1], count, tuple(paths[old])[:_PATHS_NAMED])
        for old, (new, count) in candidates.items()
        if found[old] == count
    ]


def _typed(value: object) -> _Typed:
    return type(value), _scalar(value)


def _is_telling(value: object) -> bool:
    match value:
        case bool():
            return False
        case str() | bytes():
            return len(value) >= _LEAST_CHARACTERS
        case int():
            return abs(value) >= _LEAST_NUMBER
        case _:
            return False


def _is_scalar(value: object) -> bool:
    return not isinstance(value, list | dict)


def _scalar(value: object) -> Scalar:
    """Return a value; None for a part of a document."""
    return value if isinstance(value, str | int | float | bool | bytes) else None
