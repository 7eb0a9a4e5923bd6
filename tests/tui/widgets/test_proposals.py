"""The completer that knows nothing still puts in what it is given."""

from __future__ import annotations

from wsinspect.tui.widgets.proposals import Completer, NoProposals


def test_nothing_is_proposed_and_a_word_is_put_in() -> None:
    completer: Completer = NoProposals()
    assert completer.proposals("abc", 2).words == ()
    assert completer.taken("abc", 2, 1, "XYZ") == ("aXYZc", 4)
