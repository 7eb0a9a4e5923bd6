"""Options of curl mean what they mean there, and those that mean nothing here are refused in words."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from wsinspect.cli.send import command
from wsinspect.cli.send_options import client_options, without_password
from wsinspect.engine.client import ClientOptions
from wsinspect.errors import WsinspectError


def options(*arguments: str) -> ClientOptions:
    given = command.make_context("send", list(arguments)).params
    return client_options(given["url_option"] or given["url"], given)


def refusal(*arguments: str) -> str:
    with pytest.raises(click.UsageError) as caught:
        command.make_context("send", list(arguments))
    return caught.value.format_message()


def test_what_chrome_copies() -> None:
    found = options(
        *("curl", "wss://a.test/x", "-H", "Upgrade: websocket", "-b", "sid=1", "-H", "Origin: https://a.test"),
        *("-H", "Sec-WebSocket-Version: 13", "-H", "User-Agent: Mozilla/5.0", "--insecure"),
    )
    assert found.url == "wss://a.test/x"
    assert ("Cookie", "sid=1") in found.headers
    assert ("User-Agent", "Mozilla/5.0") in found.headers
    assert found.insecure


def test_what_firefox_and_safari_copy() -> None:
    found = options("curl 'https://a.test/x' -X 'GET' --http1.1 --globoff --compressed -H 'Accept: */*' --path-as-is")
    assert (found.url, found.headers) == ("wss://a.test/x", (("Accept", "*/*"),))


def test_what_makes_no_difference_is_taken() -> None:
    assert options("-sSfgLNG#", "--basic", "--url", "ws://a.test", "--no-progress-meter").url == "ws://a.test"


@pytest.mark.parametrize(
    ("arguments", "header"),
    [
        (["-A", "me"], ("User-Agent", "me")),
        (["-A", ""], ("User-Agent", None)),
        (["-e", "http://b.test/;auto"], ("Referer", "http://b.test/")),
        (["-u", "u:p"], ("Authorization", "Basic dTpw")),
        (["-u", "u"], ("Authorization", "Basic dTo=")),
        (["--oauth2-bearer", "t"], ("Authorization", "Bearer t")),
        (["-b", "a=1", "-b", "b=2"], ("Cookie", "a=1; b=2")),
        (["-H", "Host:"], ("Host", None)),
    ],
)
def test_headers(arguments: list[str], header: tuple[str, str | None]) -> None:
    assert options("ws://a.test", *arguments).headers == (header,)


def test_a_password_in_the_url_is_not_shown() -> None:
    assert without_password("wss://u:p@a.test:1/x?y") == "wss://a.test:1/x?y"


def test_a_referer_of_redirects_alone_is_none() -> None:
    assert options("ws://a.test", "-e", ";auto").headers == ()


def test_a_password_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Typed:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Typed())
    monkeypatch.setattr("getpass.getpass", lambda prompt: "p" if "u" in prompt else "")
    assert options("ws://a.test", "-u", "u").headers == (("Authorization", "Basic dTpw"),)


def test_headers_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "headers"
    file.write_text("A: 1\n\nB: 2\n")
    assert options("ws://a.test", "-H", f"@{file}").headers == (("A", "1"), ("B", "2"))
    with pytest.raises(WsinspectError, match="cannot read the headers"):
        options("ws://a.test", "-H", "@absent")


@pytest.mark.parametrize(
    ("arguments", "proxy"),
    [
        ([], None),
        (["-x", ""], ""),
        (["-x", "p.test:1"], "http://p.test:1"),
        (["-x", "p.test:1", "-U", "n:a b"], "http://n:a%20b@p.test:1"),
        (["-x", "http://x:y@p.test:1", "-U", "n"], "http://n@p.test:1"),
        (["-x", "", "-U", "n:p"], ""),
        (["--socks5", "p.test"], "socks5://p.test:1080"),
        (["--socks5-hostname", "p.test:9"], "socks5h://p.test:9"),
        (["--socks4a", "p.test:9"], "socks4a://p.test:9"),
        (["-x", "p.test:1", "--noproxy", "b.test, .test"], ""),
        (["-x", "p.test:1", "--noproxy", "*"], ""),
        (["-x", "p.test:1", "--noproxy", "est,"], "http://p.test:1"),
    ],
)
def test_proxies(arguments: list[str], proxy: str | None) -> None:
    assert options("ws://a.test", *arguments).proxy == proxy


def test_what_is_no_proxy_is_refused() -> None:
    with pytest.raises(WsinspectError, match="'foo://a:1080' is no proxy"):
        options("ws://a.test", "-x", "foo://a")


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ([], None),
        (["--connect-to", "a.test:80:b.test:81"], ("b.test", 81)),
        (["--connect-to", "::b.test:"], ("b.test", 80)),
        (["--connect-to", "a.test::[::1]:81"], ("::1", 81)),
        (["--connect-to", "c.test:80:b.test:81", "--connect-to", ":::82"], ("a.test", 82)),
        (["--connect-to", "a.test:443:b.test:81"], None),
        (["--resolve", "a.test:80:127.0.0.1"], ("127.0.0.1", 80)),
        (["--resolve", "+*:80:[::1],127.0.0.1"], ("::1", 80)),
        (["--resolve", "a.test:80:::1"], ("::1", 80)),
        (["--resolve", "a.test:81:127.0.0.1"], None),
        (["--connect-to", "::b.test:81", "--resolve", "b.test:81:127.0.0.9"], ("127.0.0.9", 81)),
    ],
)
def test_addresses(arguments: list[str], address: tuple[str, int] | None) -> None:
    assert options("ws://a.test", *arguments).address == address


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--connect-to", "a.test"], "does not say where to connect to"),
        (["--resolve", "a.test:80"], "does not say where to connect to"),
        (["--connect-to", ":::x"], "no port"),
    ],
)
def test_addresses_that_are_none(arguments: list[str], message: str) -> None:
    with pytest.raises(WsinspectError, match=message):
        options("ws://a.test", *arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-d", "x"], "-d of curl is not for send: the request that opens a WebSocket has no body"),
        (["--data-raw", "x"], "--data-raw of curl"),
        (["-dx"], "-d of curl"),
        (["--http2"], "opened by HTTP/1.1"),
        (["-I"], "is a GET"),
        (["-X", "POST"], "not by POST"),
        (["--retry", "3"], "--reconnect"),
        (["curl 'ws://a.test"], "ends within quotes"),
    ],
)
def test_what_means_nothing_is_refused(arguments: list[str], words: str) -> None:
    assert words in refusal("ws://a.test" if not arguments[0].startswith("curl") else "-s", *arguments)


def test_curl_may_be_a_value() -> None:
    assert options("-A", "curl", "ws://a.test").headers == (("User-Agent", "curl"),)
    assert options("-s", "--split=none", "curl", "ws://a.test").url == "ws://a.test"


def test_what_nobody_knows_is_refused() -> None:
    assert "No such option" in refusal("ws://a.test", "--frobnicate")


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        (["--reconnect", "ws://a.test"], None),
        (["--reconnect", "3", "ws://a.test"], 3),
        (["--reconnect=3", "a.test"], 3),
    ],
)
def test_reconnect_takes_a_number_or_none(arguments: list[str], most: int | None) -> None:
    given = command.make_context("send", arguments).params
    assert given["retries"].most == most
    assert given["url"].endswith("a.test")
