"""The interactive prompt of `send`: lines a person types, what they mean, and the terminal they are typed into."""
