"""Rule files are loaded with all that they include, or every problem of theirs is told."""

from __future__ import annotations

import contextlib
import errno

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.errors import RuleError
from wsinspect.rules.load import MAX_CHAIN, MAX_FILES, MAX_PROBLEMS, LoadedRules, join, load
from wsinspect.rules.problems import RuleFileError


def rules(*ids: str) -> str:
    return "".join(f"  - {{id: {each}, do: [drop]}}\n" for each in ids)


def loaded(files: dict[str, str], name: str = "rules.yaml") -> LoadedRules:
    def read(name: str) -> str:
        if name not in files:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return files[name]

    return load(name, read)


def problems(files: dict[str, str] | str, name: str = "rules.yaml") -> list[str]:
    with pytest.raises(RuleFileError) as caught:
        loaded({name: files} if isinstance(files, str) else files, name)
    return str(caught.value).splitlines()


def test_a_file_is_its_rules_variables_and_seed() -> None:
    found = loaded({"a/b/r.yaml": f"version: 1\nseed: 7\nvars: {{x: [1]}}\nrules:\n{rules('a', 'b')}"}, "a/b/r.yaml")
    assert [(each.rule.id, each.place, each.folder, each.actions) for each in found.rules] == [
        ("a", "a/b/r.yaml:5:5", "a/b", ("a/b/r.yaml:5:18",)),
        ("b", "a/b/r.yaml:6:5", "a/b", ("a/b/r.yaml:6:18",)),
    ]
    assert (found.seed, found.variables, found.files) == (7, {"x": [1]}, ("a/b/r.yaml",))


def test_a_file_may_hold_nothing_but_its_version() -> None:
    assert loaded({"rules.yaml": "version: 1"}) == LoadedRules((), {}, None, ("rules.yaml",))


def test_on_is_a_key_and_aliases_stand_for_their_anchors() -> None:
    text = "version: 1\nrules:\n- {id: a, on: ping, match: &m {dir: c2s}, do: [drop]}\n- {id: b, match: *m, do: [drop]}"
    first, second = loaded({"rules.yaml": text}).rules
    assert (first.rule.on, second.rule.match.dir) == ("ping", "c2s")


# ---- includes


def test_included_rules_come_first_and_the_including_file_wins() -> None:
    files = {
        "r/top.yaml": "version: 1\nseed: 1\nvars: {a: 1, b: 1}\ninclude: [./sub/x.yaml, y.yaml]\nrules:\n" + rules("t"),
        "r/sub/x.yaml": f"version: 1\nseed: 2\nvars: {{b: 2, c: 2}}\ninclude: [z.yaml]\nrules:\n{rules('x')}",
        "r/sub/z.yaml": f"version: 1\nvars: {{c: 3, d: 3}}\nrules:\n{rules('z')}",
        "r/y.yaml": f"version: 1\ninclude: [sub//z.yaml]\nrules:\n{rules('y')}",
    }
    found = loaded(files, "r/top.yaml")
    assert [each.rule.id for each in found.rules] == ["z", "x", "y", "t"]
    assert found.rules[0].folder == "r/sub"
    assert (found.seed, found.variables) == (1, {"a": 1, "b": 1, "c": 2, "d": 3})
    assert found.files == ("r/top.yaml", "r/sub/x.yaml", "r/sub/z.yaml", "r/y.yaml")


def test_the_seed_of_an_included_file_is_taken_where_there_is_no_other() -> None:
    files = {"rules.yaml": "version: 1\ninclude: [a.yaml]", "a.yaml": "version: 1\nseed: 5"}
    assert loaded(files).seed == 5


@pytest.mark.parametrize("name", ["/etc/rules.yaml", "../a.yaml", "a/../../b.yaml", "C:a.yaml", "..\\a.yaml", ""])
def test_an_include_outside_of_the_folder_is_not_read(name: str) -> None:
    [problem] = problems(f"version: 1\ninclude: ['{name}']")
    assert problem.startswith("rules.yaml:2:11: ")


