"""The client's own part of a connection, without sockets: the handshake, and what is sent and heard."""
