"""curl's command line, as browsers copy it: what of it `send` refuses and why, and how it is read where it is one text.

A browser's "Copy as cURL" quotes for a shell. Pasted into one, it comes as words with `curl` in front; pasted between
quotes, it comes as one text and is cut here as bash would, or as Windows' `cmd` would where its carets are in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from wsinspect.errors import WsinspectError

_NO_BODY = "the request that opens a WebSocket has no body; messages are sent by --message, or from standard input"
_ONE_VERSION = "a WebSocket is opened by HTTP/1.1 here; leave it out"
_NOT_READ = "such files are not read; give the options themselves"
_NO_COOKIE_FILE = "cookies are not written; -b sends them"
_PRINTED = (
    "received messages go to standard output; -i and -v show the handshake, --json prints records, -o captures it"
)
_ADDRESS = "the system chooses how to connect; --resolve and --connect-to say where to"
_PROXY = "-x and -U are what can be said about a proxy"
_SYSTEM_TLS = "TLS is as the system has it; -k, --cacert, --cert and --key are what can be said about it"
_BASIC = "-u logs in by Basic alone; -H 'Authorization: …' sends anything else"
_AGAIN = "--reconnect connects again"
_GET = "the request that opens a WebSocket is a GET"
_WEB = "it is no option of WebSockets"
_PEM = "certificates and keys are read from PEM files without a password"

_REASONS = {
    _NO_BODY: (
        "-d --data --data-ascii --data-binary --data-raw --data-urlencode -F --form --form-string -T --upload-file "
        "--url-query"
    ),
    _ONE_VERSION: "-0 --http1.0 --http0.9 --http2 --http2-prior-knowledge --http3 --http3-only",
    _NOT_READ: "-K --config -n --netrc --netrc-file --netrc-optional",
    _NO_COOKIE_FILE: "-c --cookie-jar -j --junk-session-cookies",
    _PRINTED: (
        "-O --output --remote-name -J --remote-header-name --output-dir -w --write-out -D --dump-header --trace "
        "--trace-ascii --stderr --libcurl"
    ),
    _ADDRESS: (
        "-4 --ipv4 -6 --ipv6 --interface --local-port --dns-servers --doh-url --unix-socket --abstract-unix-socket "
        "--limit-rate -Y -y --speed-limit --speed-time --haproxy-protocol --alt-svc --hsts"
    ),
    _PROXY: (
        "--preproxy -p --proxytunnel --proxy-insecure --proxy-cacert --proxy-cert --proxy-key --proxy-header "
        "--proxy-digest --proxy-ntlm --proxy-negotiate --proxy-anyauth --proxy-http2 --proxy1.0"
    ),
    _SYSTEM_TLS: (
        "--ciphers --tls13-ciphers --curves --pinnedpubkey --crlfile --capath --tls-max -1 --tlsv1 --tlsv1.0 --tlsv1.1 "
        "--tlsv1.2 --tlsv1.3 -2 --sslv2 -3 --sslv3 --ech --engine"
    ),
    _PEM: "--cert-type --key-type --pass",
    _BASIC: "--digest --ntlm --negotiate --anyauth --aws-sigv4 --delegation",
    _AGAIN: "--retry --retry-delay --retry-max-time --retry-all-errors --retry-connrefused",
    _GET: "-I --head",
    _WEB: (
        "-r --range -C --continue-at -z --time-cond --etag-save --etag-compare --max-filesize --next -: -Z --parallel"
    ),
}
REFUSED = {name: why for why, names in _REASONS.items() for name in names.split()}
"""What is said to options of curl that mean nothing here."""

IGNORED = (
    ("--compressed", "compression is offered anyway"),
    ("--http1.1", "it is HTTP/1.1 anyway"),
    ("-g", "--globoff", "there is no globbing"),
    ("-L", "--location", "--location-trusted", "redirects are followed anyway"),
    ("-S", "--show-error", "errors are shown anyway"),
    ("-N", "--no-buffer", "nothing is kept back"),
    ("-#", "--progress-bar", "--no-progress-meter", "there is no progress to be shown"),
    ("-f", "--fail", "--fail-with-body", "what is no WebSocket fails anyway"),
    ("-G", "--get", "it is a GET anyway"),
    ("--path-as-is", "the path goes as it is"),
    ("--basic", "--proxy-basic", "-u is Basic anyway"),
    ("-q", "--disable", "no settings of curl are read"),
    ("--tcp-nodelay", "nothing is kept back"),
    ("--no-keepalive", "--no-sessionid", "--no-alpn", "it makes no difference here"),
)
"""Options of curl that ask for what is so anyway: their names, and why."""

_CURL = re.compile(r"\s*curl(?:\.exe)?\s+(?=\S)")
_CMD = re.compile(r"\s*curl(?:\.exe)?\s+(?:-\S+\s+)*\^")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v", "0": "\0"}
_WORD = re.compile(
    r"""(?P<space>(?:\\\r?\n|\s)+)
    | \$'(?P<ansi>(?:[^'\\]|\\.)*)'
    | '(?P<single>[^']*)'
    | "(?P<double>(?:[^"\\]|\\.)*)"
    | \\(?P<escaped>.)
    | (?P<plain>[^\s'"\\$]+|\$)""",
    re.DOTALL | re.VERBOSE,
)
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))", re.DOTALL)
_IN_DOUBLE = re.compile(r'\\(\r?\n|[\\"$`])')


def without_curl(arguments: Sequence[str], flags: Collection[str] = ()) -> list[str]:
    """Return the arguments that a pasted command of curl has; others as they are.

    Args:
        arguments: Of the command line.
        flags: Options without a value, which may stand before the word.

    Raises:
        WsinspectError: A text that begins with curl is cut off within quotes.
    """
    found = list(arguments)
    for place, argument in enumerate(found):
        if argument in ("curl", "curl.exe"):
            return found[:place] + found[place + 1 :]
        if _CURL.match(argument):
            text = _of_cmd(argument) if _CMD.match(argument) else argument
            return [*found[:place], *split_words(text)[1:], *found[place + 1 :]]
        if argument not in flags and not (argument.startswith("--") and "=" in argument):
            break
    return found


def split_words(text: str) -> list[str]:
    r"""Cut text into words as bash does, with `'…'`, `"…"`, `$'…'` and lines that end in a backslash.

    Raises:
        WsinspectError: It ends within quotes.
    """
    words: list[str] = []
    word: str | None = None
    place = 0
    text = text.strip()
    while place < len(text):
        match = _WORD.match(text, place)
        if match is None:
            raise WsinspectError(f"the command ends within quotes: {text[place : place + 30]}…")
        place = match.end()
        if match["space"] is not None:
            words += [] if word is None else [word]
            word = None
            continue
        word = (word or "") + _piece(match)
    return words if word is None else [*words, word]


def _piece(match: re.Match[str]) -> str:
    kind = match.lastgroup
    assert kind is not None
    inner: str = match[kind]
    match kind:
        case "ansi":
            return _ANSI.sub(_character, inner)
        case "double":
            return _IN_DOUBLE.sub(lambda found: "" if found[1].endswith("\n") else found[1], inner)
        case _:
            return inner


def _character(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits is None:
        return _ESCAPES.get(found[4], found[4])
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF else found[0]


def _of_cmd(text: str) -> str:
    """Take the carets out that `cmd` needs; a line that ends in one goes on."""
    return re.sub(r"\^(\r?\n|.)", lambda found: "" if found[1].endswith("\n") else found[1], text)
