"""How often a rule may act.

Whether it may is asked once everything else has matched; then it counts as acting, even where an action fails.
"""

from __future__ import annotations

from wsinspect.query.units import TIMES
from wsinspect.rules.schema import Limit
from wsinspect.rules.state import Quota, Use


class Limits:
    """What limits one rule.

    Args:
        limit: As the rule file has it.
        quota: What was used of it in all sessions.
    """

    def __init__(self, limit: Limit, quota: Quota) -> None:
        self.injected = limit.injected
        """Most messages of its own in one session."""
        self._limit = limit
        self._quota = quota
        self._rate = None if limit.rate is None else _often(limit.rate)
        self._free = limit.model_fields_set <= {"injected"}

    def allow(self, use: Use, age_ns: int, now: int) -> bool:
        """Say whether the rule may act.

        Args:
            use: What it has done in the session.
            age_ns: Since the session opened.
            now: Unix nanoseconds.
        """
        if self._free:
            return True
        limit = self._limit
        return (
            (limit.times is None or self._quota.times < limit.times)
            and (limit.times_per_session is None or use.times < limit.times_per_session)
            and (limit.cooldown is None or use.last is None or now - use.last >= limit.cooldown)
            and (limit.until is None or age_ns <= limit.until)
            and (self._rate is None or self._tokens(now) >= 1)
        )

    def take(self, use: Use, now: int) -> None:
        """Count that the rule acts."""
        use.times += 1
        use.last = now
        self._quota.times += 1
        if self._rate is not None:
            self._quota.tokens = self._tokens(now) - 1
            self._quota.filled = now

    def _tokens(self, now: int) -> float:
        """Return how often the rule may act just now; what is not used adds up to the rate's own number."""
        assert self._rate is not None
        often, every_ns = self._rate
        if self._quota.tokens is None:
            return often
        return min(often, self._quota.tokens + max(0, now - self._quota.filled) * often / every_ns)


def _often(rate: str) -> tuple[int, int]:
    """Return how often, and in how many nanoseconds."""
    times, unit = rate.split("/")
    return int(times), TIMES[unit]
