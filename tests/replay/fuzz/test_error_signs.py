"""Words that tell of errors inside a server are found, and ordinary answers have none."""

from __future__ import annotations

import pytest

from wsinspect.replay.fuzz.error_signs import signs


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b'{"error": "You have an error in your SQL syntax"}', "SQL error"),
        (b'{"error": "near \\"x\\": syntax error"}', "SQL error"),
        (b"MongoServerError: unknown operator: $ne2", "NoSQL error"),
        (b'{"trace": "Traceback (most recent call last):\\n"}', "stack trace"),
        (b"TypeError: x is not a function", "program error"),
        (b"root:x:0:0:root:/root:/bin/sh", "file content"),
        (b"uid=0(root) gid=0(root)", "command output"),
        (b"jinja2.exceptions.UndefinedError", "template error"),
        (b"lxml.etree.XMLSyntaxError", "XML error"),
        (b"LDAPException: bad search filter", "LDAP error"),
        (b'File "/usr/lib/x.py"', "path"),
    ],
)
def test_errors_are_known_whatever_their_case(text: bytes, what: str) -> None:
    assert what in signs(text).values()
    assert what in signs(text.upper()).values()


@pytest.mark.parametrize(
    "text", [b"", b'{"type":"error","message":"no such user"}', b'{"total": 3, "price": 1.5}', b"\xff"]
)
def test_ordinary_answers_have_no_sign(text: bytes) -> None:
    assert signs(text) == {}
