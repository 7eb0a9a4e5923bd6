"""The screen: the Textual program."""
