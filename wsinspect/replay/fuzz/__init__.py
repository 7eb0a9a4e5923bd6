"""Variations of a recorded message: what to send, how to listen, and what to think of the answers."""
