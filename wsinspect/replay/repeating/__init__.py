"""One side of a recording played by hand."""
