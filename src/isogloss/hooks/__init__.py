"""What happens around a command and around a run."""

from __future__ import annotations

from isogloss.hooks.checks import CheckSettingsHook, RequireModelsHook, StaleResultsError
from isogloss.hooks.commands import (
    CommandHook,
    ShowResultsHook,
    leave_refusals_to_their_message,
    prepare_command,
)
from isogloss.hooks.facts import RunFactsHook
from isogloss.hooks.failed import FailedPartsError, FailedPartsHook
from isogloss.hooks.interrupted import TellInterruptedHook
from isogloss.hooks.outdated import OutdatedResultsHook
from isogloss.hooks.places import RequireWritablePlacesHook
from isogloss.hooks.records import NodeMeasuringHook, NodeRecordsHook, RunRecordsHook
from isogloss.hooks.run_status import RunStatusHook
from isogloss.hooks.skipped import TellSkippedHook
from isogloss.hooks.sources import RequireSourcesHook

__all__ = [
    "CheckSettingsHook",
    "CommandHook",
    "FailedPartsError",
    "FailedPartsHook",
    "NodeMeasuringHook",
    "NodeRecordsHook",
    "OutdatedResultsHook",
    "RequireModelsHook",
    "RequireSourcesHook",
    "RequireWritablePlacesHook",
    "RunFactsHook",
    "RunRecordsHook",
    "RunStatusHook",
    "ShowResultsHook",
    "StaleResultsError",
    "TellInterruptedHook",
    "TellSkippedHook",
    "command_hook",
    "leave_refusals_to_their_message",
    "prepare_command",
]

command_hook = CommandHook()
