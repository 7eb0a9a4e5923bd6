"""The table of fields: every name a filter may use, and finding one by its name."""

from __future__ import annotations

import functools
from dataclasses import replace

from wsinspect.query.fields import Field
from wsinspect.query.record_fields import record_fields
from wsinspect.query.session_fields import header, session_fields


def fields() -> tuple[Field, ...]:
    """Return the whole table, in the order of the reference pages."""
    return tuple(_index().values())


def find(name: str) -> Field | None:
    """Return the field of a name, filling in its path where the name has one; None for an unknown name.

    A path is not checked here.
    """
    plain = _index().get(name)
    if plain is not None and not plain.pattern:
        return plain
    if name.startswith("json.$"):
        return replace(_index()["json.$.a.b[0]"], name=name, path=name.removeprefix("json."), pattern=False)
    if name.startswith(("fields.", "fields[")):
        return replace(_index()["fields.x"], name=name, path=f"${name.removeprefix('fields')}", pattern=False)
    for side in ("request", "response"):
        for prefix in (f"{side}.headers.", f"session.{side}.headers."):
            if name.startswith(prefix) and name != prefix:
                form = _index()[f"{prefix}x"]
                return replace(form, name=name, session=header(side, name.removeprefix(prefix)), pattern=False)
    return None


@functools.cache
def _index() -> dict[str, Field]:
    rows = {row.name: row for row in record_fields()}
    for row in session_fields():
        if row.name in rows:
            # The message's or frame's own; the session's needs `session.` on those, and not on a session.
            rows[row.name] = replace(rows[row.name], session=row.session)
        else:
            rows[row.name] = replace(row, lifted=True)
        rows[f"session.{row.name}"] = replace(row, name=f"session.{row.name}", lifted=True)
    return rows
