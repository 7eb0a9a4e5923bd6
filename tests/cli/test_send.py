"""`send` talks to real servers, means what curl means, and fails understandably."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tests.peers.certificates import Authority
from tests.peers.waiting import until_blocking
from wsinspect.cli.exit_status import status_of
from wsinspect.cli.send import command
from wsinspect.errors import WsinspectError
from wsinspect.model import Direction, Source
from wsinspect.store.reader import CaptureReader


def port_of(server: WebSocketServer) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


@dataclass
class Server:
    """A server in a thread, which remembers the requests it got."""

    authority: Authority
    plain: str = ""
    secure: str = ""
    misnamed: str = ""
    requests: list[Request] = field(default_factory=list)
    closes: list[tuple[int | None, str | None]] = field(default_factory=list)

    async def talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        match connection.request.path:
            case "/binary":
                await connection.send(b"\x00\xff")
            case "/close":
                await connection.close(4001, "enough")
            case "/lost":
                connection.transport.abort()
            case "/code":
                await connection.wait_closed()
                self.closes.append((connection.close_code, connection.close_reason))
            case "/many":
                for number in range(5):
                    await connection.send(str(number))
                await connection.wait_closed()
            case "/silent":
                async for _ in connection:
                    pass
            case _:
                if sum(request.path == "/lost-once" for request in self.requests) == 1:
                    connection.transport.abort()
                async for message in connection:
                    await connection.send(message)

    def look(self, connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        return connection.respond(HTTPStatus.FORBIDDEN, "not for you\n") if request.path == "/refused" else None

    async def run(self, ready: threading.Event, stop: asyncio.Event) -> None:
        context = self.authority.issue().server_context()
        # A subprotocol that a client does not offer is no reason to refuse it.
        arguments = {
            "process_request": self.look,
            "select_subprotocol": lambda _, offered: offered[0] if offered else None,
        }
        async with (
            serve(self.talk, "127.0.0.1", 0, **arguments) as plain,  # type: ignore[arg-type]  # one dict for both
            serve(self.talk, "127.0.0.1", 0, ssl=context, **arguments) as secure,  # type: ignore[arg-type]
            serve(self.talk, "127.0.0.1", 0, ssl=self.authority.issue("other.test").server_context()) as misnamed,
        ):
            self.plain = f"ws://127.0.0.1:{port_of(plain)}"
            self.secure = f"wss://localhost:{port_of(secure)}"
            self.misnamed = f"wss://localhost:{port_of(misnamed)}"
            ready.set()
            await stop.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(Authority(tmp_path_factory.mktemp("authority")))
    ready, loops = threading.Event(), list[asyncio.AbstractEventLoop]()
    stop = asyncio.Event()

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        await server.run(ready, stop)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(10)
    yield server
    loops[0].call_soon_threadsafe(stop.set)
    thread.join(10)


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    running.requests.clear()
    for name in ("ws_proxy", "wss_proxy", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return running


def send(*arguments: str, given: bytes = b"") -> Result:
    result = CliRunner().invoke(command, arguments, standalone_mode=False, input=given)
    assert result.exception is None or isinstance(result.exception, (WsinspectError, SystemExit)), result.exc_info
    return result


def failure(*arguments: str, given: bytes = b"") -> WsinspectError:
    result = send(*arguments, given=given)
    assert isinstance(result.exception, WsinspectError)
    return result.exception


def test_what_comes_back_is_printed(server: Server) -> None:
    result = send(server.plain, "hello", "you", "--message", "there", "--timeout", "200ms")
    assert (result.return_value, result.stdout) == (0, "hello\nyou\nthere\n")


def test_it_ends_as_soon_as_what_it_expects_has_come(server: Server) -> None:
    result = send(server.plain, "one", "two", "--expect", "^o", "--expect", "w", "--timeout", "1h")
    assert (result.return_value, result.stdout) == (0, "one\ntwo\n")


def test_it_says_what_did_not_come(server: Server) -> None:
    result = send(server.plain, "two", "one", "--expect", "one", "--expect", "two", "--timeout", "200ms")
    assert result.return_value == 1
    assert "no message came that matches 'two'" in result.stderr


def test_a_pattern_that_is_none_is_wrong_usage(server: Server) -> None:
    result = CliRunner().invoke(command, [server.plain, "--expect", "("])
    assert result.exit_code == 2
    assert "no regular expression" in result.stderr


def test_json_has_both_directions(server: Server) -> None:
    result = send(server.plain, "ä", "--json", "--timeout", "200ms")
    sent, received = map(json.loads, result.stdout.splitlines())
    assert sent | {"time": 0} == {"number": 1, "time": 0, "dir": "c2s", "type": "text", "size": 2, "text": "ä"}
    assert received | {"time": 0} == {"number": 2, "time": 0, "dir": "s2c", "type": "text", "size": 2, "text": "ä"}


def test_binary_messages_are_hex_or_base64(server: Server) -> None:
    assert send(f"{server.plain}/binary").stdout == "00 ff\n"
    record = json.loads(send(f"{server.plain}/binary", "--json").stdout.splitlines()[0])
    assert (record["type"], record["base64"]) == ("binary", "AP8=")


def test_it_says_how_the_server_closed(server: Server) -> None:
    result = send(f"{server.plain}/close")
    assert (result.return_value, result.stderr) == (0, "the server closed with 4001 enough\n")
    assert send(f"{server.plain}/close", "-s").stderr == ""
    record = json.loads(send(f"{server.plain}/close", "--json").stdout)
    assert record == {"close": {"by": "server", "code": 4001, "reason": "enough"}}


def test_a_lost_connection_is_an_error(server: Server) -> None:
    assert "lost" in str(failure(f"{server.plain}/lost"))


def test_headers_replace_what_is_sent_anyway(server: Server) -> None:
    arguments = ["-H", "Host: a.test", "-H", "X-A: 1", "-H", "X-A: 2", "-A", "me", "-e", "http://b.test/", "-u", "u:p"]
    send(server.plain, *arguments, "-b", "a=1; b=2", "--timeout", "50ms")
    headers = server.requests[0].headers
    assert headers.get_all("Host") == ["a.test"]
    assert headers.get_all("X-A") == ["1", "2"]
    assert headers.get_all("User-Agent") == ["me"]
    assert headers["Referer"] == "http://b.test/"
    assert headers["Authorization"] == "Basic dTpw"
    assert headers["Cookie"] == "a=1; b=2"


def test_a_request_that_a_browser_copied_can_be_pasted(server: Server) -> None:
    pasted = [
        server.plain.replace("ws:", "http:"),
        *("-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "-H", "Sec-WebSocket-Version: 13"),
        *(
            "-H",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "-H",
            "Origin: https://a.test",
            "-H",
            "Pragma: no-cache",
        ),
        *("-H", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", "--compressed"),
        *("-H", "Sec-WebSocket-Protocol: chat, superchat", "-i", "--timeout", "50ms"),
    ]
    result = send(*pasted)
    headers = server.requests[0].headers
    assert headers["Sec-WebSocket-Key"] != "AAAAAAAAAAAAAAAAAAAAAA=="
    assert headers.get_all("Sec-WebSocket-Protocol") == ["chat, superchat"]
    assert headers["Origin"] == "https://a.test"
    assert "HTTP/1.1 101 Switching Protocols\n" in result.stdout
    assert "Sec-WebSocket-Protocol: chat\n" in result.stdout


def test_compression_can_be_left_out(server: Server) -> None:
    send(server.plain, "--timeout", "50ms")
    send(server.plain, "--timeout", "50ms", "--no-compress")
    send(server.plain, "--timeout", "50ms", "-H", "Sec-WebSocket-Extensions:", "-H", "User-Agent:")
    offered = [request.headers.get("Sec-WebSocket-Extensions") for request in server.requests]
    assert offered[0] is not None
    assert offered[1:] == [None, None]
    assert "User-Agent" not in server.requests[2].headers


def test_cookies_come_from_a_file(server: Server, tmp_path: Path) -> None:
    jar = tmp_path / "cookies.txt"
    jar.write_text("# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tsid\tx\n")
    send(server.plain, "-b", str(jar), "--timeout", "50ms")
    assert server.requests[0].headers["Cookie"] == "sid=x"


def test_an_unknown_authority_is_named_with_what_helps(server: Server) -> None:
    error = failure(server.secure)
    assert status_of(error) == 4
    assert "certificate is not trusted" in str(error)
    assert "--cacert" in str(error)
    assert "-k" in str(error)


def test_an_authority_can_be_named_or_the_check_left_out(server: Server) -> None:
    for option in (["--cacert", str(server.authority.path)], ["-k"]):
        assert send(server.secure, "hi", *option, "--expect", "hi").return_value == 0


def test_a_certificate_for_another_name_is_understood(server: Server) -> None:
    assert "for another name" in str(failure(server.misnamed, "--cacert", str(server.authority.path)))


def test_files_that_are_no_certificates_are_named(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "x.pem"
    file.write_text("nothing")
    assert "takes a PEM file" in str(failure(server.secure, "--cacert", str(file)))
    assert "No such file" in str(failure(server.secure, "--cacert", str(tmp_path / "absent")))
    assert "take PEM files" in str(failure(server.secure, "-k", "--cert", str(file)))


def test_a_refusal_is_told_with_the_servers_words(server: Server) -> None:
    assert "the server answered 403 Forbidden\nnot for you" in str(failure(f"{server.plain}/refused"))


def test_tls_to_a_plain_server_is_understood(server: Server) -> None:
    assert "reached by ws://" in str(failure(server.plain.replace("ws:", "wss:"), "-k"))


def test_nobody_listening_is_understood(server: Server, unused_tcp_port: int) -> None:
    assert "refused" in str(failure(f"ws://127.0.0.1:{unused_tcp_port}")).lower()


def test_the_whole_may_take_only_so_long(server: Server) -> None:
    assert "not done within 0.2 s" in str(failure(f"{server.plain}/silent", "--timeout", "1h", "-m", "0.2"))


def test_a_proxy_that_is_not_there_is_an_error(server: Server, unused_tcp_port: int) -> None:
    failure(server.plain, "-x", f"127.0.0.1:{unused_tcp_port}")


@pytest.mark.parametrize(
    ("options", "given", "printed"),
    [
        ([], b"one\r\n\ntwo", "one\n\ntwo\n"),
        (["--split", "null"], b"a\nb\0c", "a\nb\nc\n"),
        (["--split", "none"], b"a\nb\n", "a\nb\n\n"),
        (["--binary"], b"\xff\n", "ff\n"),
        (["--hex"], b"00 ff\n0x01\n", "00 ff\n01\n"),
    ],
)
def test_standard_input_is_sent(server: Server, options: list[str], given: bytes, printed: str) -> None:
    result = send(server.plain, *options, "--timeout", "100ms", given=given)
    assert (result.return_value, result.stdout) == (0, printed)


def test_standard_input_is_not_read_where_messages_are_given(server: Server) -> None:
    assert send(server.plain, "a", "--count", "1", given=b"b\n").stdout == "a\n"


def test_what_is_no_text_is_not_sent_as_one(server: Server) -> None:
    error = failure(server.plain, given=b"\xff\n")
    assert (status_of(error), "--binary sends it" in str(error)) == (3, True)
    assert "hexadecimal" in str(failure(server.plain, "0g", "--hex"))


def test_it_ends_after_so_many_messages(server: Server) -> None:
    assert send(f"{server.plain}/many", "--count", "3").stdout == "0\n1\n2\n"


def test_it_ends_some_time_after_the_last_message(server: Server) -> None:
    assert send(f"{server.plain}/many", "--wait", "100ms", "--timeout", "1h").stdout == "0\n1\n2\n3\n4\n"


def test_it_closes_as_told(server: Server) -> None:
    server.closes.clear()
    send(f"{server.plain}/code", "--timeout", "50ms", "--close", "4001 so long")
    until_blocking(lambda: server.closes == [(4001, "so long")], "the server to see the close")
    result = CliRunner().invoke(command, [server.plain, "--close", "1005"])
    assert result.exit_code == 2
    assert "no code that may be sent" in result.stderr


def test_a_lost_connection_is_opened_again(server: Server) -> None:
    result = send(
        f"{server.plain}/lost-once", "--reconnect", "3", "--ping-interval", "20ms", "--timeout", "100ms", "-v"
    )
    assert result.return_value == 0
    assert "connecting again in 0.5 s (attempt 1)" in result.stderr
    assert len(server.requests) == 2
    assert CliRunner().invoke(command, ["--reconnect=0", server.plain]).exit_code == 2


def test_another_address_is_connected_to(server: Server) -> None:
    port = server.plain.rpartition(":")[2]
    for option in (["--resolve", f"a.test:{port}:127.0.0.1"], ["--connect-to", "::127.0.0.1:"]):
        assert send(f"ws://a.test:{port}", "x", *option, "--count", "1").stdout == "x\n"
    assert [request.headers["Host"] for request in server.requests] == [f"a.test:{port}"] * 2


def test_it_is_recorded_with_who_sent_what(server: Server, tmp_path: Path) -> None:
    capture = tmp_path / "x.wsi"
    send(server.plain, "hello", "--count", "1", "-o", str(capture))
    send(server.plain, "again", "--count", "1", "-o", str(capture), "--append")
    with CaptureReader(capture) as reader:
        found = [(message.session, message.direction, message.source, message.payload) for message in reader.messages()]
    assert found == [
        (1, Direction.C2S, Source.USER, b"hello"),
        (1, Direction.S2C, Source.PEER, b"hello"),
        (2, Direction.C2S, Source.USER, b"again"),
        (2, Direction.S2C, Source.PEER, b"again"),
    ]
    assert status_of(failure(server.plain, "x", "-o", str(capture))) == 3


def test_curl_may_stand_in_front_or_be_one_text(server: Server) -> None:
    url = server.plain.replace("ws:", "http:")
    for pasted in (["curl", url, "-H", "X-A: 1"], [f"curl '{url}' \\\n  -H 'X-A: 1' --compressed"]):
        assert send(*pasted, "--message", "x", "--count", "1").stdout == "x\n"
    assert [request.headers["X-A"] for request in server.requests] == ["1", "1"]


def test_curl_without_a_url_is_wrong_usage() -> None:
    result = CliRunner().invoke(command, ["-k"])
    assert result.exit_code == 2
    assert "Missing argument 'URL'" in result.stderr


@pytest.mark.parametrize("url", ["ftp://a.test", "ws://", "ws://a:b", "wss://[::1"])
def test_what_is_no_url_is_wrong_usage(url: str) -> None:
    result = CliRunner().invoke(command, [url])
    assert result.exit_code == 2
    assert "no WebSocket URL" in result.stderr
