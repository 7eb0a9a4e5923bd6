"""A WebSocket client whose connection is played by a `Performer`, and carried and recorded as a proxied one."""

from wsinspect.engine.client.opening import open_session
from wsinspect.engine.client.options import ClientOptions
from wsinspect.engine.client.recording import recording_to
from wsinspect.engine.client.session import ClientSession

__all__ = ["ClientOptions", "ClientSession", "open_session", "recording_to"]
