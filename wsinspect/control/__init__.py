"""The control channel: its messages, and a client."""
