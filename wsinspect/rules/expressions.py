"""Expressions of templates: Jinja's grammar, our own evaluation.

Jinja parses; what it makes is compiled to closures over plain data. Only what is written here exists: no method, no
attribute but the keys of objects, no function or filter that is not in `template_functions`. Evaluation is bounded by
`Evaluation.spend`: there are no loops, so the length of an expression bounds its steps, and each says what it costs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from wsinspect.query.fields import nearest
from wsinspect.rules.arithmetic import BINARY, COMPARISONS, UNARY, counted, integer, kind, number, text
from wsinspect.rules.evaluation import Evaluation, Missing
from wsinspect.rules.template_functions import FILTERS, FUNCTIONS, Signature
from wsinspect.rules.template_names import NAMESPACES, VALUES, Namespace
from wsinspect.rules.turn import ActionError
from wsinspect.rules.values import shown, text_of, weight

MOST_EXPRESSION = 10_000
"""Characters of one expression."""
_MOST_LEVELS = 100

type Expression = Callable[[Evaluation], Any]

_JINJA = Environment(autoescape=False)  # noqa: S701 nothing here is HTML
_MEANT = {"null": "none", "nil": "none", "undefined": "none", "var": "vars", "msg": "message", "len": "length"}


class TemplateProblem(Exception):  # noqa: N818 it is what `problem` tells
    """An expression that is none.

    Args:
        message: What is wrong.
        place: 0-based character in the text that was read.
    """

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def read(template: str, start: int) -> tuple[Expression, int]:
    """Compile the expression whose `{{` is at `start`; return it and where the text goes on behind its `}}`.

    Raises:
        TemplateProblem: There is none that can be read.
    """
    tokens, end = _tokens(template, start)
    try:
        # Tokens carry a line number, which is given out with every error: here it is the place in the text.
        parser = Parser(_JINJA, "")
        parser.stream = TokenStream(_JINJA.lexer.wrap(tokens), None, None)
        if parser.stream.current.type == "eof":
            raise TemplateProblem("there is nothing between {{ and }}", start)
        tree = parser.parse_expression()
        rest = parser.stream.current
        if rest.type != "eof":
            raise TemplateProblem(f"unexpected {str(rest.value)!r}", rest.lineno)
        return _Compiler().compile(tree), end
    except TemplateSyntaxError as error:
        raise TemplateProblem(str(error.message).replace("end of template", "}}"), error.lineno) from error
    except (RecursionError, ValueError) as error:
        # ValueError: an integer of more digits than Python reads.
        what = "it is nested too deeply" if isinstance(error, RecursionError) else "a number is too long"
        raise TemplateProblem(what, start) from error


def _tokens(template: str, start: int) -> tuple[Sequence[tuple[int, str, str]], int]:
    # A carriage return would be taken away, and move all places.
    window = template[start : start + MOST_EXPRESSION].replace("\r", " ")
    found: list[tuple[int, str, str]] = []
    place = start
    try:
        for _, kind, value in _JINJA.lexer.tokeniter(window, None):
            if kind == "variable_begin":
                if len(value) > 2:
                    raise TemplateProblem("put a space between {{ and -", start)
            elif kind == "variable_end":
                if not value.startswith("}}"):
                    raise TemplateProblem("put no - in front of }}", place)
                return found, place + len(value)
            else:
                found.append((place, kind, value))
            place += len(value)
    except TemplateSyntaxError as error:
        if window[place - start] in "'\"":
            raise TemplateProblem(
                f"a text begins that does not end within {MOST_EXPRESSION} characters", place
            ) from error
        raise TemplateProblem(
            re.sub(r"^unexpected char (.*) at \d+$", r"unexpected \1", str(error.message)), place
        ) from error
    raise TemplateProblem(f"there is no }}}} within {MOST_EXPRESSION} characters", start)


class _Compiler:
    """Makes closures of nodes; what does not exist is found here, not when it is evaluated."""

    def __init__(self) -> None:
        self._levels = 0
        self._kinds: dict[type[nodes.Node], Callable[[Any], Expression]] = {
            nodes.Const: self._constant,
            nodes.Tuple: self._list,
            nodes.List: self._list,
            nodes.Dict: self._object,
            nodes.Name: self._name,
            nodes.Getattr: self._part,
            nodes.Getitem: self._part,
            nodes.Not: self._not,
            nodes.And: self._and,
            nodes.Or: self._or,
            nodes.CondExpr: self._condition,
            nodes.Compare: self._comparison,
            nodes.Concat: self._concatenation,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.Call: self._call,
            **dict.fromkeys(UNARY, self._unary),
            **dict.fromkeys(BINARY, self._binary),
        }

    def compile(self, node: nodes.Node) -> Expression:
        make = self._kinds.get(type(node))
        if make is None:
            raise TemplateProblem(f"{type(node).__name__.lower()} is not known here", node.lineno)
        self._levels += 1
        if self._levels > _MOST_LEVELS:
            raise TemplateProblem("it is nested too deeply", node.lineno)
        expression = make(node)
        self._levels -= 1
        return expression

    def _constant(self, node: nodes.Const) -> Expression:
        value = node.value
        try:
            weight(value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                counted(value)
        except ActionError as error:
            raise TemplateProblem(str(error), node.lineno) from error
        return lambda _: value

    def _list(self, node: nodes.List | nodes.Tuple) -> Expression:
        parts = [self.compile(item) for item in node.items]
        return lambda evaluation: evaluation.made([part(evaluation) for part in parts])

    def _object(self, node: nodes.Dict) -> Expression:
        pairs = [(self.compile(pair.key), self.compile(pair.value)) for pair in node.items]
        return lambda evaluation: evaluation.made({text(key(evaluation)): value(evaluation) for key, value in pairs})

    def _name(self, node: nodes.Name) -> Expression:
        name = node.name
        if name in VALUES:
            return VALUES[name]
        if name in NAMESPACES:
            raise TemplateProblem(f"{name!r} alone is no value: {_example(name)}", node.lineno)
        if name in FUNCTIONS:
            raise TemplateProblem(f"{name!r} is a function: write {FUNCTIONS[name].usage}", node.lineno)
        raise _unknown("name", name, [*NAMESPACES, *VALUES, *FUNCTIONS], node.lineno)

    # ---- parts

    def _part(self, node: nodes.Getattr | nodes.Getitem) -> Expression:
        namespace = self._namespace(node.node)
        if namespace is not None:
            return self._member(namespace, node)
        whole = self.compile(node.node)
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
            return self._slice(whole, node.arg)
        key = self._key(node)
        return lambda evaluation: _part_of(whole(evaluation), key(evaluation))

    def _key(self, node: nodes.Getattr | nodes.Getitem) -> Expression:
        if isinstance(node, nodes.Getitem):
            return self.compile(node.arg)
        name = node.attr
        return lambda _: name

    def _namespace(self, node: nodes.Node) -> Namespace | None:
        if isinstance(node, nodes.Name):
            return NAMESPACES.get(node.name)
        if isinstance(node, nodes.Getattr):
            within = self._namespace(node.node)
            found = None if within is None else within.known.get(node.attr)
            return found if isinstance(found, Namespace) else None
        return None

    def _member(self, namespace: Namespace, node: nodes.Getattr | nodes.Getitem) -> Expression:
        constant = node.attr if isinstance(node, nodes.Getattr) else node.arg
        if isinstance(constant, nodes.Const):
            constant = constant.value
        known, look_up = namespace.known, namespace.look_up
        if look_up is not None:
            key = self._key(node)
            return lambda evaluation: look_up(evaluation, text(key(evaluation)))
        if not isinstance(constant, str):
            raise TemplateProblem(f"{namespace.what} has to be named", node.lineno)
        found = known.get(constant)
        if found is None:
            raise _unknown(namespace.what.removeprefix("a "), constant, list(known), node.lineno)
        if isinstance(found, Namespace):
            raise TemplateProblem(f"{constant!r} alone is no value: name {found.what}", node.lineno)
        return found

    def _slice(self, whole: Expression, node: nodes.Slice) -> Expression:
        if node.step is not None:
            raise TemplateProblem("a slice has no step here", node.lineno)
        start, stop = (None if bound is None else self.compile(bound) for bound in (node.start, node.stop))

        def cut(evaluation: Evaluation) -> object:
            value = whole(evaluation)
            if not isinstance(value, str | list):
                raise ActionError(f"{kind(value)} cannot be sliced")
            low, high = (None if bound is None else integer(bound(evaluation)) for bound in (start, stop))
            return evaluation.made(value[low:high])

        return cut

    # ---- operators

    def _not(self, node: nodes.Not) -> Expression:
        inner = self.compile(node.node)
        return lambda evaluation: not inner(evaluation)

    def _and(self, node: nodes.And) -> Expression:
        left, right = self.compile(node.left), self.compile(node.right)
        return lambda evaluation: left(evaluation) and right(evaluation)

    def _or(self, node: nodes.Or) -> Expression:
        left, right = self.compile(node.left), self.compile(node.right)
        return lambda evaluation: left(evaluation) or right(evaluation)

    def _condition(self, node: nodes.CondExpr) -> Expression:
        test, then = self.compile(node.test), self.compile(node.expr1)
        otherwise = self.compile(node.expr2 or nodes.Const(""))
        return lambda evaluation: then(evaluation) if test(evaluation) else otherwise(evaluation)

    def _comparison(self, node: nodes.Compare) -> Expression:
        first = self.compile(node.expr)
        further = [(COMPARISONS[operand.op], self.compile(operand.expr)) for operand in node.ops]

        def compare(evaluation: Evaluation) -> object:
            left = first(evaluation)
            for test, value in further:
                right = value(evaluation)
                if not test(evaluation, left, right):
                    return False
                left = right
            return True

        return compare

    def _concatenation(self, node: nodes.Concat) -> Expression:
        parts = [self.compile(part) for part in node.nodes]

        def join(evaluation: Evaluation) -> object:
            return evaluation.made("".join([text_of(evaluation.made(part(evaluation))) for part in parts]))

        return join

    def _unary(self, node: nodes.UnaryExpr) -> Expression:
        operate, inner = UNARY[type(node)], self.compile(node.node)
        return lambda evaluation: operate(number(inner(evaluation)))

    def _binary(self, node: nodes.BinExpr) -> Expression:
        operate, left, right = BINARY[type(node)], self.compile(node.left), self.compile(node.right)
        return lambda evaluation: operate(evaluation, left(evaluation), right(evaluation))

    # ---- filters, tests, functions

    def _filter(self, node: nodes.Filter) -> Expression:
        if node.name in ("default", "d"):
            return self._default(node)
        signature = FILTERS.get(node.name)
        if signature is None:
            raise _unknown("filter", node.name, [*FILTERS, "default"], node.lineno)
        assert node.node is not None  # only in a filter block, a statement, is there none
        value = self.compile(node.node)
        call, arguments = signature.call, self._arguments(node, signature)
        return lambda evaluation: call(evaluation, value(evaluation), *[given(evaluation) for given in arguments])

    def _default(self, node: nodes.Filter) -> Expression:
        assert node.node is not None
        value = self.compile(node.node)
        (instead,) = self._arguments(node, Signature("default(value)", value, 1, 1))

        def choose(evaluation: Evaluation) -> object:
            try:
                return value(evaluation)
            except Missing:
                return instead(evaluation)

        return choose

    def _test(self, node: nodes.Test) -> Expression:
        if node.name not in ("defined", "undefined", "none") or node.args:
            raise _unknown("test", node.name, ["defined", "undefined", "none"], node.lineno)
        value = self.compile(node.node)
        if node.name == "none":
            return lambda evaluation: value(evaluation) is None
        wanted = node.name == "defined"

        def defined(evaluation: Evaluation) -> object:
            try:
                value(evaluation)
            except Missing:
                return not wanted
            return wanted

        return defined

    def _call(self, node: nodes.Call) -> Expression:
        if not isinstance(node.node, nodes.Name):
            raise TemplateProblem("there are no methods: use a filter, such as x|upper", node.lineno)
        signature = FUNCTIONS.get(node.node.name)
        if signature is None:
            raise _unknown("function", node.node.name, list(FUNCTIONS), node.node.lineno)
        call, arguments = signature.call, self._arguments(node, signature)
        return lambda evaluation: call(evaluation, *[given(evaluation) for given in arguments])

    def _arguments(self, node: nodes.Filter | nodes.Call, signature: Signature) -> list[Expression]:
        if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise TemplateProblem(f"arguments have no names here: write {signature.usage}", node.lineno)
        if not signature.least <= len(node.args) <= signature.most:
            raise TemplateProblem(f"{len(node.args)} arguments do not fit: write {signature.usage}", node.lineno)
        return [self.compile(given) for given in node.args]


def _part_of(whole: object, key: object) -> object:
    if isinstance(whole, dict) and isinstance(key, str):
        if key not in whole:
            raise Missing(f"there is no {shown(key)!r}")
        return whole[key]
    if isinstance(whole, list | str) and isinstance(key, int):
        if not -len(whole) <= key < len(whole):
            raise Missing(f"there is no item {key}")
        return whole[key]
    raise ActionError(f"{kind(whole)} has no part {shown(text_of(key))!r}")


def _unknown(what: str, word: str, words: list[str], place: int) -> TemplateProblem:
    meant = _MEANT.get(word, nearest(word, words))
    hint = f"did you mean {meant!r}?" if meant is not None else f"there are {', '.join(sorted(words))}"
    return TemplateProblem(f"unknown {what} {shown(word)!r} ({hint})", place)


def _example(name: str) -> str:
    return f"write {name}.{next(iter(NAMESPACES[name].known), 'NAME')}"
