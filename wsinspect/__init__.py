"""wsinspect: an intercepting WebSocket proxy and traffic inspector."""
