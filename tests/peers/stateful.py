"""A server that remembers who it talks to, on `websockets`, and its client; Node has the same (`node/stateful.mjs`).

    python -m tests.peers.stateful serve [--port 0] [--changed] [--cert FILE --key FILE]
    python -m tests.peers.stateful talk URL [--proxy URL] [--ca FILE] [--first-id 1]

Both print one JSON object a line: the server first {port}, then what happens; the client {event: "done"} with what it
learned, or {event: "failed"} with the reason, and status 1.

| from | message | in it |
|---|---|---|
| client | hello | a name of its own, new each time; its clock |
| server | welcome | that name, a session id, the first nonce, its clock |
| client | login | the user, the nonce |
| server | token | a token; `seq`, which starts anywhere and goes up by one with each that follows; the next nonce |
| client | get, watch, report, bye | an `id` that goes up by one, the token, the newest nonce; the topic of `watch` has the session id in it, `since` of `report` is the time of the welcome |
| server | answer | the `id`, `seq`, its clock, the next nonce |
| server | push | `seq`; one after the answer to `watch`, one before the answer to `report` |
| client | ack | `seq` of the first push |

Whatever is not as it should be is answered with an error and closed with 4401. The changed version renames `price` to
`amount`, has a dearer kettle, takes its time for the report, leaves out the push before it, and pushes before it answers
`watch`.
"""  # noqa: E501 - a table

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.peers.certificates import Certificate, client_context

type Message = dict[str, object]

REFUSED = 4401
PRICES = {"kettle": 24.5, "lamp": 39.0}
CHANGED_PRICES = {"kettle": 26.0, "lamp": 39.0}
REPORT_TAKES_S = 0.25
"""Of the changed version."""


class NotDueError(Exception):
    """Something in a message is not what this state of the conversation allows: its argument says what."""


@dataclass(slots=True)
class Desk:
    """The server's side of one conversation.

    Args:
        changed: Whether this is the new version.
    """

    changed: bool
    session: str = field(default_factory=lambda: secrets.token_hex(16))
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    nonce: str = ""
    seq: int = field(default_factory=lambda: 10**6 + secrets.randbelow(10**9))
    """The last that went out."""
    welcomed_at: int = 0
    last_id: int | None = None
    pushed: int | None = None
    """`seq` of the push that is to be acknowledged."""
    state: str = "new"

    async def answers(self, message: Message) -> AsyncIterator[Message]:
        """Answer one message, in as many as it takes.

        Raises:
            NotDueError: It is not what is due.
        """
        match self.state, message["type"]:
            case "new", "hello":
                self.state, self.welcomed_at = "greeted", clock()
                welcome = {"type": "welcome", "client": message["client"], "session": self.session}
                yield welcome | self._next_nonce(self.welcomed_at)
            case "greeted", "login":
                self._check("nonce", message["nonce"], self.nonce)
                self.state = "in"
                yield {"type": "token", "token": self.token, **self._next_seq(), **self._next_nonce(clock())}
            case "in", "ack":
                self._check("seq", message["seq"], self.pushed)
                self.pushed = None
            case "in", "get" | "watch" | "report" | "bye" as asked:
                self._check("token", message["token"], self.token)
                self._check("nonce", message["nonce"], self.nonce)
                self._check_id(message["id"])
                async for answer in self._requested(asked, message):
                    yield answer
            case _:
                raise NotDueError("order")

    async def _requested(self, asked: str, message: Message) -> AsyncIterator[Message]:
        match asked:
            case "get":
                item = str(message["item"])
                price = {"amount": CHANGED_PRICES[item]} if self.changed else {"price": PRICES[item]}
                yield self._answer(message, item=item, **price)
            case "watch":
                self._check("topic", message["topic"], f"sessions/{self.session}/stock")
                answering = {"watching": message["topic"]}
                if not self.changed:
                    yield self._answer(message, **answering)
                push = self._push("kettle", 3)
                self.pushed = self.seq
                yield push
                if self.changed:
                    yield self._answer(message, **answering)
            case "report":
                self._check("since", message["since"], self.welcomed_at)
                self._check("seq", self.pushed, None)
                if self.changed:
                    await asyncio.sleep(REPORT_TAKES_S)
                else:
                    yield self._push("lamp", 7)
                yield self._answer(message, sold=2)
            case "bye":
                self.state = "done"
                yield self._answer(message)

    def _answer(self, message: Message, **content: object) -> Message:
        return {"type": "answer", "id": message["id"], **self._next_seq(), **self._next_nonce(clock()), **content}

    def _push(self, item: str, stock: int) -> Message:
        return {"type": "push", **self._next_seq(), "time": clock(), "item": item, "stock": stock}

    def _next_seq(self) -> Message:
        self.seq += 1
        return {"seq": self.seq}

    def _next_nonce(self, now: int) -> Message:
        self.nonce = secrets.token_hex(8)
        return {"nonce": self.nonce, "time": now}

    def _check_id(self, number: object) -> None:
        assert isinstance(number, int)
        if self.last_id is not None:
            self._check("id", number, self.last_id + 1)
        self.last_id = number

    @staticmethod
    def _check(name: str, came: object, due: object) -> None:
        if came != due:
            raise NotDueError(name)


