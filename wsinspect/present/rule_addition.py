"""Puts a rule at the end of a rule file, of which every other byte stays as it is."""

from __future__ import annotations

import re

import yaml

from wsinspect.errors import RuleError
from wsinspect.rules.load import Read, load
from wsinspect.rules.problems import Place, place_text

_NEW_FILE = "version: 1\nrules:\n"
_INDENT = 2
"""Of the text of a rule, as it is given."""
_ID = re.compile(r"\A( *- id: )(\S+)$", re.MULTILINE)
_DASH = re.compile(r"( *)-(?:\s|$)")
_EMPTY_LIST = re.compile(r"[ \t]*\[\s*\]")


def add_rule(file_text: str | None, rule_text: str, *, name: str = "rules.yaml", read: Read | None = None) -> str:
    """Put a rule at the end of a file's rules; its id gets a number where it is taken.

    Args:
        file_text: Of the file; None, or nothing but space, for a new one.
        rule_text: An item of `rules`, indented by two, as `rule_from` writes it: its id is in the first line.
        name: Of the file, for messages.
        read: Reads the files that it includes; None: there are none.

    Returns:
        The file with the rule, which can be loaded.

    Raises:
        RuleError: The file has mistakes, all of which are told; or its rules are written in a way that this cannot add
            to; or the rule cannot be loaded.
    """
    if file_text is None or not file_text.strip("\ufeff \t\r\n"):
        new = _NEW_FILE + rule_text
    else:
        loaded = load(name, _reader(name, file_text, read))
        rule = _renamed(rule_text, {each.rule.id for each in loaded.rules})
        new = _added(file_text, rule, name)
    load(name, _reader(name, new, read))
    return new


def _reader(name: str, text: str, read: Read | None) -> Read:
    def read_one(wanted: str) -> str:
        if wanted == name:
            return text
        if read is None:
            raise FileNotFoundError(2, "No such file or directory")
        return read(wanted)

    return read_one


def _renamed(rule_text: str, taken: set[str]) -> str:
    def rename(found: re.Match[str]) -> str:
        rule_id, number = found[2], 1
        while rule_id in taken:
            number += 1
            rule_id = f"{found[2]}-{number}"
        return found[1] + rule_id

    return _ID.sub(rename, rule_text, count=1)


def _added(text: str, rule: str, name: str) -> str:
    """Add to a file that can be loaded: so it is one mapping, and not too deep to be composed."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    # YAML's line breaks are among Python's, and what else Python breaks lines at is in no rule file.
    lines = text.splitlines(keepends=True)
    rules = next((value for key, value in root.value if key.value == "rules"), None)
    if rules is None and not root.flow_style:
        return _put(lines, _line_of(root.end_mark, lines), f"rules:\n{rule}")
    if rules is not None and not rules.flow_style and _is_here(root, rules):
        at = _behind_content(lines, _line_of(rules.end_mark, lines))
        return _put(lines, at, _indented(rule, _indent_of(rules, lines)))
    if rules is not None and not root.flow_style and not rules.value and _is_here(root, rules):
        return _in_place_of_nothing(lines, rules.start_mark, rule, name)
    place = Place(1, 1) if rules is None else Place(rules.start_mark.line + 1, rules.start_mark.column + 1)
    raise RuleError(
        "a rule can be added to rules that stand below each other, each with a dash, not to these",
        where=place_text(name, place),
    )


def _is_here(root: yaml.MappingNode, rules: yaml.Node) -> bool:
    """Tell whether the rules are written behind their key, and are no alias of what stands above."""
    key = next(key for key, _ in root.value if key.value == "rules")
    return bool(rules.start_mark.line >= key.end_mark.line)


def _line_of(mark: yaml.error.Mark, lines: list[str]) -> int:
    """Return the 0-based line before which to put what belongs before a place; their number for the end."""
    if mark.line >= len(lines) - 1 and not "".join(lines[mark.line :])[mark.column :].strip():
        return len(lines)
    return mark.line


def _indent_of(rules: yaml.Node, lines: list[str]) -> int:
    dashes = (_DASH.match(line) for line in lines[rules.start_mark.line :])
    return next(len(found[1]) for found in dashes if found is not None)


def _behind_content(lines: list[str], at: int) -> int:
    """Go back over what is said about the key below; at the end of the file, stay there."""
    while at < len(lines) and re.fullmatch(r"\s*(?:#.*)?\s*", lines[at - 1]):
        at -= 1
    return at


def _in_place_of_nothing(lines: list[str], mark: yaml.error.Mark, rule: str, name: str) -> str:
    """Take the brackets of an empty list away."""
    line = lines[mark.line]
    before = line[: mark.column].rstrip(" \t")
    rest, replaced = _EMPTY_LIST.subn("", line[mark.column :], count=1)
    if not replaced or not before.endswith("rules:"):
        raise RuleError("a rule can be added below 'rules: []', not to this", where=f"{name}:{mark.line + 1}")
    lines[mark.line] = before + rest
    return _put(lines, mark.line + 1, rule)


def _indented(rule: str, indent: int) -> str:
    return "".join(" " * indent + line[_INDENT:] for line in rule.splitlines(keepends=True))


def _put(lines: list[str], at: int, added: str) -> str:
    newline = "\r\n" if lines[0].endswith("\r\n") else "\n"
    before = "".join(lines[:at])
    if not before.endswith(("\n", "\r")):
        before += newline
    return before + added.replace("\n", newline) + "".join(lines[at:])
