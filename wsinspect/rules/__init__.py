"""The rule language: YAML files that change, answer, delay, break and watch messages."""
