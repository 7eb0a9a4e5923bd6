"""How a recording is played: what is waited for, what a live message is, and what goes when."""
