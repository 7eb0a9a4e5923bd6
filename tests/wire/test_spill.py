"""What waits is kept in memory up to a limit, and is there again whole."""

from __future__ import annotations

from tests.wire.spills import Numbered
from wsinspect.wire.spill import Depot, Kept, Pile


def test_without_a_spill_all_stays_in_memory() -> None:
    depot = Depot(None, 0)
    kept = Kept(depot, b"abc")
    assert (kept.load(), depot.bytes, depot.in_memory) == (b"abc", 3, 3)
    kept.drop()
    assert (depot.bytes, depot.in_memory) == (0, 0)


def test_what_is_over_the_limit_is_spilled() -> None:
    spill = Numbered()
    depot = Depot(spill, 5)
    first, second, third = Kept(depot, b"abc"), Kept(depot, b"def"), Kept(depot, b"gh")
    assert (depot.bytes, depot.in_memory, list(spill.kept.values())) == (8, 5, [b"def"])
    assert [kept.load() for kept in (first, second, third)] == [b"abc", b"def", b"gh"]
    for kept in (first, second, third):
        kept.drop()
    assert (depot.bytes, depot.in_memory, spill.kept) == (0, 0, {})


def test_what_a_full_spill_does_not_take_stays_in_memory() -> None:
    spill = Numbered()
    spill.full = True
    depot = Depot(spill, 0)
    kept = Kept(depot, b"abc")
    assert (kept.load(), depot.in_memory) == (b"abc", 3)
    kept.drop()
    assert depot.in_memory == 0


def test_a_pile_keeps_the_order_of_its_pieces() -> None:
    spill = Numbered()
    depot = Depot(spill, 0)
    pile = Pile(depot)
    assert pile.load() == []
    pieces = [bytes([index]) * 100_000 for index in range(9)]
    for piece in pieces:
        pile.append(piece)
    assert b"".join(pile.load()) == b"".join(pieces)
    assert spill.kept
    assert depot.bytes == 900_000
    pile.drop()
    assert (pile.load(), spill.kept, depot.bytes) == ([], {}, 0)


def test_a_pile_of_full_pieces_has_no_rest() -> None:
    pile = Pile(Depot(None, 0))
    pile.append(bytes(256 << 10))
    assert [len(piece) for piece in pile.load()] == [256 << 10]
