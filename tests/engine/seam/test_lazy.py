"""A tunnel whose server waits for its client, played to step by step."""

from __future__ import annotations

import pytest
from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.test import taddons, tflow

from wsinspect.engine.seam.lazy import PATIENCE_S, PatientLayer


class Tunnel:
    """A `PatientLayer`, and all that it wants."""

    def __init__(self) -> None:
        client = tflow.tclient_conn()
        client.state = ConnectionState.OPEN
        with taddons.context() as testing:
            self.context = Context(client, testing.options)
        self.context.server.address = ("a.test", 25)
        self.layer = PatientLayer(self.context)
        self.wanted: list[commands.Command] = []
        self.play(events.Start())
        (silence,) = self.wanted
        assert isinstance(silence, commands.RequestWakeup)
        self.silence = silence

    def play(self, event: events.Event) -> None:
        self.wanted = list(self.layer.handle_event(event))

    def wake(self) -> None:
        self.play(events.Wakeup(self.silence))

    @property
    def undecided(self) -> layer.NextLayer:
        (hook,) = self.wanted
        assert isinstance(hook, layer.NextLayerHook)
        return hook.data


def test_it_is_no_layer_that_others_see() -> None:
    tunnel = Tunnel()
    assert tunnel.context.layers == []
    assert tunnel.silence.delay == PATIENCE_S


def test_a_client_that_speaks_decides_what_comes_next() -> None:
    tunnel = Tunnel()
    tunnel.play(events.DataReceived(tunnel.context.client, b"GET / HTTP/1.1"))
    assert tunnel.undecided.data_client() == b"GET / HTTP/1.1"
    tunnel.wake()
    assert tunnel.wanted == []


@pytest.mark.parametrize("error", [None, "unreachable"])
def test_a_silent_client_gets_its_server(error: str | None) -> None:
    tunnel = Tunnel()
    tunnel.wake()
    (opening,) = tunnel.wanted
    assert isinstance(opening, commands.OpenConnection)
    assert opening.connection is tunnel.context.server
    tunnel.play(events.DataReceived(tunnel.context.client, b"late"))
    assert tunnel.wanted == [], "it waits for the answer"
    tunnel.play(events.OpenConnectionCompleted(opening, error))
    assert tunnel.undecided.data_client() == b"late"


def test_a_server_that_is_connected_to_is_not_again() -> None:
    tunnel = Tunnel()
    tunnel.context.server.state = ConnectionState.OPEN
    tunnel.wake()
    assert tunnel.wanted == []
