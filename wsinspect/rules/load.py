"""Reads rule files: all of them, with all that is wrong, or nothing.

Files are read through a port. An include is named relative to its file, and lies in the folder of the first file or
below it; that is judged by its name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from wsinspect.rules.problems import Place, Problem, RuleFileError, place_text
from wsinspect.rules.schema import Json, Rule, RuleFile
from wsinspect.rules.yaml_source import Node, parse

MAX_INCLUDES = 16
"""Of each other."""

type Read = Callable[[str], str]
"""Returns the text of a file; raises `OSError`, or `UnicodeDecodeError` where it is no UTF-8."""


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule, and where it comes from."""

    rule: Rule
    place: str
    """`file:line:column`."""
    folder: str
    """Of its file, as named to `load`; empty where that has none."""


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """The rules of a file and what it includes, or of several."""

    rules: tuple[LoadedRule, ...]
    """Of a file after those that it includes."""
    variables: dict[str, Json] = field(default_factory=dict)
    seed: int | None = None
    files: tuple[str, ...] = ()
    """All that were read."""


def load(name: str, read: Read) -> LoadedRules:
    """Read a rule file and what it includes.

    Args:
        name: Of the file, with `/` between folders.
        read: Reads this file and others by names made from it.

    Raises:
        RuleFileError: With everything that is wrong in any of the files.
    """
    loading = _Loading(read, _folder(name))
    loading.file(name, ())
    if loading.problems:
        raise RuleFileError(loading.problems)
    return LoadedRules(tuple(loading.rules), loading.variables, loading.seed, tuple(loading.files))


def join(several: Sequence[LoadedRules]) -> LoadedRules:
    """Put the rules of several files together; what later ones say of variables and the seed wins.

    Raises:
        RuleFileError: Two rules have the same id.
    """
    rules = [rule for loaded in several for rule in loaded.rules]
    if problems := list(_same_ids(rules)):
        raise RuleFileError(problems)
    seeds = [loaded.seed for loaded in several if loaded.seed is not None]
    return LoadedRules(
        tuple(rules),
        {name: value for loaded in several for name, value in loaded.variables.items()},
        seeds[-1] if seeds else None,
        tuple(dict.fromkeys(name for loaded in several for name in loaded.files)),
    )


class _Loading:
    """What has been read so far."""

    def __init__(self, read: Read, folder: str) -> None:
        self._read = read
        self._top = folder
        self.files: dict[str, None] = {}
        self.rules: list[LoadedRule] = []
        self.variables: dict[str, Json] = {}
        self.seed: int | None = None
        self.problems: list[Problem] = []

    def file(self, name: str, chain: tuple[str, ...]) -> None:
        """Read a file that others include, the first of them first."""
        self.files[name] = None

        def complain(place: Place | None, message: str) -> None:
            self.problems.append(Problem(name, place, message))

        root = parse(self._read(name), complain)
        if root is None:
            return
        try:
            content = RuleFile.model_validate(root.value)
        except ValidationError as error:
            for each in error.errors():
                complain(_nearest(root, each["loc"]).place, each["msg"])
            return
        for include in content.include:
            self.file(f"{_folder(name)}/{include}".lstrip("/"), (*chain, name))
        for number, rule in enumerate(content.rules):
            place = root.parts["rules"].parts[number].place
            self.rules.append(LoadedRule(rule, place_text(name, place), _folder(name)))
        self.variables |= content.vars
        self.seed = self.seed if content.seed is None else content.seed


def _nearest(node: Node, path: tuple[str | int, ...]) -> Node:
    for step in path:
        node = node.parts.get(step, node)
    return node


def _same_ids(rules: Sequence[LoadedRule]) -> Iterator[Problem]:
    first: dict[str, LoadedRule] = {}
    for rule in rules:
        if first.setdefault(rule.rule.id, rule) is not rule:
            place = first[rule.rule.id].place
            yield Problem(rule.place, None, f"the id '{rule.rule.id}' is taken: another rule has it at {place}")


def _folder(name: str) -> str:
    return name.rpartition("/")[0]
