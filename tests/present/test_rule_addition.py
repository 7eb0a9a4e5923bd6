"""A rule is added to a file of which all else stays."""

from __future__ import annotations

import pytest

from wsinspect.errors import RuleError
from wsinspect.present.rule_addition import add_rule
from wsinspect.rules.load import load

RULE = "  - id: new\n    do:\n      - drop\n"


def ids(text: str) -> list[str]:
    return [each.rule.id for each in load("rules.yaml", lambda _: text).rules]


@pytest.mark.parametrize("nothing", [None, "", "\n  \n"])
def test_a_file_is_begun(nothing: str | None) -> None:
    assert add_rule(nothing, RULE) == f"version: 1\nrules:\n{RULE}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("version: 1", f"version: 1\nrules:\n{RULE}"),
        ("version: 1\n...\n", f"version: 1\nrules:\n{RULE}...\n"),
        ("version: 1\nrules:\n  - id: a\n    do: [drop]\n", f"version: 1\nrules:\n  - id: a\n    do: [drop]\n{RULE}"),
        ("version: 1\nrules:\n  - id: a\n    do: [drop]", f"version: 1\nrules:\n  - id: a\n    do: [drop]\n{RULE}"),
        (
            "version: 1\nrules:\n- id: a\n  do: [drop]\n\n# more\nvars: {a: 1}\n",
            "version: 1\nrules:\n- id: a\n  do: [drop]\n- id: new\n  do:\n    - drop\n\n# more\nvars: {a: 1}\n",
        ),
        (
            "version: 1\nrules:\n    - id: a\n      do: [drop]\n# the end\n",
            "version: 1\nrules:\n    - id: a\n      do: [drop]\n# the end\n    - id: new\n      do:\n        - drop\n",
        ),
        (
            "version: 1\r\nrules:\r\n  - do: [drop]\r\n    id: a\r\n    note: |\r\n      # text\r\n",
            "version: 1\r\nrules:\r\n  - do: [drop]\r\n    id: a\r\n    note: |\r\n      # text\r\n"
            + RULE.replace("\n", "\r\n"),
        ),
        ("version: 1\nrules: []\nvars: {}\n", f"version: 1\nrules:\n{RULE}vars: {{}}\n"),
        ("version: 1\nrules: [ ] # none yet\n", f"version: 1\nrules: # none yet\n{RULE}"),
        ("\ufeff# mine\nversion: 1\nrules: []", f"\ufeff# mine\nversion: 1\nrules:\n{RULE}"),
    ],
)
def test_all_else_stays(before: str, after: str) -> None:
    assert add_rule(before, RULE) == after
    assert ids(after)[-1] == "new"


def test_an_id_that_is_taken_gets_a_number() -> None:
    text = add_rule(add_rule(add_rule(None, RULE), RULE), RULE)
    assert ids(text) == ["new", "new-2", "new-3"]


def test_ids_of_included_files_are_taken_too() -> None:
    files = {"other.yaml": f"version: 1\nrules:\n{RULE}"}
    text = add_rule("version: 1\ninclude: [other.yaml]\nrules: []\n", RULE, read=files.__getitem__)
    assert "id: new-2" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 1\nrules:\n  - id: a\n", "rules.yaml:3:5: a rule needs 'do'"),
        ("version: 1\nrules: [", "rules.yaml:2"),
        ("version: 1\nrules: [{id: a, do: [drop]}]\n", "rules.yaml:2:8: a rule can be added to rules that stand"),
        ("{version: 1, rules: []}\n", "rules.yaml:1:21: a rule can be added"),
        ("{version: 1}\n", "rules.yaml:1:1: a rule can be added"),
        ("version: 1\nrules:\n  []\n", "rules.yaml:3: a rule can be added below 'rules: []'"),
        ("version: 1\nvars:\n  a: &all []\nrules: *all\n", "rules.yaml:3:6: a rule can be added"),
        ("version: 1\ninclude: [other.yaml]\n", "rules.yaml:2:11: the file cannot be read: No such file"),
    ],
)
def test_what_cannot_be_added_to_is_told(text: str, told: str) -> None:
    with pytest.raises(RuleError) as caught:
        add_rule(text, RULE)
    assert told in str(caught.value)


def test_a_rule_that_is_none_is_not_added() -> None:
    with pytest.raises(RuleError, match="frobnicate"):
        add_rule(None, "  - id: new\n    do: [frobnicate]\n")
