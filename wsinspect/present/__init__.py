"""Records laid out for people, in lines of harmless, styled text: what commands print and the screen draws."""
