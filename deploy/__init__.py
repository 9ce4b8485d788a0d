"""The files of a production machine. ``docs/operating.md`` walks through them; ``render`` fills in its names."""
