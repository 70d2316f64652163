"""Columns and values that the tables bringing the studies together share."""

from __future__ import annotations

STUDIES = (
    "alignment",
    "reading",
    "knowledge",
    "translation",
    "merging",
    "culture",
    "counting",
)
"""Those that the scoreboard holds, in the order in which they are shown."""
ROLES = ("", "target", "source")
UNITS = ("sentences", "passages", "items", "locales", "targets", "questions", "categories")
CELL = ("model", "language", "study", "role", "metric")
"""What tells the cells of the scoreboard apart."""
GATES = ("open", "closed")
VERDICTS = ("associated", "not separable", "not testable")
DIFFERS, SHOWN, NOT_SEPARABLE = "differs", "shown", "not separable"
NOT_TESTED, SYNTHETIC = "not tested", "synthetic"
WORDINGS = (SHOWN, DIFFERS, NOT_SEPARABLE, NOT_TESTED, SYNTHETIC)
TESTED = "tested"
"""Of a claim whose p is known, before all claims of a report are judged together."""
CLAIMED_STUDIES = (*STUDIES, "mediation", "cross-study")
"""Those that claims are made of, in the order in which they are said."""
LEVEL = 0.05
"""The largest adjusted p-value that lets a claim say that something differs."""
