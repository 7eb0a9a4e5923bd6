"""The grammar of extensions, and what counts as agreed on permessage-deflate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.headers import parse_extension

from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.negotiation import Extension, accept_deflate, agree_deflate, check_offer, parse_extensions
from wsinspect.wire.violations import Violation

WRONG, AGAINST = Violation.DEFLATE_RESPONSE, Violation.DEFLATE_NOT_ACCEPTED


@pytest.mark.parametrize(
    ("value", "extensions"),
    [
        ("a", [("a", ())]),
        ("a;b", [("a", (("b", None),))]),
        (" a ; b = 1 , c ; d=\"e\" ", [("a", (("b", "1"),)), ("c", (("d", "e"),))]),
        ('a; b="\\"x\\\\,;"', [("a", (("b", '"x\\,;'),))]),
        (",, a, ,b,", [("a", ()), ("b", ())]),
        ("", []),
    ],
)  # fmt: skip
def test_values_that_parse(value: str, extensions: list[tuple[str, tuple[tuple[str, str | None], ...]]]) -> None:
    assert parse_extensions([value]) == ([Extension(*extension) for extension in extensions], True)


@pytest.mark.parametrize("value", ["a;", "a b", "=", "a; b=", 'a; b="', "a;;b", "(", " "])
def test_values_that_do_not(value: str) -> None:
    found, whole = parse_extensions(["x", f"y, {value}", "z"])
    assert [extension.name for extension in found] == ["x", "y", "z"]
    assert whole is (value == " ")


@given(st.text(max_size=30))
def test_no_value_raises(value: str) -> None:
    parse_extensions([value])


TOKENS = st.text("abc-_123", min_size=1, max_size=5)


@given(st.lists(st.tuples(TOKENS, st.lists(st.tuples(TOKENS, st.one_of(st.none(), TOKENS)))), min_size=1))
def test_websockets_parses_alike(extensions: list[tuple[str, list[tuple[str, str | None]]]]) -> None:
    value = ", ".join(
        "; ".join([name, *(key if text is None else f"{key}={text}" for key, text in params)])
        for name, params in extensions
    )
    ours, whole = parse_extensions([value])
    assert whole
    assert [(extension.name, list(extension.params)) for extension in ours] == parse_extension(value)


def one(value: str) -> Extension:
    return parse_extensions([f"permessage-deflate; {value}" if value else "permessage-deflate"])[0][0]


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("", True),
        ("client_max_window_bits", True),
        ("client_max_window_bits=8; server_max_window_bits=15", True),
        ("server_no_context_takeover; client_no_context_takeover", True),
        ("server_max_window_bits", False),
        ("server_max_window_bits=7", False),
        ("server_max_window_bits=09", False),
        ("client_max_window_bits=16", False),
        ("client_no_context_takeover=1", False),
        ("client_no_context_takeover; client_no_context_takeover", False),
        ("something", False),
    ],
)
def test_offers(value: str, right: bool) -> None:
    assert check_offer(one(value)) is right
    assert check_offer(Extension("other", (("anything", "x"),)))


@pytest.mark.parametrize(
    ("response", "offers", "params", "broken"),
    [
        ("", [""], DeflateParams(), []),
        (
            "client_no_context_takeover; server_no_context_takeover;server_max_window_bits=10;client_max_window_bits=9",
            ["client_max_window_bits; server_max_window_bits=12; server_no_context_takeover"],
            DeflateParams(True, True, 10, 9),
            [],
        ),
        ("client_max_window_bits=9", [""], DeflateParams(client_max_window_bits=9), [AGAINST]),
        ("client_max_window_bits=9", ["", "client_max_window_bits"], DeflateParams(client_max_window_bits=9), []),
        ("", ["server_no_context_takeover"], DeflateParams(), [AGAINST]),
        ("", ["server_max_window_bits=10"], DeflateParams(), [AGAINST]),
        (
            "server_max_window_bits=11",
            ["server_max_window_bits=10"],
            DeflateParams(server_max_window_bits=11),
            [AGAINST],
        ),
        ("server_max_window_bits=8", [""], DeflateParams(server_max_window_bits=8), []),
        ("client_max_window_bits", ["client_max_window_bits"], DeflateParams(), [WRONG]),
        ("server_max_window_bits=16; x", [""], DeflateParams(), [WRONG]),
        ("client_no_context_takeover; client_no_context_takeover", [""], DeflateParams(False, True), [WRONG]),
        ("server_no_context_takeover=x", [], DeflateParams(), [WRONG]),
        ("", ["server_max_window_bits=99"], DeflateParams(), []),
    ],
)
def test_agreements(response: str, offers: list[str], params: DeflateParams, broken: list[Violation]) -> None:
    assert agree_deflate(one(response), [one(offer) for offer in offers]) == (params, broken)


@pytest.mark.parametrize(
    ("offers", "response"),
    [
        ("", None),
        ("x-other", None),
        ("permessage-deflate", "permessage-deflate"),
        ("permessage-deflate; client_max_window_bits", "permessage-deflate"),
        ("permessage-deflate; wrong, permessage-deflate; client_no_context_takeover", "permessage-deflate"),
        ("permessage-deflate; server_max_window_bits=8", None),
        (
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
        ),
    ],
)
def test_what_a_server_of_ours_agrees_to_is_an_answer_to_the_offer(offers: str, response: str | None) -> None:
    offered = parse_extensions([offers])[0]
    assert accept_deflate(offered) == response
    if response is not None:
        right = [offer for offer in offered if check_offer(offer)]
        assert agree_deflate(parse_extensions([response])[0][0], right)[1] == []
