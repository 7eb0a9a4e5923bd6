"""The running proxy: mitmproxy, the seam into it, the carriers of sessions, and the recorder."""
