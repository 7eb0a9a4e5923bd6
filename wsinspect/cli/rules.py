"""`wsinspect rules`: what can be done with rules, each a module of its own."""

from __future__ import annotations

import click

from wsinspect.cli.lazy import Entry, LazyGroup

SECTIONS = {
    "Commands": {
        "check": Entry("wsinspect.cli.rules_check", "Say what is wrong with rule files."),
        "test": Entry("wsinspect.cli.rules_test", "Show what rules would have done to recorded traffic."),
        "list": Entry("wsinspect.cli.rules_list", "List the rules that a running engine has loaded."),
        "schema": Entry("wsinspect.cli.rules_schema", "Print the JSON Schema of rule files."),
    }
}


@click.group("rules", cls=LazyGroup, sections=SECTIONS)
def command() -> None:
    """Check, try out and list rules, which change, answer, delay, break and watch messages.

    A rule file is YAML. `capture --rules FILE` uses it, and reads it again when it changes.
    """
