"""Each text is checked for what it means, unless it is a template, which is checked for that."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from tests.rules.schema.validating import errors_of, fits_json_schema
from wsinspect.rules.schema import texts
from wsinspect.rules.schema.texts import file_problem

FINE = [
    (texts.Glob, "*.example.test"),
    (texts.Glob, ""),
    (texts.Glob, "~^a+$"),
    (texts.Glob, "[["),
    (texts.Regex, r"(?i)(?P<name>x)+\d"),
    (texts.JsonPath, "$"),
    (texts.JsonPath, "$..a[?@.b > 1]"),
    (texts.PathGlob, "/chat"),
    (texts.PathGlob, "*/chat"),
    (texts.PathGlob, "~chat"),
    (texts.UrlGlob, "wss://example.com/*"),
    (texts.UrlGlob, "ws*example.com/"),
    (texts.UrlGlob, "*example*"),
    (texts.UrlGlob, "~example"),
    (texts.HostGlob, "*.example.com"),
    (texts.HostGlob, "::1"),
    (texts.HostGlob, "~a/b"),
    (texts.FieldPath, "args"),
    (texts.FieldPath, "$.args[0]"),
    (texts.BytesPattern, "0a ?? FF"),
    (texts.Hex, "0a 0B"),
    (texts.Hex, ""),
    (texts.HexTemplate, "{{ vars.x }}"),
    (texts.Base64Template, "aGVs\nbG8="),
    (texts.Template, "{{ vars.x | upper }} and {"),
    (texts.Condition, "size > 4k and vars.x == 3"),
    (texts.FileName, "a/b c.bin"),
    (texts.FileTemplate, "{{ session.id }}.bin"),
    (texts.UrlTemplate, "ws://127.0.0.1:80"),
    (texts.UrlTemplate, "wss://[::1]:8443/a?b"),
    (texts.UrlTemplate, "WSS://example.test?x"),
    (texts.UrlTemplate, "wss://{{ vars.host }}"),
    (texts.PathTemplate, "/a?b=c"),
    (texts.HeaderName, "X-Token"),
    (texts.HeaderTemplate, "any thing"),
    (texts.VariableName, "_a1"),
    (texts.Rate, "10/s"),
    (texts.Rate, "5/ms"),
    (texts.Reason, "x" * 123),
    (texts.ControlText, "é" * 62),
]
WRONG = [
    (texts.Glob, "~(", "no regular expression (RE2): missing )"),
    (texts.Regex, "(?=x)", "no regular expression (RE2)"),
    (texts.Regex, r"(x)\1", "no regular expression (RE2)"),
    (texts.PathGlob, "chat", "a path begins with /"),
    (texts.PathGlob, "~(", "no regular expression (RE2): missing )"),
    (texts.UrlGlob, "example.com", "compared with the whole URL"),
    (texts.UrlGlob, "~(", "no regular expression (RE2): missing )"),
    (texts.HostGlob, "example.com:443", "a host has no port"),
    (texts.HostGlob, "wss://example.com", "no wss:// in front"),
    (texts.HostGlob, "~(", "no regular expression (RE2): missing )"),
    (texts.JsonPath, "a.b", "a JSONPath begins with $"),
    (texts.JsonPath, "$.[", "this is no JSONPath: "),
    (texts.JsonPath, "$" + ".a" * 1000, "at most 1000 characters"),
    (texts.FieldPath, "$.[", "this is no JSONPath"),
    (texts.BytesPattern, "", "pairs of hexadecimal digits"),
    (texts.BytesPattern, "0", "pairs of hexadecimal digits"),
    (texts.Hex, "??", "pairs of hexadecimal digits"),
    (texts.HexTemplate, "xy", "pairs of hexadecimal digits"),
    (texts.HexTemplate, "{{ }}", "nothing between {{ and }}"),
    (texts.Base64Template, "a", "this is no base64"),
    (texts.Base64Template, "é===", "this is no base64"),
    (texts.Template, "{{ nothing }}", "nothing"),
    (texts.Condition, "size >", "column 7"),
    (texts.FileName, "", "no name of a file"),
    (texts.FileName, "a\0b", "no name of a file"),
    (texts.FileName, "/etc/passwd", "from the folder of the rule file"),
    (texts.FileName, "\\\\server\\x", "from the folder of the rule file"),
    (texts.FileName, "C:x", "from the folder of the rule file"),
    (texts.FileName, "a/../../b", "has no .."),
    (texts.FileTemplate, "..\\{ vars.x }", "has no .."),
    (texts.UrlTemplate, "http://x", "no ws:// or wss:// URL"),
    (texts.UrlTemplate, "ws://", "no ws:// or wss:// URL"),
    (texts.UrlTemplate, "ws://user@host", "no ws:// or wss:// URL"),
    (texts.PathTemplate, "chat", "a path begins with /"),
    (texts.HeaderName, "a b", "no name of a header"),
    (texts.HeaderName, "", "no name of a header"),
    (texts.HeaderTemplate, "a\r\nb", "a header is one line"),
    (texts.VariableName, "1a", "a variable's name"),
    (texts.VariableName, "a-b", "a variable's name"),
    (texts.Rate, "10", "a rate is so many in a time"),
    (texts.Rate, "0/s", "a rate is so many in a time"),
    (texts.Reason, "é" * 62, "at most 123 bytes, this is 124"),
    (texts.ControlText, "x" * 126, "at most 125 bytes, this is 126"),
]


@pytest.mark.parametrize(("kind", "text"), FINE)
def test_what_means_something_is_fine(kind: object, text: str) -> None:
    assert errors_of(kind, text) == []
    assert fits_json_schema(kind, text)


@pytest.mark.parametrize(("kind", "text", "message"), WRONG)
def test_what_means_nothing_is_told(kind: object, text: str, message: str) -> None:
    [error] = errors_of(kind, text)
    assert message in error
    assert ": wrong: " in error


def test_without_a_context_templates_and_conditions_are_not_looked_at() -> None:
    adapter: TypeAdapter[object]
    for kind in (texts.Template, texts.Condition, texts.JsonTemplate):
        adapter = TypeAdapter(kind)
        assert adapter.validate_python("{{ size >") == "{{ size >"


def test_templates_within_json_are_told_with_their_places() -> None:
    value = {"a": ["{{ x y }}", "fine {{ 1 }}", 5, None], "b": {"c": "{{ }}"}}
    errors = errors_of(texts.JsonTemplate, value)
    assert [error.partition(":")[0] for error in errors] == ["a.0", "b.c"]
    assert errors_of(texts.JsonTemplate, {"a": ["{{ 1 }}", True]}) == []


def test_the_problems_of_templates_within_json_have_an_end() -> None:
    assert len(errors_of(texts.JsonTemplate, ["{{ x y }}"] * 500)) == texts.MOST_PROBLEMS


def test_a_name_in_the_folder_is_no_problem() -> None:
    assert file_problem("..a/b..") is None
