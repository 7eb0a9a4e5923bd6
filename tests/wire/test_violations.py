"""The words of violations."""

from __future__ import annotations

import re

from wsinspect.wire.violations import Violation


def test_each_names_a_section_and_none_twice() -> None:
    assert all(re.match(r"RFC (6455|7692) \d+(\.\d)*: ", violation) for violation in Violation)
    assert len(set(map(str, Violation))) == len(Violation.__members__)
