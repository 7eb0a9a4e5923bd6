"""The figures of the screen, their aims, and the table and JSON made of them. No clock, no process, no file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from tests.bench.figures import number, percentile, table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity."""

    group: str
    """What was done."""
    name: str
    value: float
    unit: str
    aim: float | None = None
    """What it should be below, in the same unit; None where nothing is asked."""
    of: int = 1
    """How many measurements it is made of."""

    @property
    def reached(self) -> bool | None:
        """Whether it is below its aim; None where there is none."""
        return None if self.aim is None else self.value < self.aim


def spread(group: str, name: str, times_s: Sequence[float], aim_ms: float | None = None) -> list[Figure]:
    """Make the figures of many times: the median, the 99th percentile, which the aim is about, and the longest.

    Args:
        group: What was done.
        name: What was timed.
        times_s: In seconds, in any order.
        aim_ms: In milliseconds.
    """
    if not times_s:
        return []
    ordered = sorted(one * 1000 for one in times_s)
    count = len(ordered)
    return [
        Figure(group, f"{name}, median", percentile(ordered, 50), "ms", aim_ms, count),
        Figure(group, f"{name}, 99th percentile", percentile(ordered, 99), "ms", aim_ms, count),
        Figure(group, f"{name}, longest", ordered[-1], "ms", None, count),
    ]


def report(figures: Iterable[Figure], problems: Iterable[str]) -> str:
    """Return the table, as Markdown, and what did not work below it."""
    rows: list[list[str]] = []
    before = ""
    for figure in figures:
        aim = "" if figure.aim is None else f"< {figure.aim:g} {figure.unit}"
        verdict = {None: "", True: "yes", False: "NO"}[figure.reached]
        count = "" if figure.of == 1 else f"{figure.of:,}"
        group = figure.group if figure.group != before else ""
        rows.append([group, figure.name, f"{number(figure.value)} {figure.unit}", aim, verdict, count])
        before = figure.group
    parts = [table(["", "figure", "measured", "aim", "reached", "of"], rows)]
    parts += [f"- PROBLEM: {problem}" for problem in problems]
    return "\n\n".join(parts) + "\n"


def to_json(figures: Iterable[Figure], problems: Iterable[str], machine: dict[str, str]) -> dict[str, object]:
    """Return everything, ready for `json.dumps`."""
    listed = [{**asdict(figure), "reached": figure.reached} for figure in figures]
    return {"machine": machine, "figures": listed, "problems": list(problems)}
