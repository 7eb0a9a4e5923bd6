"""The command line: arguments, wiring and exit status; one module a command."""