def test_an_include_that_cannot_be_read_is_told_where_it_is_named() -> None:
    assert problems("version: 1\ninclude: [a.yaml]\n") == [
        "rules.yaml:2:11: the file cannot be read: No such file or directory"
    ]


def test_a_file_that_cannot_be_read_is_told() -> None:
    assert problems({}, "x.yaml") == ["x.yaml: the file cannot be read: No such file or directory"]


def test_a_file_that_is_no_utf_8_is_told() -> None:
    with pytest.raises(RuleError, match=r"^x: the file is no UTF-8: byte 3 is 0xff$"):
        load("x", lambda _: b"a\n\xff".decode())


def test_files_that_include_each_other_are_told_with_the_chain() -> None:
    files = {
        "rules.yaml": "version: 1\ninclude: [a.yaml]",
        "a.yaml": "version: 1\ninclude: [b.yaml]",
        "b.yaml": "version: 1\ninclude: [a.yaml]",
    }
    assert problems(files) == ["b.yaml:2:11: files include each other: rules.yaml > a.yaml > b.yaml > a.yaml"]
    assert problems("version: 1\ninclude: [rules.yaml]") == [
        "rules.yaml:2:11: files include each other: rules.yaml > rules.yaml"
    ]


def test_a_chain_of_includes_has_an_end() -> None:
    files = {f"{n}.yaml": f"version: 1\ninclude: [{n + 1}.yaml]" for n in range(50)}
    [problem] = problems(files, "0.yaml")
    assert problem == f"{MAX_CHAIN - 1}.yaml:2:11: files include each other deeper than {MAX_CHAIN}"


def test_the_number_of_files_has_an_end() -> None:
    files = {f"{n}.yaml": "version: 1" for n in range(200)}
    files["rules.yaml"] = f"version: 1\ninclude: [{', '.join(files)}]"
    found = problems(files)
    assert len(found) == 200 - (MAX_FILES - 1)
    assert found[0].endswith(f"these are more than {MAX_FILES} files")


def test_problems_of_all_files_are_told_in_order_of_their_places() -> None:
    files = {
        "rules.yaml": "version: 2\ninclude: [a.yaml, 5, /x]\nrules:\n- {id: a, do: [relpace]}\n- 5\n- {id: b}\nvars: x",
        "a.yaml": "version: 1\nrules:\n- {id: a, on: open, do: [drop]}\n- {id: c, do: [hold], do: []}\n",
    }
    assert [problem.rpartition(": ")[0].split(": ")[0] for problem in problems(files)] == [
        "rules.yaml:1:10",
        "rules.yaml:2:19",
        "rules.yaml:2:22",
        "rules.yaml:4:8",
        "rules.yaml:4:16",
        "rules.yaml:5:3",
        "rules.yaml:6:3",
        "rules.yaml:7:7",
        "a.yaml:3:26",
        "a.yaml:4:23",
    ]


def test_what_no_parser_reads_is_one_problem() -> None:
    assert problems("version: 1\nrules: [") == [
        "rules.yaml:2:9: this is no YAML: while parsing a flow node, did not find expected node content"
    ]


@pytest.mark.parametrize(
    "text", ["[]", "5", "text", "version: 1\nrules: {}", "version: 1\ninclude: a.yaml", "version:"]
)
def test_what_is_no_rule_file_is_told(text: str) -> None:
    assert len(problems(text)) == 1


def test_the_list_of_problems_has_an_end() -> None:
    assert len(problems("version: 1\nrules:\n" + "- 5\n" * 5000)) == MAX_PROBLEMS


def test_a_huge_word_makes_no_huge_problem() -> None:
    assert max(map(len, problems(f"version: 1\n{'x' * 100_000}: 1\nrules: [{{id: {'y' * 100_000}: 1}}]"))) < 300


# ---- across rules


