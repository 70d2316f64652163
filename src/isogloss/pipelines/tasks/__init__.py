"""Tasks: what a model answers, how well it translates, and how sure one can be of it."""
