"""The page on rule files, from the models that check them and the tables that templates and events have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic.fields import FieldInfo

from scripts.markdown import inline, table
from wsinspect.query.units import SIZES, TIMES
from wsinspect.rules import load, yaml_source
from wsinspect.rules.applicability import ACTIONS, CONDITIONS, Need, Occasion
from wsinspect.rules.forms import Form, forms_of, in_words, keys_of, models_of, part_of, shown
from wsinspect.rules.quantities import Quantity
from wsinspect.rules.schema import BARE, SCOPED, Action, Event, Limit, Match, OnIdle, OnTimer, Rule, RuleFile, Strict
from wsinspect.rules.schema.shape import OneAsList, Shorthand, markers
from wsinspect.rules.template_functions import FILTERS, FUNCTIONS
from wsinspect.rules.template_names import NAMESPACES

EVENTS = {
    Event.MESSAGE: "A whole message, text or binary.",
    Event.HANDSHAKE_REQUEST: "The request of an upgrade, before it goes to the server.",
    Event.HANDSHAKE_RESPONSE: "The server's answer, before it goes to the client.",
    Event.OPEN: "The session is open; no message has passed.",
    Event.PING: "A ping.",
    Event.PONG: "A pong.",
    Event.CLOSE: "A close frame.",
}

GROUPS = {
    "Change": "replace json_set json_delete set_text set_hex set_base64 from_file set_type set_fields",
    "Handshake": "header_set header_add header_remove path_set map_remote subprotocol_set extensions_strip reject mock",
    "Flow": "drop hold delay throttle duplicate reorder fragment",
    "Speak": "send reply ping pong broadcast replay",
    "Fault": "corrupt truncate raw_frame close abort blackhole half_close",
    "State": "goto capture set incr unset",
    "Observe": "tag note log alert expect save script",
}
"""Actions by what they are for."""

_ELSEWHERE = {Match, Rule, Action, Limit}
"""Models that have a place of their own on the page."""


def rules_page() -> Iterator[str]:
    """Write the page, line by line."""
    yield "# Rule files"
    yield ""
    yield (
        "A rule file is YAML. A key or value that is not listed here is an error, and a file with any error changes"
        " nothing: `wsinspect rules check FILE` lists all of them, each with its place. Editors that read JSON Schema"
        " know the same: `wsinspect rules schema` prints it."
    )
    yield ""
    yield (
        "Words mean what YAML 1.2 says: `on`, `yes` and `12:30` are texts, only `true` and `false` are neither. A text"
        " that looks like a number needs quotes. Anchors and aliases may be used; tags and merge keys (`<<`) may not."
    )
    yield from _model("The file", RuleFile)
    yield from _model("A rule", Rule)
    yield from _events()
    yield from _model("`limit`", Limit)
    yield from _model("`match`", Match)
    yield from _actions()
    yield from _matrices()
    yield from _templates()
    yield from _units()
    yield from _bounds()


def _model(title: str, model: type[Strict]) -> Iterator[str]:
    yield from ("", f"## {title}", "", inline(model.__doc__ or ""), "")
    yield from table("Key", "Value", "Meaning", rows=_keys(model))


def _keys(model: type[Strict], names: Iterable[str] = (), prefix: str = "") -> Iterator[tuple[str, ...]]:
    """Write a row for each key of a model, or each of these, and below it those of the mappings behind it."""
    for key in names or keys_of(model):
        field = model.model_fields[keys_of(model)[key]]
        forms = part_of(forms_of(model), key)
        inner = models_of(forms)
        meaning = field.description or (inner[0].__doc__ if len(inner) == 1 else "") or ""
        yield f"`{prefix}{key}`", inline(_value(field, forms)), inline(meaning)
        for each in inner:
            if each not in _ELSEWHERE:
                yield from _keys(each, prefix=f"{prefix}{key}.")


def _value(field: FieldInfo, forms: Sequence[Form]) -> str:
    words = in_words(forms)
    kinds = {form.kind for form in forms}
    if kinds >= {str, bool, list}:
        words = "any value" if dict in kinds else "any value but a mapping, or a mapping of tests"
    elif kinds == {list} and (listed := models_of(forms_of(forms[0].inner))):
        words = f"a list of {listed[0].__name__.lower()}s".replace("matchs", "`match`es")
    for note in (*field.metadata, *markers(field.annotation)):
        if isinstance(note, OneAsList):
            words = f"{in_words(forms_of(forms[0].inner))}, or a list of them"
        if isinstance(note, Shorthand) and note.key is not None:
            words += f"; or its `{note.key}` alone"
        if isinstance(note, Shorthand | OneAsList) and note.bare and words != "nothing":
            words += "; or nothing"
    if field.default is None or field.is_required() or field.default_factory is not None or field.default == "":
        return words
    of_time = any(isinstance(form.marker, Quantity) for form in forms)
    return f"{words} [`{f'{field.default / 10**9:g}s' if of_time else shown(field.default)}`]"


def _events() -> Iterator[str]:
    yield from ("", "## `on`", "", "What a rule is asked about.", "")
    rows = [(f"`{event}`", meaning) for event, meaning in EVENTS.items()]
    rows.append(("`{timer: 5s}`", inline(OnTimer.__doc__ or "")))
    rows.append(("`{idle: 30s}`", inline(OnIdle.__doc__ or "")))
    yield from table("Event", "Meaning", rows=rows)


def _actions() -> Iterator[str]:
    yield from ("", "## `do`", "")
    yield (
        "A list of actions, each a mapping with one of these keys. An action that needs nothing more may be its name"
        f" alone: {', '.join(f'`{name}`' for name in sorted(BARE))}. Beside"
        f" {', '.join(f'`{name}`' for name in SCOPED)} there may be a `scope`."
    )
    yield ""
    yield (
        "They are carried out in order, all of them: a `reply` behind a `drop` is sent. What was dropped, closed,"
        " aborted or rejected is seen by no later rule."
    )
    for title, names in GROUPS.items():
        yield from ("", f"### {title}", "")
        yield from table("Action", "Value", "Meaning", rows=_keys(Action, names.split()))
    yield from ("", "### Scope", "")
    yield from table("Key", "Value", "Meaning", rows=_keys(Action, ["scope"]))


def _matrices() -> Iterator[str]:
    yield from (
        "",
        "## What goes with which event",
        "",
        "An action, or a condition, that makes no sense is an error.",
        "",
    )
    yield from _matrix("Action", ACTIONS)
    yield ""
    yield from _matrix("In `match`", CONDITIONS)


def _matrix(head: str, needs: Mapping[str, Need]) -> Iterator[str]:
    """Write which of several things can be had on which event."""
    rows = (
        (f"`{name}`", *("✓" if need.lacks(occasion) is None else "" for occasion in Occasion))
        for name, need in needs.items()
    )
    yield from table(head, *(f"`{occasion}`" for occasion in Occasion), rows=rows)


def _templates() -> Iterator[str]:
    yield from ("", "## Templates", "")
    yield (
        "Texts of actions may hold expressions, `{{ … }}`, in Jinja's grammar: names, `+ - * / // % **`, `~` (to join),"
        " comparisons, `and or not`, `a if b else c`, `x.y`, `x['y']`, filters (`x | upper`). There are no statements."
        " A value in JSON that is one expression and nothing else keeps its type. What is missing fails the rule,"
        " unless there is a `| default(…)`."
    )
    yield ""
    names = [
        (f"`{name}.{word}`", inline(space.what))
        for name, space in NAMESPACES.items()
        for word in space.known or ("NAME",)
    ]
    yield from table("Name", "Is", rows=[*names, ("`rule`", "the rule's id")])
    yield ""
    functions = ", ".join(f"`{each.usage}`" for each in FUNCTIONS.values())
    filters = ", ".join(f"`{each.usage}`" for each in FILTERS.values())
    yield f"Functions: {functions}."
    yield ""
    yield f"Filters: {filters}, `default(value)`."


def _units() -> Iterator[str]:
    yield from ("", "## Units", "")
    times = ", ".join(f"`{unit}`" for unit in TIMES)
    sizes = ", ".join(f"`{unit}`" for unit in SIZES)
    yield f"Durations: {times}; a number alone is seconds."
    yield ""
    yield f"Sizes: {sizes}, each with or without a `B`; a number alone is bytes."


def _bounds() -> Iterator[str]:
    yield from ("", "## Bounds", "")
    rows = {
        "Size of a file": f"{yaml_source.MAX_BYTES >> 20} MiB",
        "Values in a file, its aliases written out": f"{yaml_source.MAX_PARTS:,}",
        "Lists and mappings in each other": f"{yaml_source.MAX_DEPTH}",
        "Files in all": f"{load.MAX_FILES}",
        "Files that include each other": f"{load.MAX_CHAIN}",
        "Problems that are listed": f"{load.MAX_PROBLEMS:,}",
    }
    yield from table("What", "At most", rows=rows.items())
