"""Connections to servers that are only made at the request, because a rule may answer it or send it elsewhere.

mitmproxy dials a tunnel's destination at once, and answers 502 where that fails; its option to dial late is one for all
connections, and leaves a client without an answer that waits for the server to speak first.
"""

from __future__ import annotations

from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context

PATIENCE_S = 2.0
"""A client that says nothing for so long waits for its server to speak: then it is connected to."""


class PatientLayer(layer.Layer):
    """Stands before mitmproxy's `NextLayer` in a tunnel whose destination is not connected to.

    Args:
        context: Of the tunnel.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        context.layers.remove(self)  # it is none that others should have to know, as `NextLayer` is not
        self._next = layer.NextLayer(context)
        self._silence = commands.RequestWakeup(PATIENCE_S)
        self._silent = True

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Wakeup) and event.command is self._silence:
            if self._silent and not self.context.server.connected:
                # Where it fails nothing is lost: who then asks for something is told so.
                yield commands.OpenConnection(self.context.server)
            return
        if isinstance(event, events.Start):
            yield self._silence
        else:
            self._silent = False
        yield from self._next.handle_event(event)
