"""The engine's options are read, and end up in `EngineOptions`."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from wsinspect.cli.engine_options import (
    DurationType,
    SizeType,
    chosen_engine_options,
    engine_options,
)
from wsinspect.engine.options import DEFAULT_MAX_PAYLOAD_BYTES, EngineOptions, Overload


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "wsinspect" / "captures"


def parsed(*arguments: str) -> tuple[EngineOptions, bool]:
    found: list[tuple[EngineOptions, bool]] = []

    @click.command()
    @click.option("--other", is_flag=True)
    @engine_options
    @click.pass_context
    def command(ctx: click.Context, options: EngineOptions, *, other: bool) -> None:
        del other
        found.append((options, chosen_engine_options(ctx)))

    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    if not found:
        raise click.UsageError(result.stderr)
    return found[0]


def test_nothing_given_is_the_defaults_and_a_dated_file(data: Path) -> None:
    options, was_chosen = parsed("--other")
    assert options == EngineOptions(out=options.out)
    assert options.max_payload == DEFAULT_MAX_PAYLOAD_BYTES
    assert options.out.parent == data
    assert options.out.suffix == ".wsi"
    assert data.is_dir()
    assert not options.out.exists()
    assert not was_chosen


def test_everything_given_is_taken() -> None:
    options, was_chosen = parsed(
        *("--listen", "[::1]:0", "--mode", "regular", "--mode", "socks5@1081", "-o", "x.wsi", "--append"),
        *(
            "--scope",
            "*.a.test",
            "--insecure",
            "--upstream-ca",
            "ca.pem",
            "--confdir",
            "conf",
            "--max-payload",
            "1.5Mi",
        ),
        *("--limit-size", "2G", "--limit-age", "7d", "--on-overload", "drop", "--durable", "--ready-file", "r"),
    )
    assert options == EngineOptions(
        out=Path("x.wsi"),
        listen="[::1]:0",
        modes=("regular", "socks5@1081"),
        scope=("*.a.test",),
        insecure=True,
        upstream_ca=Path("ca.pem"),
        confdir=Path("conf"),
        append=True,
        durable=True,
        max_payload=1024 * 1536,
        on_overload=Overload.DROP,
        limit_size=2_000_000_000,
        limit_age_s=7 * 86400.0,
        ready_file=Path("r"),
    )
    assert was_chosen


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("812", 812), ("4k", 4000), ("4x", None), ("4KiB", 4096), ("4Ki", 4096), ("1 M", 10**6)],
)
def test_sizes(text: str, size: int | None) -> None:
    if size is None:
        with pytest.raises(click.UsageError):
            SizeType().convert(text, None, None)
    else:
        assert SizeType().convert(text, None, None) == size


@pytest.mark.parametrize(
    ("text", "seconds"), [("2", 2.0), ("1.5", 1.5), ("200ms", 0.2), ("2m", 120.0), ("1h", 3600.0), (3, 3.0)]
)
def test_durations(text: str | float, seconds: float) -> None:
    assert DurationType().convert(text, None, None) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--listen", "8080"),
        ("--max-payload", "many"),
        ("--limit-age", "2 weeks"),
        ("--limit-age", "-1"),
        ("--on-overload", "x"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(arguments: tuple[str, str]) -> None:
    with pytest.raises(click.UsageError, match=arguments[0]):
        parsed(*arguments)
