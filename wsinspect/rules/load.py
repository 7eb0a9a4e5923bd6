"""Reads rule files: all of them, with all that is wrong, or nothing.

Files are read through a port. An include is named relative to its file, and lies in the folder of the first file or
below it; that is judged by its name alone. Each file is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from pydantic import ValidationError

from wsinspect.rules import conditions, templates
from wsinspect.rules.applicability import inapplicable
from wsinspect.rules.complaints import complaints, meant
from wsinspect.rules.forms import shown
from wsinspect.rules.problems import Place, Problem, RuleFileError, place_text
from wsinspect.rules.schema import Checks, Json, Rule, RuleFile
from wsinspect.rules.schema.texts import file_problem
from wsinspect.rules.yaml_source import Complain, Node, parse

MAX_FILES = 100
MAX_CHAIN = 16
"""Files that include each other."""
MAX_PROBLEMS = 1000
START = "start"
"""The state in which every session begins."""

type Read = Callable[[str], str]
"""Returns the text of a file; raises `OSError`, or `UnicodeDecodeError` where it is no UTF-8."""

_CHECKS = Checks(templates.problem, conditions.problem)


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule, and where it comes from."""

    rule: Rule
    place: str
    """`file:line:column`."""
    folder: str
    """Of its file, as named to `load`; empty where that has none."""
    actions: tuple[str, ...]
    """Places of its actions."""


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
        read: Reads this file, and others by names made from this one's.

    Raises:
        RuleFileError: With everything that is wrong in any of the files.
    """
    loading = _Loading(read)
    try:
        loading.file(name, ())
        loading.check_states()
    except _EnoughError:
        pass
    loading.end()
    return LoadedRules(
        tuple(written.loaded for written in loading.rules), loading.variables, loading.seed, tuple(loading.files)
    )


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


class _EnoughError(Exception):
    """Nobody reads more problems than there are already."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A rule, and the text it was read from."""

    loaded: LoadedRule
    node: Node
    file: str


class _Loading:
    """What has been read so far."""

    def __init__(self, read: Read) -> None:
        self.files: dict[str, None] = {}
        self.rules: list[_Written] = []
        self.variables: dict[str, Json] = {}
        self.seed: int | None = None
        self._read = read
        self._problems: list[Problem] = []
        self._ids: dict[str, str] = {}
        """Where each is."""
        self._all_readable = True

    def end(self) -> None:
        """Raise what is wrong."""
        if self._problems:
            order = {name: number for number, name in enumerate(self.files)}
            raise RuleFileError(sorted(self._problems, key=lambda each: (order[each.file], each.place or Place(0, 0))))

    def file(self, name: str, chain: tuple[str, ...], cannot: Callable[[str], None] | None = None) -> None:
        """Read a file and what it includes.

        Args:
            name: The file.
            chain: The files that led to it.
            cannot: Is told why it cannot be read; unless given, that is a problem of the file itself.
        """
        self.files[name] = None
        complain = partial(self._complain, name)
        text = self._text(name, cannot or partial(complain, None))
        root = None if text is None else parse(text, complain)
        if root is None:
            self._all_readable = False
            return
        for part in _items(root, "include"):
            if isinstance(part.value, str) and file_problem(part.value) is None:
                self._include(part.value, (*chain, name), partial(complain, part.place))
        self._head(root, complain)
        for part in _items(root, "rules"):
            self._rule(name, part, complain)

    def check_states(self) -> None:
        """Complain of states that no session gets into; a rule that was not understood may lead there."""
        known = {action.goto for written in self.rules for action in written.loaded.rule.do if action.goto is not None}
        for written in self.rules if self._all_readable else ():
            state = written.loaded.rule.rule_state
            if state is not None and state not in known | {START}:
                message = f"no goto leads to the state '{state}'{meant(state, known | {START})}"
                self._complain(written.file, written.node.parts["rule_state"].place, message)

    def _complain(self, file: str, place: Place | None, message: str) -> None:
        if len(self._problems) == MAX_PROBLEMS:
            raise _EnoughError
        self._problems.append(Problem(file, place, message))

    def _text(self, name: str, complain: Callable[[str], None]) -> str | None:
        try:
            return self._read(name)
        except OSError as error:
            complain(f"the file cannot be read: {error.strerror or error}")
        except UnicodeDecodeError as error:
            complain(f"the file is no UTF-8: byte {error.start + 1} is {error.object[error.start]:#04x}")
        return None

    def _head(self, root: Node, complain: Complain) -> None:
        """Read all of a file but its rules, each of which is read by itself."""
        value = root.value
        if isinstance(value, dict) and isinstance(value.get("rules"), list):
            value = {**value, "rules": []}
        try:
            head = RuleFile.model_validate(value, context=_CHECKS, by_alias=True, by_name=False)
        except ValidationError as error:
            self._all_readable = False
            for problem in complaints(error, root, RuleFile):
                complain(*problem)
            return
        self.variables |= head.vars
        self.seed = self.seed if head.seed is None else head.seed

    def _rule(self, file: str, node: Node, complain: Complain) -> None:
        if isinstance(node.value, dict) and isinstance(rule_id := node.value.get("id"), str):
            place = node.parts["id"].place
            first = self._ids.setdefault(rule_id, here := place_text(file, place))
            if first is not here:
                complain(place, f"the id '{shown(rule_id)}' is taken: {first} has it")
        try:
            rule = Rule.model_validate(node.value, context=_CHECKS, by_alias=True, by_name=False)
        except ValidationError as error:
            self._all_readable = False
            for problem in complaints(error, node, Rule):
                complain(*problem)
            return
        for problem in inapplicable(rule, node):
            complain(*problem)
        actions = tuple(place_text(file, part.place) for part in node.parts["do"].parts.values())
        loaded = LoadedRule(rule, place_text(file, node.place), _folder(file), actions)
        self.rules.append(_Written(loaded, node, file))

    def _include(self, written: str, chain: tuple[str, ...], complain: Callable[[str], None]) -> None:
        parts = [_folder(chain[-1]), *(part for part in written.split("/") if part not in {"", "."})]
        name = "/".join(parts) if parts[0] else "/".join(parts[1:])
        if name in chain:
            complain(f"files include each other: {' > '.join((*chain, name))}")
        elif len(chain) == MAX_CHAIN:
            complain(f"files include each other deeper than {MAX_CHAIN}")
        elif name not in self.files and len(self.files) == MAX_FILES:
            complain(f"these are more than {MAX_FILES} files")
        elif name not in self.files:
            self.file(name, chain, complain)


def _items(root: Node, key: str) -> Iterator[Node]:
    """List what is in the list behind a key, if there is one."""
    part = root.parts.get(key)
    if part is not None and isinstance(part.value, list):
        yield from part.parts.values()


def _same_ids(rules: Sequence[LoadedRule]) -> Iterator[Problem]:
    first: dict[str, LoadedRule] = {}
    for rule in rules:
        if (other := first.setdefault(rule.rule.id, rule)) is not rule:
            file, line, column = rule.place.rsplit(":", 2)
            message = f"the id '{rule.rule.id}' is taken: {other.place} has it"
            yield Problem(file, Place(int(line), int(column)), message)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]
