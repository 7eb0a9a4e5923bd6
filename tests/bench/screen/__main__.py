"""`python -m tests.bench.screen`: measures the screen, on a capture of a million messages and on live traffic.

Everything is measured from outside, through a pseudo-terminal: from the key that is pressed to the last of the bytes
that draw the answer. Writes a table with the aims to standard output, and `screen.md` and `screen.json` to
`bench-results/`.

Exit status: 0 done; 1 a measurement failed; 2 wrong usage; 130 interrupted. Aims that are missed are told, not counted.
Every process that it started has ended by then.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from scripts.big_capture import write_big_capture
from tests.bench.contenders import ROOT
from tests.bench.processes import INTERRUPTS, BenchError
from tests.bench.screen.figures import Figure, report, to_json
from tests.bench.screen.live import measure_live
from tests.bench.screen.opened import measure_opened
from tests.bench.screen.stage import FULL, QUICK, Opened, Stage

PARTS = ("open", "live")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.screen", description="Measure the screen.")
    parser.add_argument("--quick", action="store_true", help="fewer of everything, less than two minutes")
    parser.add_argument("--only", choices=PARTS, help="only a finished capture, or only live traffic")
    parser.add_argument("--columns", type=int, default=140, help="of the terminal (default 140)")
    parser.add_argument("--rows", type=int, default=40, help="of the terminal (default 40)")
    parser.add_argument("--out", type=Path, default=ROOT / "bench-results", help="folder for the results")
    parser.add_argument("--profile", type=Path, help="folder for a cProfile file of each screen; slows all down")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _machine(arguments: argparse.Namespace) -> dict[str, str]:
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "terminal": f"{arguments.columns}×{arguments.rows}",
        "load average": f"{os.getloadavg()[0]:.2f}",
    }


def _opened(stage: Stage) -> list[Figure]:
    path = stage.folder / "big.wsi"
    _say(f"making a capture of {stage.scale.messages:,} messages")
    return measure_opened(stage, Opened(path, write_big_capture(path, stage.scale.messages)))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run the benchmark and return the exit status."""
    arguments = _arguments()
    for number in INTERRUPTS:
        signal.signal(number, _interrupt)
    machine = _machine(arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    # Captures go beside the results, onto a disk: a temporary folder may be memory.
    folder = Path(tempfile.mkdtemp(prefix="screen-", dir=arguments.out))
    scale = QUICK if arguments.quick else FULL
    if arguments.profile is not None:
        arguments.profile.mkdir(parents=True, exist_ok=True)
        arguments.profile = arguments.profile.resolve()
    stage = Stage(folder, scale, _say, arguments.columns, arguments.rows, arguments.profile)
    figures: list[Figure] = []
    problems: list[str] = []
    measures: dict[str, Callable[[Stage], list[Figure]]] = {"open": _opened, "live": measure_live}
    started = time.monotonic()
    try:
        for name in [arguments.only] if arguments.only else PARTS:
            try:
                figures += measures[name](stage)
            except BenchError as error:
                problems.append(f"{name}: {error}")
                _say(f"{name}: {error}")
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder)
    machine["seconds"] = f"{time.monotonic() - started:.0f}"
    text = report(figures, problems)
    (arguments.out / "screen.md").write_text(text)
    (arguments.out / "screen.json").write_text(json.dumps(to_json(figures, problems, machine), indent=1) + "\n")
    print(text)
    _say(f"{machine['seconds']} s; results in {arguments.out}")
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
