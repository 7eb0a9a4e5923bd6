"""From rules as they were read to rules that run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wsinspect.model import Session
from wsinspect.rules.session_rules import SessionRules
from wsinspect.rules.state import Memory, RuleState
from wsinspect.rules.turn import Surroundings

if TYPE_CHECKING:
    from wsinspect.rules.load import LoadedRules


class RuleSet:
    """All rules that are loaded.

    Args:
        loaded: What was read.
        surroundings: What they know of the world.
        memory: What earlier rules remember; None: nothing yet. Give the same one at a reload.

    Raises:
        RuleError: Some cannot run here; with all problems.
    """

    def __init__(self, loaded: LoadedRules, surroundings: Surroundings, memory: Memory | None = None) -> None:
        raise NotImplementedError

    def statuses(self) -> Sequence[RuleState]:
        """List the rules, in the order in which they run."""
        raise NotImplementedError

    def enable(self, rule_id: str, enabled: bool) -> None:  # noqa: FBT001
        """Let a rule act, or not; it stays so over reloads. Raises `KeyError`."""
        raise NotImplementedError

    def may_reroute(self, host: str, port: int) -> bool:
        """Say whether a handshake there may be answered by us, or taken elsewhere: then nothing is connected before."""
        raise NotImplementedError

    def session(self, session: Session, previous: SessionRules | None = None) -> SessionRules | None:
        """Return the rules that can touch a session; None: no rule can.

        Args:
            session: As far as it is known: before the handshake, without any answer.
            previous: Its rules before a reload: its state and variables go on.
        """
        raise NotImplementedError
