"""The benchmark's own arithmetic; nothing here measures anything."""

from __future__ import annotations

import json
import math

import pytest

from tests.bench.figures import (
    Aim,
    Idle,
    Marathon,
    Replay,
    Results,
    Sample,
    number,
    percentile,
    ratio,
    report,
    summarise,
    table,
    to_json,
)

LOAD = "ws 100 B ×64"


def sample(contender: str, cpu_us: float | None, turn: int = 1, load: str = LOAD) -> Sample:
    """Return a run of 1,000 echoes in two seconds."""
    cpu_ns = round(cpu_us * 1e6) if cpu_us is not None else None
    rss = None if cpu_us is None else 50 * 2**20
    return Sample(contender, load, turn, 1000, 2.0, cpu_ns, 0.0, 1500.0, 9000.0, rss)


@pytest.mark.parametrize(("percent", "expected"), [(1, 1), (50, 2), (75, 3), (99, 4), (100, 4)])
def test_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([1, 2, 3, 4], percent) == expected


def test_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.5], 50) == percentile([7.5], 99) == 7.5


def test_cells_are_medians_over_the_rounds() -> None:
    cell = summarise([sample("a", 10, 1), sample("a", 30, 2), sample("a", 11, 3)])["a", LOAD]
    assert (cell.cpu_us, cell.cpu_us_range, cell.rounds) == (11, (10, 30), 3)
    assert (cell.echoes_per_s, cell.rss_mib) == (500, 50)


def test_without_a_proxy_there_is_no_cpu_and_no_memory() -> None:
    cell = summarise([sample("direct", None)])["direct", LOAD]
    assert (cell.cpu_us, cell.cpu_us_range, cell.rss_mib) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (math.nan, "–"), (0.5, "0.50"), (12.34, "12.3"), (1234.5, "1,234"), (-0.25, "-0.25")],
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_table_columns_are_aligned() -> None:
    assert table(["name", "x"], [["a", "1,000"], ["long name", "2"]]).splitlines() == [
        "| name      |     x |",
        "|-----------|------:|",
        "| a         | 1,000 |",
        "| long name |     2 |",
    ]


def test_ratio_compares_medians_and_pairs_the_rounds() -> None:
    samples = [sample("wsinspect", 10, 1), sample("wsinspect", 20, 2), sample("m", 100, 1), sample("m", 400, 2)]
    found = ratio(samples, Aim(LOAD, "m", 25))
    assert found is not None
    assert (round(found.median, 2), found.least, found.most) == (16.67, 10, 20)


def test_ratio_needs_both() -> None:
    assert ratio([sample("wsinspect", 10)], Aim(LOAD, "m", 25)) is None


def test_memory_growth_compares_the_last_quarter_with_the_second() -> None:
    flat = Marathon(100, 8.0, tuple((float(at), 60.0 if at else 40.0) for at in range(8)))
    rising = Marathon(100, 8.0, tuple((float(at), 10.0 * at) for at in range(8)))
    assert (flat.growth_mib, rising.growth_mib) == (0, 40)
    assert math.isnan(Marathon(0, 0.0, ()).growth_mib)


def test_report_holds_every_part() -> None:
    results = Results({}, {}, [sample("direct", None), sample("wsinspect", 10), sample("mitmdump", 200)])
    results.idle.append(Idle("HAProxy", 1000, 43.0))
    results.marathon = Marathon(1_000_000, 20.0, tuple((float(at), 60.0) for at in range(8)))
    results.stop_cpu_ms.append(120.0)
    results.absent["mockttp"] = "not installed"
    results.problems.append("round 1: 3 messages are missing")
    text = report(results, ["direct", "wsinspect", "mitmdump", "mockttp"], [LOAD])
    assert f"| mitmdump, {LOAD} |    20.0× |       20.0–20.0× | 25× |      no |" in text
    assert "| HAProxy |       1,000 |     43.0 |" in text
    assert "**1,000,000 messages through wsinspect** in 20.0 s" in text
    assert "Ending wsinspect took 120 ms" in text
    assert "- Left out: mockttp: not installed" in text
    assert "- PROBLEM: round 1: 3 messages are missing" in text


def test_report_of_nothing_is_empty_tables() -> None:
    assert "| direct" not in report(Results({}, {}), ["direct"], [LOAD])


def test_json_holds_samples_cells_and_aims() -> None:
    results = Results({"cores": "2"}, {"wsinspect": "0.1"}, [sample("wsinspect", 10), sample("mitmdump", 300)])
    read = json.loads(json.dumps(to_json(results)))
    assert read["samples"][0]["contender"] == "wsinspect"
    assert read["cells"][1]["cpu_us"] == 300
    aim = next(aim for aim in read["aims"] if aim["load"] == LOAD and aim["against"] == "mitmdump")
    assert aim["measured"]["median"] == 30


def test_replays_are_set_beside_the_other_client() -> None:
    replays = [
        Replay(client, load, turn, 1000, seconds * turn)
        for client, load, seconds in (
            ("websockets", "a", 1.0),
            ("wsinspect replay", "a", 1.25),
            ("websockets", "b", 1.0),
            ("wsinspect replay", "b", 2.0),
        )
        for turn in (1, 2)
    ]
    text = report(Results({}, {}, replays=replays), [], [])
    assert "1,000 messages played again" in text
    assert "| 750 (500–1,000) |" in text
    assert text.splitlines()[-1].split() == "| 0.8× reached | 0.80×: yes | 0.50×: no |".split()


def test_one_round_has_no_range_and_one_client_is_not_compared() -> None:
    text = report(Results({}, {}, replays=[Replay("websockets", "a", 1, 1000, 2.0)]), [], [])
    assert text.endswith("| websockets | 500 |\n")
