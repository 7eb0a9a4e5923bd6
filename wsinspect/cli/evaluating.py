"""Templates on the command line: `{{ vars.user }}`, `{{ now() }}`, `{{ uuid() }}`, as in rule files."""

from __future__ import annotations

import click

from wsinspect.rules.templates import problem
from wsinspect.store.evaluating import evaluator

__all__ = ["check_template", "evaluator"]


def check_template(text: str, option: str) -> None:
    """Refuse a text that is no template.

    Raises:
        click.UsageError: It is none; with what is wrong with it.
    """
    if why := problem(text):
        raise click.UsageError(f"{option}: {why}")
