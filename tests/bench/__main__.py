"""`python -m tests.bench`: compares wsinspect, recording to disk, with other proxies in one run.

Writes a table to standard output, and `bench.md`, `bench.json`, `bench.svg` and `bench.png` to `bench-results/`.
Exit status: 0 done; 1 a capture is not complete or a run failed; 2 wrong usage; 4 nothing could be measured; 130
interrupted. Every process that it started has ended by then.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tests.bench.contenders import CONTENDERS, ROOT, Contender
from tests.bench.figures import Results, report, to_json
from tests.bench.loads import TABLE_LOADS
from tests.bench.measure import Bench, Scale
from tests.bench.picture import draw
from tests.bench.processes import INTERRUPTS, BenchError, Nursery

NAMES = tuple(contender.name for contender in CONTENDERS)
LOADS = tuple(load.name for load in TABLE_LOADS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Compare wsinspect with other proxies.")
    parser.add_argument("--rounds", type=int, default=None, help="how often each load runs (3; with --quick 1)")
    parser.add_argument("--quick", action="store_true", help="short runs, less than two minutes")
    parser.add_argument("--only", action="append", choices=NAMES, help="only this one (repeatable)")
    parser.add_argument("--no-memory", action="store_true", help="leave out idle connections and the million messages")
    replay = parser.add_mutually_exclusive_group()
    replay.add_argument("--no-replay", action="store_true", help="leave out playing recordings again")
    replay.add_argument("--only-replay", action="store_true", help="do nothing else")
    parser.add_argument("--pin", action="store_true", help="client and server on one core, the proxy on another")
    parser.add_argument("--out", type=Path, default=ROOT / "bench-results", help="folder for the results")
    return parser.parse_args()


def _scale(arguments: argparse.Namespace) -> Scale:
    if arguments.quick:
        return Scale(arguments.rounds or 1, 0.6, 0.2, 50_000, 200, 10_000, limit_s=70)
    return Scale(arguments.rounds or 3, 1.5, 0.4, 500_000, 1000, 50_000, limit_s=400)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _installed(names: Sequence[str], *, pinned: bool) -> tuple[list[Contender], Results]:
    """Return the contenders that are installed, and results that say which are."""
    machine = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "placement": "peers on one core, proxy on another" if pinned else "left to the system",
        "load average": f"{os.getloadavg()[0]:.2f}",
    }
    results = Results(machine, {})
    found: list[Contender] = []
    for contender in CONTENDERS:
        if contender.name in names:
            try:
                results.versions[contender.name] = contender.version()
            except BenchError as error:
                results.absent[contender.name] = str(error)
                _say(f"left out: {contender.name}: {error}")
            else:
                found.append(contender)
    return found, results


def _measure(arguments: argparse.Namespace, contenders: Sequence[Contender], results: Results, folder: Path) -> None:
    nursery = Nursery()
    try:
        bench = Bench(folder, nursery, _scale(arguments), _say, pinned=arguments.pin)
        if not arguments.only_replay:
            bench.rounds(contenders, results)
        for contender in contenders:
            if contender.name == "wsinspect" and not arguments.no_replay:
                _say("  recordings played again")
                bench.replays(contender, results)
        if not arguments.no_memory and not arguments.only_replay:
            for contender in contenders:
                if contender.name != "direct" and "," not in contender.name:  # rules need no idle connection
                    _say(f"  idle wss connections through {contender.name}")
                    bench.idle(contender, results)
            for contender in contenders:
                if contender.name == "wsinspect":
                    _say("  very many messages through wsinspect")
                    bench.marathon(contender, results)
    except BenchError as error:
        results.problems.append(str(error))
    finally:
        nursery.stop_all()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run the benchmark and return the exit status."""
    arguments = _arguments()
    for number in INTERRUPTS:
        signal.signal(number, _interrupt)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    contenders, results = _installed(arguments.only or NAMES, pinned=arguments.pin)
    arguments.out.mkdir(parents=True, exist_ok=True)
    # Captures go beside the results, onto a disk: a temporary folder may be memory.
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=arguments.out))
    started = time.monotonic()
    try:
        _measure(arguments, contenders, results, folder)
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        return 130
    if not results.problems:
        shutil.rmtree(folder)
    results.machine["seconds"] = f"{time.monotonic() - started:.0f}"
    text = report(results, NAMES, LOADS)
    (arguments.out / "bench.md").write_text(text)
    (arguments.out / "bench.json").write_text(json.dumps(to_json(results), indent=1) + "\n")
    if results.samples:
        draw(results, NAMES, LOADS, arguments.out)
    print(text)
    _say(f"{results.machine['seconds']} s; results in {arguments.out}")
    if not results.samples and not results.replays:
        return 4
    return 1 if results.problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
