"""What a user asked for about bindings: `--rebind OURS=THEIRS`, `--rebind 'OURS={{ template }}'`, `--ignore PATH`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wsinspect.errors import WsinspectError
from wsinspect.model import Direction
from wsinspect.replay.binding.bound import Binding, Origin, Place, Use
from wsinspect.replay.binding.contents import Said, contents_of
from wsinspect.replay.binding.pieces import Span
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.paths import matches
from wsinspect.replay.recording import Recording

_OPENING, _CLOSING = "{{", "}}"
_FORMS = "write OURS=THEIRS, as in `session_id=result.sid`, or a template, as in 'nonce={{ uuid() }}'"


@dataclass(frozen=True, slots=True)
class Rebind:
    """One `--rebind`, or a `--set`."""

    ours: str
    """Path, as for `paths.matches`, of the values that are to be written anew."""
    theirs: str = ""
    """Path of the values that they are to follow."""
    template: str = ""
    """What is to be written instead."""
    option: str = "--rebind"
    """By which it was asked for."""

    def __str__(self) -> str:
        return f"{self.ours}={self.theirs or self.template}"


def parse_rebind(text: str) -> Rebind:
    """Read a `--rebind`.

    Raises:
        WsinspectError: It cannot be read; the message names what is wrong.
    """
    at = _equals(text)
    if at is None:
        raise _unreadable(text, "there is no '=' in it")
    ours, theirs = text[:at].strip(), text[at + 1 :].strip()
    if not ours:
        raise _unreadable(text, "there is no path before the '='")
    if not theirs:
        raise _unreadable(
            text, "there is nothing behind the '='", hint=f"to leave values as they are: --ignore {ours!r}"
        )
    _check_path(text, ours)
    if _OPENING in theirs or _CLOSING in theirs:
        if theirs.count(_OPENING) != theirs.count(_CLOSING):
            raise _unreadable(text, f"a '{_OPENING}' or '{_CLOSING}' of its template has no partner")
        return Rebind(ours, template=theirs)
    _check_path(text, theirs)
    return Rebind(ours, theirs)


def _equals(text: str) -> int | None:
    """Return where the sign between the paths is: the first one in neither quotes nor brackets."""
    quote, depth = "", 0
    for at, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and depth:
            quote = sign
        elif sign in "[]":
            depth += 1 if sign == "[" else -1
        elif sign == "=" and depth <= 0:
            return at
    return None


def _check_path(text: str, path: str) -> None:
    if path.count("[") != path.count("]"):
        raise _unreadable(text, f"a bracket of the path '{path}' has no partner")
    if any(sign.isspace() for sign in path) and "'" not in path and '"' not in path:
        raise _unreadable(text, f"there is a space in the path '{path}'")


def _unreadable(text: str, why: str, *, hint: str = _FORMS) -> WsinspectError:
    return WsinspectError(f"'{text}' cannot be read: {why}", where="--rebind", hint=hint)


def corrected(
    recording: Recording, player: Direction, found: Sequence[Binding], rebind: Sequence[Rebind], ignore: Sequence[str]
) -> tuple[list[Binding], list[str]]:
    """Apply what a user asked for.

    Returns:
        The bindings, and what could not be done, a sentence each.
    """
    asked, remarks = _asked(recording, player, rebind) if rebind else ([], [])
    taken = {(use.event, use.path) for binding in asked for use in binding.uses}
    kept = (_without(binding, taken, ignore) for binding in found)
    return [*asked, *(binding for binding in kept if binding.uses)], remarks


def _without(binding: Binding, taken: set[tuple[int, str]], ignore: Sequence[str]) -> Binding:
    """Return a binding without what was asked otherwise."""
    ignored = {(place.event, place.value) for place in binding.issued if matches(place.path, ignore)}
    uses = tuple(
        use
        for use in binding.uses
        if (use.event, use.path) not in taken
        and (use.source, use.issued) not in ignored
        and not matches(use.path, ignore)
    )
    return replace(binding, uses=uses)


def _asked(recording: Recording, player: Direction, rebind: Sequence[Rebind]) -> tuple[list[Binding], list[str]]:
    """Bind what was asked for: each value of ours to the latest of theirs before it."""
    latest: list[Place | None] = [None] * len(rebind)
    uses: list[list[Use]] = [[] for _ in rebind]
    places: list[dict[Place, None]] = [{} for _ in rebind]
    early = [0] * len(rebind)
    for event in recording.messages():
        values = contents_of(event.opcode, event.payload).values
        for number, wanted in enumerate(rebind):
            pattern = wanted.ours if event.direction is player else wanted.theirs
            said = [value for value in values if pattern and matches(value.path, (pattern,))]
            if event.direction is not player:
                latest[number] = Place(event.index, *said[0]) if said else latest[number]
                continue
            place = latest[number]
            early[number] += len(said) if wanted.theirs and place is None else 0
            if wanted.template:
                uses[number] += [Use(event.index, path, value) for path, value in said]
            elif place is not None:
                uses[number] += [_use(event.index, value, place) for value in said]
                places[number].update({place: None} if said else {})
    bindings = [
        Binding(wanted.ours, Origin.ASKED, tuple(uses[at]), tuple(places[at]), f"as asked: {wanted}", wanted.template)
        for at, wanted in enumerate(rebind)
    ]
    remarks = [_remark(wanted, early[at], latest[at]) for at, wanted in enumerate(rebind) if not uses[at]]
    return bindings, remarks


def _remark(wanted: Rebind, early: int, latest: Place | None) -> str:
    if not early:
        return f"{wanted.option} '{wanted}': none of our messages has a value at '{wanted.ours}'"
    if latest is None:
        return f"{wanted.option} '{wanted}': no message of the other side has a value at '{wanted.theirs}'"
    return f"{wanted.option} '{wanted}': all of ours at '{wanted.ours}' came before the first of '{wanted.theirs}'"


def _use(event: int, said: Said, place: Place) -> Use:
    """Bind a value to another: as a whole, as a piece of a string, or as a number that is more or less."""
    path, ours = said
    theirs = place.value
    plain = Use(event, path, ours, theirs, place.event)
    if _is_number(ours) and _is_number(theirs):
        return plain._replace(offset=int(ours) - int(theirs))  # type: ignore[arg-type]  # numbers
    if isinstance(ours, str) and theirs not in ("", None) and not isinstance(theirs, bytes | bool):
        start = ours.find(str(theirs))
        if start >= 0 and len(ours) > len(str(theirs)):
            return plain._replace(value=str(theirs), span=Span(start, start + len(str(theirs))))
    return plain


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
