"""Recorded traffic that runs again: what to send when, what to make of what comes, and how two sessions compare."""
