"""Columns and values that the tables of merging share."""

from __future__ import annotations

MERGE = ["recipe", "target", "seed"]
METHODS = ("linear", "task_arithmetic", "ties")
"""Methods that make one model of several; ensembles keep them all."""
SETTINGS = (
    "weighting",
    "normalisation",
    "features",
    "k",
    "temperature",
    "include_target",
    "lambda",
    "density",
)
"""Columns that tell, with the method, how a recipe merges."""
CHOICE = ("features", "k", "include_target")
"""Those of the settings that decide which sources are chosen by similarity."""
SUPERVISIONS = ("none", "target_dev", "target_train")
BASELINES = (
    "own",
    "pivot",
    "nearest_source",
    "best_source",
    "mean_source",
    "joint",
    "majority",
)
"""Methods that merge nothing."""
ENSEMBLES = ("ensemble_majority", "ensemble_weighted", "ensemble_soft")
