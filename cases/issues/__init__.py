"""Issues: what many cases have in common, who leads it, and what its businesses are told."""
