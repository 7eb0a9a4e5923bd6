"""Draws the results: CPU per echo of every proxy under every load, and memory over a million messages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.figures import Cell, Results, number, summarise

OURS = "#1b6ac9"
OTHERS = "#a9b4c0"


def draw(results: Results, contenders: Sequence[str], loads: Sequence[str], folder: Path) -> list[Path]:
    """Write `bench.svg` and `bench.png` and return their paths."""
    mpl.rcParams.update({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "wsinspect", "axes.titlesize": 10})
    cells = summarise(results.samples)
    rows = 3 if results.marathon is not None and results.marathon.samples else 2
    figure = Figure(figsize=(11, 2.6 * rows), layout="constrained")
    figure.suptitle("CPU of the proxy per echo, µs (less is better, logarithmic)")
    grid = figure.add_gridspec(rows, 3)
    for index, load in enumerate(loads):
        axes = figure.add_subplot(grid[index // 3, index % 3])
        _bars(axes, load, [cells[name, load] for name in contenders if (name, load) in cells])
    if rows == 3:
        _marathon(figure.add_subplot(grid[2, :]), results)
    paths = [folder / "bench.svg", folder / "bench.png"]
    for path in paths:
        figure.savefig(path, dpi=130)
    return paths


def _bars(axes: Axes, title: str, cells: Sequence[Cell]) -> None:
    shown = [(cell.contender, cell.cpu_us) for cell in cells if cell.cpu_us]
    names = [name for name, _ in shown]
    values = [value for _, value in shown]
    bars = axes.barh(names, values, color=[OURS if name == "wsinspect" else OTHERS for name in names])
    axes.bar_label(bars, labels=[number(value) for value in values], padding=3)
    axes.set_title(title)
    axes.set_xscale("log")
    if values:
        axes.set_xlim(min(values) / 2, max(values) * 4)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)


def _marathon(axes: Axes, results: Results) -> None:
    assert results.marathon is not None
    seconds, sizes = zip(*results.marathon.samples, strict=True)
    axes.plot(seconds, sizes, color=OURS)
    axes.set_ylim(0, max(sizes) * 1.3)
    axes.set_title(f"Resident memory of wsinspect over {results.marathon.messages:,} recorded messages, MiB")
    axes.set_xlabel("seconds")
    axes.spines[["top", "right"]].set_visible(False)
