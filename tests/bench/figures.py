"""What was measured, and the medians, ratios and tables made of it. No clock, no process, no file."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one load through one contender."""

    contender: str
    load: str
    round: int
    echoes: int
    seconds: float
    cpu_ns: int | None
    """CPU time of the proxy's processes; None without a proxy."""
    settle_s: float
    """How long the proxy went on working after the last echo."""
    p50_us: float
    p99_us: float
    rss_bytes: int | None
    """The most that was seen during the run."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The medians over the rounds of one load through one contender."""

    contender: str
    load: str
    rounds: int
    cpu_us: float | None
    """CPU per echo."""
    cpu_us_range: tuple[float, float] | None
    """Least and most of the rounds."""
    echoes_per_s: float
    p50_us: float
    p99_us: float
    rss_mib: float | None


@dataclass(frozen=True, slots=True)
class Idle:
    """What idle `wss` connections hold in memory."""

    contender: str
    connections: int
    kib_per_connection: float


@dataclass(frozen=True, slots=True)
class Marathon:
    """Memory of wsinspect while very many messages pass."""

    messages: int
    seconds: float
    samples: tuple[tuple[float, float], ...]
    """(seconds since the start, RSS in MiB)."""

    @property
    def growth_mib(self) -> float:
        """How much higher the last quarter's median is than the second quarter's."""
        quarter = len(self.samples) // 4
        if not quarter:
            return math.nan
        sizes = [size for _, size in self.samples]
        return statistics.median(sizes[-quarter:]) - statistics.median(sizes[quarter : 2 * quarter])


@dataclass(frozen=True, slots=True)
class Replay:
    """One playing of a recording, or the same messages sent by another client."""

    client: str
    load: str
    round: int
    messages: int
    """Sent and received."""
    seconds: float
    """From before it connected until the connection had ended."""

    @property
    def messages_per_s(self) -> float:
        """How many messages a second went and came."""
        return self.messages / self.seconds


@dataclass(slots=True)
class Results:
    """Everything that one run of the benchmark found."""

    machine: dict[str, str]
    versions: dict[str, str]
    samples: list[Sample] = field(default_factory=list)
    idle: list[Idle] = field(default_factory=list)
    marathon: Marathon | None = None
    replays: list[Replay] = field(default_factory=list)
    stop_cpu_ms: list[float] = field(default_factory=list)
    """CPU time of wsinspect between its last load and its end, one a round."""
    absent: dict[str, str] = field(default_factory=dict)
    """Why a contender was left out."""
    problems: list[str] = field(default_factory=list)
    """What did not hold: a capture that is not complete, a run that failed."""


@dataclass(frozen=True, slots=True)
class Aim:
    """How many times less CPU per echo wsinspect should take than another contender."""

    load: str
    against: str
    factor: float


AIMS = (
    Aim("ws 100 B ×64", "mitmdump", 25),
    Aim("wss 100 B ×64", "mitmdump", 25),
    Aim("ws 100 B ping-pong", "mitmdump", 7),
    Aim("wss 100 B ping-pong", "mitmdump", 7),
    Aim("ws 256 KiB ×4", "mitmdump", 2.2),
    Aim("wss 256 KiB ×4", "mitmdump", 1.4),
    *(
        Aim(f"{scheme} {rest}", node, 1)
        for node in ("mockttp", "http-mitm-proxy")
        for rest in ("100 B ×64", "100 B ping-pong", "256 KiB ×4")
        for scheme in ("ws", "wss")
    ),
)


REPLAY, BESIDE = "wsinspect replay", "websockets"
REPLAY_AIM = 0.8
"""What part of the other client's speed a replay should reach."""


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of the values do not exceed (nearest rank).

    Args:
        ordered: Values in ascending order, at least one.
        percent: Over 0, up to 100.
    """
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summarise(samples: Iterable[Sample]) -> dict[tuple[str, str], Cell]:
    """Return the medians, by contender and load."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.contender, sample.load), []).append(sample)
    return {key: _cell(key, group) for key, group in groups.items()}


def _cell(key: tuple[str, str], group: Sequence[Sample]) -> Cell:
    cpu = [s.cpu_ns / 1000 / s.echoes for s in group if s.cpu_ns is not None]
    memory = [s.rss_bytes / 2**20 for s in group if s.rss_bytes is not None]
    return Cell(
        *key,
        rounds=len(group),
        cpu_us=statistics.median(cpu) if cpu else None,
        cpu_us_range=(min(cpu), max(cpu)) if cpu else None,
        echoes_per_s=statistics.median(s.echoes / s.seconds for s in group),
        p50_us=statistics.median(s.p50_us for s in group),
        p99_us=statistics.median(s.p99_us for s in group),
        rss_mib=statistics.median(memory) if memory else None,
    )


