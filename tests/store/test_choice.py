"""Filters are split for the statements of listings."""

from __future__ import annotations

from wsinspect.query import Target, parse
from wsinspect.store.choice import Choice, Chosen, Order


def test_everything_in_order_of_arrival_is_the_usual_choice() -> None:
    assert Choice() == Choice(None, None, True, None, True, True, Order.ARRIVAL, False)


def test_without_a_filter_no_session_is_joined() -> None:
    chosen = Chosen(None, Target.FRAME)
    assert (chosen.where, chosen.parameters, chosen.residual) == ("1", (), None)
    assert chosen.source == "FROM frame AS f"


def test_a_filter_is_split() -> None:
    chosen = Chosen(parse("size > 4 and frames == 7"), Target.MESSAGE)
    assert (chosen.where, chosen.parameters, str(chosen.residual)) == ("m.size > ?", (4,), "frames == 7")
    assert chosen.source == "FROM message AS m JOIN session AS s ON s.id = m.session"
