"""The control channel: what can be asked, the messages that ask it, and a client."""
