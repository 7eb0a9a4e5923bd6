"""The dialogs of the screen: each asks one thing, and returns the answer."""