def test_an_id_is_taken_once() -> None:
    files = {
        "rules.yaml": f"version: 1\ninclude: [a.yaml]\nrules:\n{rules('x')}  - {{id: y, do: []}}\n{rules('y')}",
        "a.yaml": f"version: 1\nrules:\n{rules('x')}",
    }
    assert problems(files) == [
        "rules.yaml:4:10: the id 'x' is taken: a.yaml:3:10 has it",
        "rules.yaml:5:17: do is empty",
        "rules.yaml:6:10: the id 'y' is taken: rules.yaml:5:10 has it",
    ]


def test_a_state_has_to_be_reachable() -> None:
    text = (
        "version: 1\nrules:\n- {id: a, rule_state: start, do: [goto: subscribed]}\n"
        "- {id: b, rule_state: subscribed, do: [drop]}\n- {id: c, rule_state: subscibed, do: [drop]}"
    )
    assert problems(text) == ["rules.yaml:5:23: no goto leads to the state 'subscibed' (did you mean 'subscribed'?)"]


def test_a_rule_that_was_not_understood_may_lead_to_any_state() -> None:
    text = "version: 1\nrules:\n- {id: a, do: [goto: x, nope: 1]}\n- {id: b, rule_state: x, do: [drop]}"
    assert problems(text) == ["rules.yaml:3:25: unknown action 'nope' (did you mean 'note'?)"]


def test_what_makes_no_sense_on_an_event_is_told() -> None:
    assert problems("version: 1\nrules: [{id: a, on: ping, do: [hold]}]") == [
        "rules.yaml:2:32: hold cannot be done on ping: it is for messages"
    ]


# ---- several files


def test_several_files_are_joined_in_order() -> None:
    one = loaded({"a": f"version: 1\nseed: 1\nvars: {{x: 1, y: 1}}\nrules:\n{rules('a')}"}, "a")
    two = loaded({"b": f"version: 1\nvars: {{x: 2}}\nrules:\n{rules('b')}"}, "b")
    joined = join([one, two])
    assert [each.rule.id for each in joined.rules] == ["a", "b"]
    assert (joined.variables, joined.seed, joined.files) == ({"x": 2, "y": 1}, 1, ("a", "b"))
    assert join([]) == LoadedRules(())


def test_an_id_that_two_files_have_is_a_problem() -> None:
    one, two = (loaded({name: f"version: 1\nrules:\n{rules('x')}"}, name) for name in ("C:/a", "b"))
    with pytest.raises(RuleFileError) as caught:
        join([one, two])
    assert str(caught.value) == "b:3:5: the id 'x' is taken: C:/a:3:5 has it"


# ---- whatever a file holds

WORDS = st.sampled_from(
    "version rules include vars seed id on match do when then host json text size any not dir drop replace regex with"
    " send to client capture $.a x a.yaml {{ }} timer 5s expect that limit rate goto rule_state start set scope".split()
)
VALUES = st.recursive(
    WORDS | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


def check_whatever(text: str) -> None:
    try:
        load("rules.yaml", lambda _: text)
    except RuleFileError as error:
        lines = text.splitlines() or [""]
        for problem in error.problems:
            if problem.place is not None:
                assert 1 <= problem.place.line <= len(lines)
                assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1


@given(VALUES | st.fixed_dictionaries({"version": st.just(1), "rules": st.lists(VALUES, max_size=3)}))
def test_values_of_any_shape_raise_nothing_but_problems_within_the_file(value: object) -> None:
    check_whatever(yaml.safe_dump(value))


@given(st.dictionaries(WORDS, VALUES, max_size=6))
def test_rules_of_any_shape_raise_nothing_but_problems_within_the_file(rule: dict[str, object]) -> None:
    check_whatever(yaml.safe_dump({"version": 1, "rules": [{"id": "a", "do": ["drop"], **rule}]}))


@given(st.text())
def test_any_text_raises_nothing_but_problems_within_the_file(text: str) -> None:
    check_whatever(text)


@given(st.binary())
def test_any_bytes_raise_nothing_but_problems(data: bytes) -> None:
    with contextlib.suppress(RuleFileError):
        load("rules.yaml", lambda _: data.decode())
