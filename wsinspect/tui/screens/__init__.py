"""The screens: traffic, rules, statistics, and the help above each."""
