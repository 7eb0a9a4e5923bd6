"""Parameters are described in words that follow from their definition."""

from __future__ import annotations

from wsinspect.control.descriptions import all_methods, describe, keys
from wsinspect.control.methods import METHODS, NOTICES
from wsinspect.control.parameters import Inject, Subscribe, Tag
from wsinspect.control.results import Result


def test_types_are_in_words() -> None:
    types = {key.name: key.type for key in keys(Inject)}
    assert types == {
        "session": "whole number from 1", "to": "`client`, `server`, `both`", "text": "text",
        "json": "any JSON value", "base64": "text", "hex": "text", "type": "`text`, `binary`",
        "opcode": "text or whole number", "fin": "true or false", "rsv": "whole number from 0 to 7",
        "masked": "true or false", "length_bytes": "`0`, `2`, `8`", "announced": "whole number from 0",
        "code": "whole number from 0 to 65535", "reason": "text",
    }  # fmt: skip
    subscribe = {key.name: key for key in keys(Subscribe)}
    assert subscribe["kinds"].type.startswith("list of `session`, `held`")
    assert subscribe["status_every"].type == "number from 0.1 to 3600"


def test_defaults_and_what_must_be_given() -> None:
    described = {key.name: (key.required, key.default) for key in keys(Inject)}
    assert described["session"] == (True, None)
    assert described["fin"] == (False, "true")
    assert described["code"] == (False, None)


def test_what_takes_only_text_and_what_takes_a_list() -> None:
    assert {key.name for key in keys(Inject) if key.takes_only_text} == {
        *("to", "text", "base64", "hex", "type", "reason")
    }
    assert {key.name for key in keys(Tag) if key.takes_list} == {"tags"}


def test_every_key_of_everything_has_a_meaning() -> None:
    models = [method.params for method in METHODS.values()] + [notice.params for notice in NOTICES.values()]
    results = [m.result for m in METHODS.values() if isinstance(m.result, type) and issubclass(m.result, Result)]
    for model in [*models, *results]:
        for key in keys(model):
            assert key.meaning.endswith("."), (model, key)


def test_a_method_is_described_for_programs() -> None:
    described = describe(METHODS["release"])
    assert described.params[2].model_dump() == {
        "name": "all",
        "type": "true or false",
        "required": False,
        "default": "false",
        "meaning": "Whether to release everything that is held, instead of one message.",
    }
    assert [each.method for each in all_methods()] == list(METHODS)
