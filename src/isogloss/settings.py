"""Kedro's settings for this project."""

from __future__ import annotations

import warnings

from isogloss.config import SessionConfigLoader, SessionStore
from isogloss.hooks import ShowResultsHook

# Gathering `<model>.<table>` of all models in one node is the design, not an accident.
warnings.filterwarnings("ignore", message="One or more dataset names contain")

CONFIG_LOADER_CLASS = SessionConfigLoader
CONFIG_LOADER_ARGS = {"base_env": "base", "default_run_env": "local"}
HOOKS = (ShowResultsHook(),)
SESSION_STORE_CLASS = SessionStore
