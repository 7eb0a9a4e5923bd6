"""The rules that the page on mocks shows, with captures beside them, and what is wrong with others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.cli.reading import run
from tests.e2e.conftest import private_runtime
from tests.engine.live import live_engine
from tests.peers.capture import session_at
from tests.peers.talks import write_talk
from tests.peers.waiting import within
from wsinspect.model import Direction, Source

__all__ = ["private_runtime"]

pytestmark = pytest.mark.usefixtures("private_runtime")
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "howto" / "mock-a-server.md").read_text(encoding="utf-8")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The rules of the page, beside captures such as it speaks of."""
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    write_talk(tmp_path / "shop.wsi", "< hi", '> {"type":"price","id":1}', '< {"id":1,"price":3}', target="/api")
    write_talk(tmp_path / "news.wsi", *[f"< news {number}" for number in range(1, 90)])
    file = tmp_path / "rules.yaml"
    file.write_text(example.replace("session: 3", "session: 1"))
    return file


async def test_the_example_plays_the_shop(rules: Path, confdir: Path) -> None:
    async with live_engine(rules.parent, confdir, rules=(rules,)) as engine:
        proxy = f"http://{engine.info.listen[0]}"
        async with connect("ws://shop.example.com/api", proxy=proxy, ping_interval=None) as client:
            assert client.response is not None
            assert client.response.headers["Sec-WebSocket-Extensions"] == "permessage-deflate"
            assert await within(client.recv(), "the opening") == "hi"
            await client.send('{"type":"price","id":7}')
            assert await within(client.recv(), "the price") == '{"id":7,"price":3}'
        recorded = await session_at(engine.capture, "/api")
    assert {(message.direction, message.source) for message in recorded.messages} == {
        (Direction.C2S, Source.PEER),
        (Direction.S2C, Source.REPLAY),
    }


def test_it_is_checked_with_its_place(rules: Path) -> None:
    checked = run("rules", "check", rules)
    assert (checked.exit_code, checked.stdout.strip()) == (0, f"{rules}: 2 rules")
    rules.write_text(rules.read_text().replace("session: 1,", "session: 4,").replace("shop.wsi", "gone.wsi"))
    checked = run("rules", "check", rules)
    assert checked.exit_code == 3
    gone, session = checked.stderr.splitlines()
    assert re.match(rf"{re.escape(str(rules))}:8:9: rule 'shop-without-a-server': replay: gone\.wsi: ", gone)
    assert re.match(
        rf"{re.escape(str(rules))}:13:9: rule 'yesterdays-news-beside-todays': replay: news\.wsi: ", session
    )
    assert "there is no session 4 (it has 1)" in session


def test_a_dry_run_says_what_would_be_played(rules: Path) -> None:
    tested = run("rules", "test", rules, "--capture", rules.parent / "shop.wsi")
    assert tested.exit_code == 0, tested.output
    rules.write_text(rules.read_text().replace("shop.example.com", "shop.test"))
    tested = run("rules", "test", rules, "--capture", rules.parent / "shop.wsi")
    assert "2 messages of session 1 to the client, causal" in tested.output