def number(value: float | None) -> str:
    """Return a figure with three significant digits and thousands separated, or a dash."""
    if value is None or math.isnan(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are aligned, the first to the left and the others to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(head))]

    def put(line: Sequence[str]) -> str:
        cells = (c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "|".join("-" * (w + 1) + (":" if i else "-") for i, w in enumerate(widths)) + "|"
    return "\n".join([put(lines[0]), rule, *map(put, lines[1:])])


def _cpu_text(cell: Cell) -> str:
    text = number(cell.cpu_us)
    if cell.cpu_us_range is None or cell.rounds == 1:
        return text
    return f"{text} ({number(cell.cpu_us_range[0])}–{number(cell.cpu_us_range[1])})"


def _speed_text(cell: Cell) -> str:
    return f"{cell.p50_us:,.0f}" if "ping-pong" in cell.load else f"{cell.echoes_per_s:,.0f}/s"


def _tail_text(cell: Cell) -> str:
    return f"{cell.p99_us:,.0f}"


def _memory_text(cell: Cell) -> str:
    return number(cell.rss_mib)


def report(results: Results, contenders: Sequence[str], loads: Sequence[str]) -> str:
    """Return everything that was found as Markdown, with a table for each quantity."""
    cells = summarise(results.samples)
    present = [name for name in contenders if any(key[0] == name for key in cells)]
    parts: list[str] = []
    for title, text in (
        ("CPU of the proxy, µs per echo: median (least–most of the rounds)", _cpu_text),
        ("Speed: echoes a second, for ping-pong the median latency in µs", _speed_text),
        ("99th percentile of the latency, µs", _tail_text),
        ("Resident memory, MiB", _memory_text),
    ):
        rows = [[n, *(text(cells[n, load]) if (n, load) in cells else "–" for load in loads)] for n in present]
        if rows:
            parts += [f"**{title}**", table(["proxy", *loads], rows)]
    parts += _aims_part(results.samples) + _memory_part(results) + _replay_part(results.replays)
    parts += [f"- Left out: {name}: {why}" for name, why in results.absent.items()]
    parts += [f"- PROBLEM: {problem}" for problem in results.problems]
    return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times less CPU per echo wsinspect took than another contender."""

    median: float
    """Of the medians."""
    least: float
    """In the round that was worst for wsinspect."""
    most: float


def ratio(samples: Sequence[Sample], aim: Aim) -> Ratio | None:
    """Return the ratio that an aim is about, or None when one of the two was not measured."""

    def by_round(contender: str) -> dict[int, float]:
        mine = (s for s in samples if s.contender == contender and s.load == aim.load)
        return {s.round: s.cpu_ns / s.echoes for s in mine if s.cpu_ns}

    ours, theirs = by_round("wsinspect"), by_round(aim.against)
    paired = [theirs[turn] / ours[turn] for turn in ours.keys() & theirs.keys()]
    if not paired:
        return None
    return Ratio(statistics.median(theirs.values()) / statistics.median(ours.values()), min(paired), max(paired))


def _aims_part(samples: Sequence[Sample]) -> list[str]:
    rows = []
    for aim in AIMS:
        reached = ratio(samples, aim)
        if reached is not None:
            verdict = "yes" if reached.median >= aim.factor else "no"
            spread = f"{number(reached.least)}–{number(reached.most)}×"
            than = f"{aim.against}, {aim.load}"
            rows.append([than, f"{number(reached.median)}×", spread, f"{aim.factor:g}×", verdict])
    if not rows:
        return []
    head = ["than", "measured", "in single rounds", "aim", "reached"]
    return ["**How many times less CPU per echo wsinspect takes**", table(head, rows)]


def _memory_part(results: Results) -> list[str]:
    parts: list[str] = []
    if results.idle:
        rows = [[idle.contender, f"{idle.connections:,}", number(idle.kib_per_connection)] for idle in results.idle]
        parts += ["**Idle wss connections**", table(["proxy", "connections", "KiB each"], rows)]
    if results.marathon is not None and results.marathon.samples:
        marathon = results.marathon
        sizes = [size for _, size in marathon.samples]
        quarters = " · ".join(number(sizes[(len(sizes) - 1) * part // 4]) for part in range(5))
        parts.append(
            f"**{marathon.messages:,} messages through wsinspect** in {marathon.seconds:.1f} s: resident memory at 0, "
            f"25, 50, 75 and 100 % of the time {quarters} MiB; growth from the second to the last quarter "
            f"{number(marathon.growth_mib)} MiB."
        )
    if results.stop_cpu_ms:
        parts.append(f"Ending wsinspect took {number(statistics.median(results.stop_cpu_ms))} ms of CPU.")
    return parts


def _replay_part(replays: Sequence[Replay]) -> list[str]:
    """Return the table of replays, with what wsinspect reaches of the other client's speed."""
    if not replays:
        return []
    clients, loads = (list(dict.fromkeys(names)) for names in zip(*((r.client, r.load) for r in replays), strict=True))
    speeds = {
        (client, load): [r.messages_per_s for r in replays if (r.client, r.load) == (client, load)]
        for client in clients
        for load in loads
    }
    rows = [[client, *(_range_text(speeds[client, load]) for load in loads)] for client in sorted(clients)]
    if REPLAY in clients and BESIDE in clients:
        reached = [statistics.median(speeds[REPLAY, load]) / statistics.median(speeds[BESIDE, load]) for load in loads]
        texts = [f"{ratio:.2f}×: {'yes' if ratio >= REPLAY_AIM else 'no'}" for ratio in reached]
        rows.append([f"{REPLAY_AIM:g}× reached", *texts])
    title = f"{replays[0].messages:,} messages played again: messages a second, median (least–most of the rounds)"
    return [f"**{title}**", table(["client", *loads], rows)]


def _range_text(values: Sequence[float]) -> str:
    text = number(statistics.median(values))
    return text if len(values) == 1 else f"{text} ({number(min(values))}–{number(max(values))})"


def to_json(results: Results) -> dict[str, object]:
    """Return everything that was found, samples and medians, ready for `json.dumps`."""
    cells = summarise(results.samples)
    reached = ((aim, ratio(results.samples, aim)) for aim in AIMS)
    ratios = [{**asdict(aim), "measured": asdict(found) if found else None} for aim, found in reached]
    return {**asdict(results), "cells": [asdict(cell) for cell in cells.values()], "aims": ratios}
