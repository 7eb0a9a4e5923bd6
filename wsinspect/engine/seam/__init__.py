"""The seam to mitmproxy's internals: every replacement, each small, and the check that they still fit.

- `patches`: what is replaced, and the start-up check.
- `layer`: the relay in the place of mitmproxy's WebSocket layer.
- `stack`: which stacks of layers may be taken over, and their sockets.
- `endpoint`: one connection whose streams are taken over; `tls_pipe`: its TLS.
- `lazy`: tunnels whose server is only connected to when there is a request.
- `request_head`: `GET ws://…` in absolute form.
"""
