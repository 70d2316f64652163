"""Values of columns in the tables of words to count, for code that loads no schemas."""

from __future__ import annotations

POSITIONS = ("first", "last")
KINDS = ("digits", "word", "native")
