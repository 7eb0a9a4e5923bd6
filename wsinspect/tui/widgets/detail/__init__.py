"""What is chosen, in detail."""
