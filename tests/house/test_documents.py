"""The documents: links lead somewhere, every page is reachable, make targets exist, rules that are shown can run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from wsinspect.rules.compile import RuleSet
from wsinspect.rules.load import load
from wsinspect.store.rule_sources import surroundings_of

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
YAML = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def links(document: Path) -> list[str]:
    """List the links of a document to files beside it."""
    found: list[str] = LINK.findall(CODE.sub("", document.read_text(encoding="utf-8")))
    return [link.partition("#")[0] for link in found if "://" not in link and not link.startswith(("#", "mailto:"))]


@documents
def test_links_lead_to_files(document: Path) -> None:
    assert [link for link in links(document) if not (document.parent / link).exists()] == []


def test_every_page_is_linked_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in links(index)}
    assert [page.name for page in (ROOT / "docs").rglob("*.md") if page not in linked | {index}] == []


@documents
def test_make_targets_that_are_named_are_there(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8"))) <= targets


@documents
def test_rule_files_that_are_shown_can_be_used(document: Path) -> None:
    for number, example in enumerate(YAML.findall(document.read_text(encoding="utf-8")), start=1):
        name = f"{document.name}, example {number}"
        loaded = load(name, {name: example}.__getitem__)
        # Captures that are played are the reader's.
        RuleSet(loaded, replace(surroundings_of({}, scripts=True), rehearse=lambda _: "a session"))


def test_the_page_on_rules_names_every_pack() -> None:
    page = (ROOT / "docs" / "howto" / "rules.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(.+\.yaml)`", page, re.MULTILINE)) == sorted(
        file.name for file in (ROOT / "rules").glob("*.yaml")
    )
