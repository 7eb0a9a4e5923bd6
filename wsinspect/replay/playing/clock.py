"""Times of a recording as times of now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class RecordedClock:
    """Tells when something recorded is due: all reckoned from the start, so that nothing drifts."""

    begin: int
    """When the recording begins."""
    last: int
    """When it ends."""
    speed: float
    """2.0: twice as fast."""
    start: int | None = None
    """When playing began."""

    def now_of(self, recorded: int, now: int) -> int:
        """Return when something of the recording is due; the first call starts the clock."""
        if self.start is None:
            self.start = now
        return self.start + round((recorded - self.begin) / self.speed)

    @property
    def end(self) -> int:
        """When the recording is over; 0 before the start."""
        return 0 if self.start is None else self.now_of(self.last, self.start)
