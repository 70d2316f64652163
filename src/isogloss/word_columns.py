"""Values of columns in the tables of words to count, for code that loads no schemas."""

from __future__ import annotations

POSITIONS = ("first", "last")
READ = "read"
KINDS = ("digits", "word", "native", READ)
"""Forms of the kind `read` are understood in answers, and are no answers that are scored."""
SLUG = r"^[a-z0-9_]+$"
"""Names of categories and concepts."""
