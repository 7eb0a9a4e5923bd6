"""What each method of the control channel does to the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import orjson

from wsinspect.control import methods, parameters, results
from wsinspect.control.descriptions import all_methods
from wsinspect.control.methods import Method
from wsinspect.control.parameters import Params
from wsinspect.control.results import Result, as_json
from wsinspect.engine import steered as port
from wsinspect.engine.steered import Notice, Steered
from wsinspect.errors import EngineError
from wsinspect.formats.records import opcode_name, payload_record, session_record, unix_seconds
from wsinspect.model import Direction
from wsinspect.query import Target, parse, to_predicate
from wsinspect.wire.opcodes import Opcode

MOST_BREAKPOINTS = 100
"""Each is asked about every message."""

type Answer = Result | Iterable[bytes] | None
"""An object; the objects of a list, each as JSON; or nothing to tell."""


class Caller(Protocol):
    """The client that calls."""

    @property
    def owner(self) -> str:
        """What breakpoints of it belong to."""

    def introduce(self, name: str) -> None:
        """Give it a name. Raises `EngineError` where it has another."""

    def claim(self) -> None:
        """Remember that a breakpoint belongs to it."""

    def subscribe(self, kinds: Sequence[str] | None, status_every_s: float | None) -> None:
        """Tell it notices."""

    def unsubscribe(self) -> None:
        """Tell it no more."""


_WAYS: dict[str, Callable[[Steered, Caller, Params], Answer]] = {}


def carry_out(method: Method[Params], params: Params, steered: Steered, caller: Caller) -> Answer:
    """Carry out a call.

    Raises:
        WsinspectError: The engine refuses it.
    """
    return _WAYS[method.name](steered, caller, params)


def status_result(status: port.EngineStatus) -> results.Status:
    """Make the public form of a status."""
    return results.Status(
        version=status.version,
        capture=status.capture,
        listen=list(status.listen),
        started=unix_seconds(status.started),
        open_sessions=status.open_sessions,
        sessions=status.sessions,
        messages=status.messages.c2s + status.messages.s2c,
        from_clients=status.messages.c2s,
        from_servers=status.messages.s2c,
        bytes=status.bytes,
        backlog=status.backlog,
        paused=status.paused,
        recording=status.recording,
        held=status.held,
        breakpoints=status.breakpoints,
        rules=status.rules,
        rule_files=list(status.rule_files),
        expect_failures=status.expect_failures,
        alerts=status.alerts,
    )


def notice_params(notice: Notice) -> results.Notice:
    """Make the public form of a notice."""
    return results.Notice(
        time=unix_seconds(notice.time),
        text=notice.text or None,
        session=notice.session,
        message=notice.message,
        rule=notice.rule,
    )


def _way[P: Params, A: Answer](
    method: Method[P],
) -> Callable[[Callable[[Steered, Caller, P], A]], Callable[[Steered, Caller, P], A]]:
    def keep(way: Callable[[Steered, Caller, P], A]) -> Callable[[Steered, Caller, P], A]:
        def typed(steered: Steered, caller: Caller, params: Params) -> Answer:
            assert isinstance(params, method.params)
            return way(steered, caller, params)

        _WAYS[method.name] = typed
        return way

    return keep


# ---- the engine and the client


@_way(methods.STATUS)
def _status(steered: Steered, _caller: Caller, _params: parameters.Nothing) -> Result:
    return status_result(steered.status())


@_way(methods.SHUTDOWN)
def _shut_down(steered: Steered, _caller: Caller, _params: parameters.Nothing) -> None:
    steered.shut_down()


@_way(methods.PAUSE)
def _pause(steered: Steered, _caller: Caller, _params: parameters.Nothing) -> None:
    steered.pause()


@_way(methods.RESUME)
def _resume(steered: Steered, _caller: Caller, _params: parameters.Nothing) -> None:
    steered.resume()


@_way(methods.HELLO)
def _hello(steered: Steered, caller: Caller, params: parameters.Hello) -> Result:
    caller.introduce(params.name)
    return results.Welcome(version=steered.status().version, owner=caller.owner)


@_way(methods.METHODS_)
def _methods(_steered: Steered, _caller: Caller, _params: parameters.Nothing) -> Iterator[bytes]:
    return map(as_json, all_methods())


@_way(methods.SUBSCRIBE)
def _subscribe(_steered: Steered, caller: Caller, params: parameters.Subscribe) -> None:
    caller.subscribe(params.kinds, params.status_every)


@_way(methods.UNSUBSCRIBE)
def _unsubscribe(_steered: Steered, caller: Caller, _params: parameters.Nothing) -> None:
    caller.unsubscribe()


# ---- sessions


@_way(methods.SESSIONS)
def _sessions(steered: Steered, _caller: Caller, params: parameters.Sessions) -> Iterator[bytes]:
    chosen = None if params.filter is None else to_predicate(parse(params.filter, Target.SESSION), Target.SESSION)
    found = steered.sessions()
    return (orjson.dumps(session_record(session)) for session in found if chosen is None or chosen(session))


@_way(methods.INJECT)
def _inject(steered: Steered, _caller: Caller, params: parameters.Inject) -> None:
    frame = params.frame()
    for direction in parameters.directions(params.to):
        steered.inject(params.session, direction, frame)


@_way(methods.CLOSE)
def _close(steered: Steered, _caller: Caller, params: parameters.Close) -> None:
    steered.close(params.session, parameters.directions(params.side), params.code, params.reason)


@_way(methods.ABORT)
def _abort(steered: Steered, _caller: Caller, params: parameters.OfSession) -> None:
    steered.abort(params.session)


@_way(methods.HALF_CLOSE)
def _half_close(steered: Steered, _caller: Caller, params: parameters.HalfClose) -> None:
    steered.half_close(params.session, Direction.S2C if params.side == "client" else Direction.C2S)


@_way(methods.TAG)
def _tag(steered: Steered, _caller: Caller, params: parameters.Tag) -> None:
    steered.tag(params.session, params.message, params.tags)


@_way(methods.NOTE)
def _note(steered: Steered, _caller: Caller, params: parameters.Note) -> None:
    steered.note(params.session, params.message, params.note)


# ---- breakpoints and what they hold


@_way(methods.HOLD)
def _hold(steered: Steered, caller: Caller, params: parameters.Hold) -> Result:
    if len(steered.breakpoints()) >= MOST_BREAKPOINTS:
        raise EngineError(f"there are {MOST_BREAKPOINTS} breakpoints already", hint="remove some with 'unhold'")
    number = steered.add_breakpoint(params.filter, "" if params.keep else caller.owner)
    if not params.keep:
        caller.claim()
    return results.NewBreakpoint(breakpoint=number)


@_way(methods.UNHOLD)
def _unhold(steered: Steered, _caller: Caller, params: parameters.OfBreakpoint) -> None:
    steered.remove_breakpoint(params.breakpoint)


@_way(methods.BREAKPOINTS)
def _breakpoints(steered: Steered, _caller: Caller, _params: parameters.Nothing) -> Iterator[bytes]:
    return (as_json(_breakpoint_result(each)) for each in steered.breakpoints())


def _breakpoint_result(point: port.Breakpoint) -> results.Breakpoint:
    return results.Breakpoint(breakpoint=point.number, filter=point.filter, owner=point.owner or None, hits=point.hits)


@_way(methods.HELD)
def _held(steered: Steered, _caller: Caller, _params: parameters.Nothing) -> Iterator[bytes]:
    return (as_json(_held_result(each)) for each in steered.held())


def _held_result(held: port.Held) -> results.Held:
    return results.Held(
        session=held.session,
        message=held.number,
        dir="c2s" if held.direction is Direction.C2S else "s2c",
        type="text" if held.opcode == Opcode.TEXT else "binary",
        size=held.size,
        since=unix_seconds(held.since),
        by=held.by,
        changed=held.changed,
    )


@_way(methods.PAYLOAD)
def _payload(steered: Steered, _caller: Caller, params: parameters.OfMessage) -> Result:
    opcode, payload = steered.held_payload(params.session, params.message)
    return results.Payload.model_validate(
        {
            "session": params.session,
            "message": params.message,
            "type": opcode_name(opcode),
            "size": len(payload),
            **payload_record(payload, opcode == Opcode.TEXT),
        }
    )


@_way(methods.EDIT)
def _edit(steered: Steered, _caller: Caller, params: parameters.Edit) -> None:
    assert params.payload is not None
    steered.edit(params.session, params.message, params.payload, params.opcode_of_type)


@_way(methods.RELEASE)
def _release(steered: Steered, _caller: Caller, params: parameters.Release) -> Result:
    if params.one is None:
        return results.Released(released=steered.release_all(None, None))
    session, message = params.one
    if params.payload is not None:
        steered.edit(session, message, params.payload, params.opcode_of_type)
    steered.release(session, message)
    return results.Released(released=1)


@_way(methods.DROP)
def _drop(steered: Steered, _caller: Caller, params: parameters.OfMessage) -> None:
    steered.drop(params.session, params.message)


# ---- rules


@_way(methods.RULES_LIST)
def _rules(steered: Steered, _caller: Caller, _params: parameters.Nothing) -> Iterator[bytes]:
    return (as_json(_rule_result(each)) for each in steered.rules())


def _rule_result(rule: port.RuleStatus) -> results.Rule:
    return results.Rule(
        id=rule.id,
        place=rule.place,
        enabled=rule.enabled,
        event=rule.event,
        hits=rule.hits,
        changed=rule.changed,
        errors=rule.errors,
        last_hit=None if rule.last_hit is None else unix_seconds(rule.last_hit),
        last_error=rule.last_error,
        note=rule.note,
    )


@_way(methods.RULES_LOAD)
def _load_rules(steered: Steered, _caller: Caller, params: parameters.Files) -> Result:
    steered.load_rules(params.files)
    return results.Loaded(rules=len(steered.rules()))


@_way(methods.RULES_RELOAD)
def _reload_rules(steered: Steered, _caller: Caller, _params: parameters.Nothing) -> Result:
    steered.reload_rules()
    return results.Loaded(rules=len(steered.rules()))


@_way(methods.RULES_ENABLE)
def _enable_rule(steered: Steered, _caller: Caller, params: parameters.OfRule) -> None:
    steered.enable_rule(params.rule, enabled=True)


@_way(methods.RULES_DISABLE)
def _disable_rule(steered: Steered, _caller: Caller, params: parameters.OfRule) -> None:
    steered.enable_rule(params.rule, enabled=False)
