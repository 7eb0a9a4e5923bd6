"""Parameters are read as they are typed in a shell."""

from __future__ import annotations

import io
from pathlib import Path

import click
import pytest

from wsinspect.cli.control_params import read_params
from wsinspect.control.messages import Json
from wsinspect.control.methods import METHODS


@pytest.mark.parametrize(
    ("method", "words", "params"),
    [
        ("status", (), {}),
        ("drop", ("session=1", "message=2"), {"session": 1, "message": 2}),
        ("drop", ('{"session": 1, "message": 2}',), {"session": 1, "message": 2}),
        ("sessions", ("filter=host == 'a' and not port == 1",), {"filter": "host == 'a' and not port == 1"}),
        ("sessions", ('filter="bye"',), {"filter": '"bye"'}),
        ("inject", ("session=1", "to=client", "text=12"), {"session": 1, "to": "client", "text": "12"}),
        ("inject", ("session=1", "to=client", "json=12"), {"session": 1, "to": "client", "json": 12}),
        ("inject", ("session=1", "to=client", "json=a b"), {"session": 1, "to": "client", "json": "a b"}),
        ("inject", ("session=1", "to=both", "opcode=0x3"), {"session": 1, "to": "both", "opcode": "0x3"}),
        ("inject", ("session=1", "to=both", "opcode=9"), {"session": 1, "to": "both", "opcode": 9}),
        ("inject", ("session=1", "to=both", "hex=00", "rsv=7"), {"session": 1, "to": "both", "hex": "00", "rsv": 7}),
        ("release", ("all=true",), {"all": True}),
        ("release", ("3.17", "text=x"), {"session": 3, "message": 17, "text": "x"}),
        ("tag", ("3.17", "tags=a"), {"session": 3, "message": 17, "tags": ["a"]}),
        ("hold", ("dir == c2s",), {"filter": "dir == c2s", "keep": True}),
        ("hold", ("dir==c2s", "keep=false"), {"filter": "dir==c2s", "keep": False}),
        ("hold", ("3.17",), {"filter": "3.17", "keep": True}),
        ("unhold", ("2",), {"breakpoint": 2}),
        ("rules.enable", ("5",), {"rule": "5"}),
        ("rules.load", ("/a.yaml", "/b.yaml"), {"files": ["/a.yaml", "/b.yaml"]}),
        ("close", ("session=1", "code=null"), {"session": 1, "code": None}),
        ("tag", ("session=1", "tags=a", "tags=2"), {"session": 1, "tags": ["a", "2"]}),
        ("tag", ("session=1", 'tags=["a", "b"]'), {"session": 1, "tags": ["a", "b"]}),
        ("note", ("session=1", "note=a=b"), {"session": 1, "note": "a=b"}),
        ("hold", ("filter=x",), {"filter": "x", "keep": True}),
        ("hold", ("filter=x", "keep=false"), {"filter": "x", "keep": False}),
        ("rules.load", ("files=/a.yaml",), {"files": ["/a.yaml"]}),
        ("rules.load", ("files=a.yaml",), {"files": [str(Path("a.yaml").absolute())]}),
    ],
)  # fmt: skip
def test_words_become_parameters(method: str, words: tuple[str, ...], params: dict[str, Json]) -> None:
    assert read_params(METHODS[method], words) == params


@pytest.mark.parametrize(
    ("method", "words", "told"),
    [
        ("drop", ("session",), "'session' is no parameter: write name=value"),
        ("drop", ("session=1", "session=2"), "'session' is given twice"),
        ("drop", ("{",), "no JSON"),
        ("drop", ("[]",), "'[]' is no parameter"),
        ("drop", ("session=x", "message=1"), "parameter 'session' has to be a valid integer"),
        ("drop", ("1.2", "message=2"), "'message' is given twice"),
        ("hold", ("filtr='x'",), "did you mean 'filter'?"),
        ("hold", ("a", "b"), "'filter' is given twice"),
        ("drop", ("session=1", "mesage=1"), "did you mean 'message'?"),
        ("rules.load", ('{"files": [1]}',), "absolute path"),
        ("rules.load", ('{"files": 1}',), "valid list"),
    ],
)
def test_what_cannot_be_read_says_why(method: str, words: tuple[str, ...], told: str) -> None:
    with pytest.raises(click.UsageError) as wrong:
        read_params(METHODS[method], words)
    assert told in wrong.value.message


@pytest.mark.parametrize(("text", "fits"), [('{"breakpoint": 1}', True), ("[1]", False), ("", False)])
def test_an_object_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch, text: str, fits: bool) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    if fits:
        assert read_params(METHODS["unhold"], ("-",)) == {"breakpoint": 1}
    else:
        with pytest.raises(click.UsageError):
            read_params(METHODS["unhold"], ("-",))
