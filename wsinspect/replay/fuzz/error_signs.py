"""Words in a reply that say that something went wrong inside the server, and what it was."""

from __future__ import annotations

_SIGNS: dict[str, tuple[str, ...]] = {
    "SQL error": (
        "sql syntax", "syntax error at or near", "unterminated quoted string", "unclosed quotation mark", "sqlite3.",
        "sqlite error", "sqlite_error", "unrecognized token:", "psycopg", "pg::", "sqlstate", "ora-00", "ora-01",
        "mysql_", "mysqli", "you have an error in your sql", "odbc", "jdbc", "sequelizedatabaseerror",
        "near \"", "near \\\"", ": syntax error",
        "no such column", "no such table", "quoted string not properly terminated", "incorrect syntax near",
    ),
    "NoSQL error": ("mongoerror", "mongoservererror", "bsontypeerror", "casterror", "unknown operator: $", "couchdb"),
    "stack trace": (
        "traceback (most recent call last)", "stack trace", "stacktrace", "exception in thread", "\tat ", "    at ",
        "goroutine ", "panic:", "panicked at", "thread 'main'", "caused by:", "system.nullreferenceexception",
        "nullpointerexception", "unhandled exception", "unhandledpromiserejection", "fatal error:", "core dumped",
        "segmentation fault", "in <module>", ".rb:in `", "on line ", "stack backtrace",
    ),
    "program error": (
        "typeerror", "valueerror", "keyerror", "attributeerror", "indexerror", "recursionerror", "overflowerror",
        "unicodedecodeerror", "unicodeencodeerror", "zerodivisionerror", "rangeerror", "referenceerror",
        "syntaxerror", "jsondecodeerror", "numberformatexception", "classcastexception", "illegalargumentexception",
        "indexoutofbounds", "stackoverflow", "outofmemory", "is not a function", "cannot read propert",
        "undefined method", "maximum call stack", "maximum recursion depth", "object has no attribute",
        "invalid memory address", "index out of range", "integer overflow", "out of memory", "internal server error",
        "internal error", "nil pointer", "unexpected token", "unexpected end of json",
    ),
    "file content": ("root:x:0:0", "root:*:0:0", "[boot loader]", "; for 16-bit app support", "[fonts]"),
    "command output": ("uid=0(", "uid=33(", "uid=1000(", "sh: 1:", "command not found", "is not recognized as"),
    "template error": ("jinja2.", "templatesyntaxerror", "undefinederror", "freemarker", "velocity", "mustache"),
    "XML error": ("xml parsing error", "saxparse", "xmlsyntaxerror", "doctype is disallowed", "not well-formed"),
    "LDAP error": ("ldap_", "ldapexception", "invalid dn syntax", "bad search filter"),
    "path": ("/usr/lib/", "/home/", "/var/www", "/node_modules/", "site-packages", "c:\\users", "/app/src"),
}  # fmt: skip
_WORDS = {word.encode(): what for what, words in _SIGNS.items() for word in words}


def signs(text: bytes) -> dict[str, str]:
    """Return the words that tell of an error in a reply or a reason, with what they mean.

    Args:
        text: As it came.
    """
    lower = text.lower()
    return {word.decode(): what for word, what in _WORDS.items() if word in lower}
