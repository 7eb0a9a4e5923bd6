"""What the screen knows: the capture file, read in threads, and the engine, steered through its control channel."""
