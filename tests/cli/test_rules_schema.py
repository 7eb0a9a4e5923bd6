"""`wsinspect rules schema` prints the JSON Schema, and nothing else."""

from __future__ import annotations

from click.testing import CliRunner

from wsinspect.cli.main import main
from wsinspect.rules.json_schema import schema_text


def test_the_schema_is_printed() -> None:
    result = CliRunner().invoke(main, ["rules", "schema"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, schema_text(), "")
