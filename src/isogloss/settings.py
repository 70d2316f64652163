"""Kedro's settings for this project."""

from __future__ import annotations

import warnings

from isogloss.allocation import keep_freed_memory
from isogloss.config import SessionConfigLoader, SessionStore
from isogloss.hooks import (
    CheckSettingsHook,
    FailedPartsHook,
    OutdatedResultsHook,
    RequireModelsHook,
    RequireSourcesHook,
    RequireWritablePlacesHook,
    RunFactsHook,
    RunRecordsHook,
    RunStatusHook,
    ShowResultsHook,
    TellInterruptedHook,
    TellSkippedHook,
    leave_refusals_to_their_message,
)
from isogloss.log_lines import leave_lines_whole

# Gathering `<model>.<table>` of all models in one node is the design, not an accident.
warnings.filterwarnings("ignore", message="One or more dataset names contain")
leave_refusals_to_their_message()
# Here and not in conf/logging.yml, where Kedro allows no handlers but its own.
leave_lines_whole()
keep_freed_memory()

CONFIG_LOADER_CLASS = SessionConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment, like the command line, says how it differs from base: one setting of a group
    # would else reset the others.
    "merge_strategy": {"parameters": "soft"},
}
HOOKS = (
    CheckSettingsHook(),
    OutdatedResultsHook(),
    RequireModelsHook(),
    RunFactsHook(),
    RunRecordsHook(),
    RunStatusHook(),
    ShowResultsHook(),
    TellInterruptedHook(),
    TellSkippedHook(),
    RequireWritablePlacesHook(),
    # Of those that check before a run, pluggy calls the one named last first: what is not there at
    # all is told before what does not fit.
    RequireSourcesHook(),
    # Last: of those that are to be called last, pluggy calls the one named last after the others.
    FailedPartsHook(),
)
SESSION_STORE_CLASS = SessionStore
