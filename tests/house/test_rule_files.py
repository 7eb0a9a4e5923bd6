"""The rule files that come with the project, and those that documents show, fit the JSON Schema that editors get."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from scripts.reference import RULES_SCHEMA
from tests.house.test_documents import DOCUMENTS, YAML
from wsinspect.rules.json_schema import schema, schema_text
from wsinspect.rules.yaml_source import parse

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "rules").rglob("*.yaml"), *(ROOT / "wsinspect").rglob("*.yaml")])
EXAMPLES = {
    f"{document.name}-{number}": example
    for document in DOCUMENTS
    for number, example in enumerate(YAML.findall(document.read_text(encoding="utf-8")), start=1)
}
VALIDATOR = jsonschema.Draft202012Validator(schema())


def misfits(text: str) -> list[str]:
    """List what the JSON Schema refuses in a rule file."""
    root = parse(text, lambda _, message: pytest.fail(message))
    assert root is not None
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(root.value)]


def test_the_published_schema_is_current() -> None:
    assert RULES_SCHEMA.read_text(encoding="utf-8") == schema_text(), "run `make docs`"


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_files_fit_the_schema(file: Path) -> None:
    assert misfits(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_the_schema_that_a_file_names_is_there(file: Path) -> None:
    named = re.findall(r"\$schema=(\S+)", file.read_text(encoding="utf-8").partition("\n")[0])
    assert [name for name in named if not (file.parent / name).is_file()] == []


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_examples_fit_the_schema(example: str) -> None:
    assert misfits(example) == []
