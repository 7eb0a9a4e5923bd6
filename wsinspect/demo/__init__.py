"""A small living system of WebSocket servers and clients, so that a newcomer sees real traffic at once."""