def clock() -> int:
    """Return the time as such messages carry it, in milliseconds."""
    return time.time_ns() // 1_000_000


def tell(**event: object) -> None:
    """Print what happened."""
    print(msgspec.json.encode(event).decode(), flush=True)


async def run_server(port: int, certificate: Certificate | None, *, changed: bool) -> None:
    """Serve until the program is ended."""

    async def handle(connection: ServerConnection) -> None:
        desk = Desk(changed)
        tell(event="open", session=desk.session)
        try:
            async for data in connection:
                async for answer in desk.answers(msgspec.json.decode(data, type=dict)):
                    await connection.send(msgspec.json.encode(answer).decode())
        except NotDueError as error:
            tell(event="refused", session=desk.session, why=str(error))
            answer = {"type": "error", "code": f"bad_{error}", "message": f"this is not the {error} that is due"}
            await connection.send(msgspec.json.encode(answer).decode())
            await connection.close(REFUSED, f"bad {error}")
        except ConnectionClosed:
            pass
        await connection.wait_closed()
        tell(
            event="close",
            session=desk.session,
            code=connection.close_code,
            reason=connection.close_reason,
            done=desk.state == "done",
        )

    tls = certificate.server_context() if certificate is not None else None
    async with serve(handle, "127.0.0.1", port, ssl=tls, ping_interval=None) as server:
        tell(port=next(iter(server.sockets)).getsockname()[1])
        await server.serve_forever()


@dataclass(slots=True)
class Customer:
    """The client's side of one conversation."""

    connection: ClientConnection
    number: int
    """Of the next request."""
    token: str = ""
    nonce: str = ""
    seq: int | None = None
    """The last that came."""
    pushes: list[Message] = field(default_factory=list)

    async def talk(self) -> Message:
        """Say everything that there is to say, and return what came of it.

        Raises:
            AssertionError: An answer is not as it should be.
        """
        name = f"customer-{secrets.token_hex(4)}"
        await self._send(type="hello", client=name, at=clock())
        welcome = await self._heard("welcome")
        assert welcome["client"] == name, "the welcome is for somebody else"
        await self._send(type="login", user="ana", nonce=self.nonce)
        self.token = str((await self._heard("token"))["token"])
        prices: Message = {}  # of the changed server, none is under the name that this client knows
        for item in PRICES:
            answer = await self._ask("get", item=item)
            prices[item] = answer.get("price")
        await self._ask("watch", topic=f"sessions/{welcome['session']}/stock")
        if not self.pushes:
            await self._heard("push")
        await self._send(type="ack", seq=self.pushes[0]["seq"])
        await self._ask("report", since=welcome["time"])
        await self._ask("bye")
        await self.connection.close(1000, "done")
        return {"client": name, "session": welcome["session"], "prices": prices, "pushes": len(self.pushes)}

    async def _ask(self, kind: str, **content: object) -> Message:
        number = self.number
        self.number += 1
        await self._send(type=kind, id=number, token=self.token, nonce=self.nonce, **content)
        answer = await self._heard("answer")
        assert answer["id"] == number, f"an answer to {answer['id']} came instead of the one to {number}"
        return answer

    async def _heard(self, kind: str) -> Message:
        """Return the next message of a kind; a push may come before it."""
        while True:
            message: Message = msgspec.json.decode(await self.connection.recv(), type=dict)
            if isinstance(seq := message.get("seq"), int):
                assert self.seq in {None, seq - 1}, f"sequence number {seq} follows {self.seq}"
                self.seq = seq
            if message["type"] == "push":
                self.pushes.append(message)
            else:
                assert message["type"] == kind, f"{message} came instead of {kind}"
                assert isinstance(message["time"], int), f"{message} has no time"
                self.nonce = str(message["nonce"])
            if message["type"] == kind:
                return message

    async def _send(self, **message: object) -> None:
        await self.connection.send(msgspec.json.encode(message).decode())


async def run_client(url: str, proxy: str | None, ca: Path | None, first_id: int) -> bool:
    """Talk to a server once; return whether everything was as it should be."""
    tls = client_context(ca) if ca is not None and url.startswith("wss:") else None
    try:
        async with connect(url, proxy=proxy, ssl=tls, ping_interval=None) as connection:
            tell(event="done", **await Customer(connection, first_id).talk())
    except (AssertionError, ConnectionClosed, KeyError) as error:
        tell(event="failed", why=f"{type(error).__name__}: {error}")
        return False
    return True


def main() -> bool:
    """Run what the command line asks for, and return whether it went well."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve")
    serving.add_argument("--port", type=int, default=0)
    serving.add_argument("--changed", action="store_true")
    serving.add_argument("--cert", type=Path)
    serving.add_argument("--key", type=Path)
    talking = commands.add_parser("talk")
    talking.add_argument("url")
    talking.add_argument("--proxy")
    talking.add_argument("--ca", type=Path)
    talking.add_argument("--first-id", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.command == "talk":
        return asyncio.run(run_client(chosen.url, chosen.proxy, chosen.ca, chosen.first_id))
    certificate = Certificate(chosen.cert, chosen.key) if chosen.cert else None
    asyncio.run(run_server(chosen.port, certificate, changed=chosen.changed))
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
