"""The server of a recording: what it says upon what, in the rhythm of the recording."""
