"""The figures of the screen say what was measured, and whether it is what was aimed at."""

from __future__ import annotations

from tests.bench.screen.figures import Figure, report, spread, to_json


def test_many_times_make_a_median_a_tail_and_a_longest() -> None:
    figures = spread("keys", "page down", [one / 1000 for one in range(200, 0, -1)], 50)
    assert [(figure.value, figure.reached) for figure in figures] == [(100, False), (198, False), (200, None)]
    assert spread("keys", "nothing", []) == []


def test_the_table_tells_aims_and_problems() -> None:
    figures = [Figure("open", "start", 812.4, "ms", 1000, 3), Figure("open", "memory", 301, "MB", 300)]
    assert report(figures, ["live: it did not start"]).splitlines() == [
        "|      | figure | measured |       aim | reached |  of |",
        "|------|-------:|---------:|----------:|--------:|----:|",
        "| open |  start |   812 ms | < 1000 ms |     yes |   3 |",
        "|      | memory |   301 MB |  < 300 MB |      NO |     |",
        "",
        "- PROBLEM: live: it did not start",
    ]


def test_json_holds_everything() -> None:
    written = to_json([Figure("open", "start", 812.4, "ms", 1000, 3)], [], {"cores": "2"})
    assert written["figures"] == [
        {"group": "open", "name": "start", "value": 812.4, "unit": "ms", "aim": 1000, "of": 3, "reached": True}
    ]
    assert (written["machine"], written["problems"]) == ({"cores": "2"}, [])
