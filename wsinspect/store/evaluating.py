"""Templates filled in outside of rules, with the world as `rule_sources` knows it: for who plays a recording."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wsinspect.errors import WsinspectError
from wsinspect.model import Session
from wsinspect.rules.schema import Scope
from wsinspect.rules.templates import compile_text
from wsinspect.rules.turn import ActionError, Turn


@dataclass(frozen=True, slots=True)
class _Given:
    """The variables of templates. They are read only, as templates set none."""

    values: Mapping[str, object]

    def get(self, name: str) -> object:
        return self.values.get(name)

    def all(self) -> Mapping[str, object]:
        return self.values

    def set(self, scope: Scope, name: str, value: object) -> None:
        raise NotImplementedError

    def unset(self, scope: Scope, name: str) -> None:
        raise NotImplementedError


def evaluator(session: Session, variables: Mapping[str, object]) -> Callable[[str], str]:
    """Return a function that fills templates in, without a `problem`; it raises `WsinspectError` where that fails.

    Args:
        session: Of `{{ session.host }}` and the like.
        variables: Of `{{ vars.NAME }}`; looked at each time.
    """
    chance = random.Random()  # noqa: S311 - made-up values, no secrets

    def evaluate(text: str) -> str:
        turn = Turn(session, time.time_ns(), _Given(variables), chance, state="", environment=os.environ)
        try:
            return compile_text(text)(turn)
        except ActionError as error:
            raise WsinspectError(str(error)) from error

    return evaluate
