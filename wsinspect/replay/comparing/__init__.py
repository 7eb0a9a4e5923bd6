"""Two recordings compared: which message is which, what differs, and what of that does not matter."""
