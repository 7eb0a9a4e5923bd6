"""The capture file: an SQLite database, one writer, any number of readers."""
