"""`wsinspect rules schema`: the JSON Schema of rule files, for editors."""

from __future__ import annotations

import click


@click.command("schema")
def command() -> None:
    r"""Print the JSON Schema of rule files.

    Editors that know YAML complete and check a rule file whose first line says where the schema is:

    \b
    # yaml-language-server: $schema=./wsinspect-rules.schema.json
    """
    from wsinspect.rules.json_schema import schema_text  # noqa: PLC0415 - the models take a while to build

    click.echo(schema_text(), nl=False)
