"""WebSocket on the wire: frames, messages, compression, handshake and the relay of one connection. Sans-I/O.

Bytes go in, bytes and records come out. Nothing here opens a socket, reads a clock, draws a random number or writes a
log, and nothing raises on what a peer sent: bad traffic is data, told as `violations.Violation`.
"""
