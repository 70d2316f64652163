"""What is checked before a run: parameters, inputs, models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedro.framework import project
from kedro.framework.hooks import hook_impl

from isogloss.chat import MissingKeyError
from isogloss.config import SessionConfigLoader, checked_parameters
from isogloss.errors import Refusal
from isogloss.freshness import (
    DATA,
    DECIDED_BY,
    FINGERPRINTED,
    PROMPT_TABLES,
    SOURCES,
    TEXTS,
    base_name,
    changed_settings,
    deciding_settings,
    note_settings,
)
from isogloss.hooks.remedies import mending_command, shorten
from isogloss.partitions import changed_keys
from isogloss.setting_models import PARAMETERS, PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Set

    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline

AS_WRITTEN = ("prompts", "translation_prompts")
ASKED_WITH_KEY = ("openai", "batch")
NOT_OF_A_SOURCE = ("type", "metadata", "credentials", "models_root")


class StaleResultsError(Refusal):
    """What lies in data_root is not what a run needs: missing, or made with other settings."""


class CheckSettingsHook:
    """Refuses wrong parameters, and runs that rest on what they do not fit."""

    concerns_data = True
    """Whether workers of a cluster have it too: it notes settings in what they save."""

    def __init__(self) -> None:
        self._settings: dict[str, dict[str, Any]] = {}
        self._fingerprints: dict[str, dict[str, Any]] = {}

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check the parameters of all rooms, in words that name what is possible."""
        loader = context.config_loader
        if not isinstance(loader, SessionConfigLoader):
            return
        parameters = {
            name: value.model_dump(mode="json") if hasattr(value, "model_dump") else value
            for name, value in checked_parameters(loader, PARAMETERS, PLACES).items()
        }
        # As they are written: what they leave out depends on which rooms there are.
        parameters |= {name: loader["parameters"][name] for name in AS_WRITTEN}
        sources = _sources(parameters, loader["catalog"])
        asked = "reading_items" in project.pipelines["ingestion"].all_outputs()
        self._settings = {
            table: deciding_settings(table, parameters, sources, asked=asked)
            for table in DECIDED_BY
        }
        self._fingerprints = {
            table: {
                key: _unordered(parameters[room][key]) for key in keys if key in parameters[room]
            }
            for table, (room, keys) in FINGERPRINTED.items()
        }

    @hook_impl
    def before_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Note in tables the settings that they are made with."""
        name = base_name(dataset_name)
        if settings := self._settings.get(name):
            note_settings(data, settings, content=name in DATA)

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Refuse a run that rests on what is missing or was made with other settings.

        Raises:
            StaleResultsError: names what is missing or differs, and the command that makes it.
        """

        def lacking(names: Set[str]) -> Set[str]:
            known = {name for name in names if not catalog.exists(name)}
            return known | self._differences(names - known, catalog).keys()

        def remedy(wanted: Set[str]) -> str:
            return mending_command(pipeline, run_params, wanted, lacking)

        _require_inputs(pipeline, catalog, remedy)
        found = self._differences(
            (pipeline.inputs() | set(TEXTS)) - pipeline.all_outputs(), catalog
        )
        if found:
            lines = dict.fromkeys(line for lines in found.values() for line in lines)
            raise StaleResultsError(
                f"The stored {shorten(list(found))} were made with other settings than those of "
                "this run:\n  "
                + "\n  ".join(lines)
                + "\nGive the settings that they were made with (left), or make them anew:\n  "
                + remedy(found.keys())
            )

    def _differences(self, names: Set[str], catalog: DataCatalog) -> dict[str, list[str]]:
        """Give those of some results that were made with other settings, and which differ."""
        found = {}
        for name in sorted(names):
            settings = self._settings.get(base_name(name))
            keys = self._fingerprints.get(base_name(name))
            if (settings or keys) and catalog.exists(name):
                stored = catalog.load(name)
                lines = changed_settings(stored, settings) if settings else []
                if keys and keys.keys() <= stored.fingerprint.keys():
                    made = {key: _unordered(stored.fingerprint[key]) for key in keys}
                    lines = changed_keys(made, keys)
                if lines:
                    found[name] = lines
        return found


def _sources(
    parameters: Mapping[str, Any], catalog: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Give what the catalog says of the raw data that the parameters name or choose from."""
    sources = {}
    for name, ending in SOURCES.items():
        named = parameters[name]
        chosen = (named.get("corpus") or named["source"]) if isinstance(named, dict) else named
        entry = catalog[f"{chosen}_{ending}"]
        sources[name] = {key: value for key, value in entry.items() if key not in NOT_OF_A_SOURCE}
    tables = {name: catalog[entry] for name, entry in PROMPT_TABLES.items()}
    return sources | {name: {"filepath": entry["filepath"]} for name, entry in tables.items()}


def _unordered(value: Any) -> Any:
    """Put lists in order: the order of poolings, say, decides nothing."""
    return sorted(value) if isinstance(value, list | tuple) else value


def _require_inputs(
    pipeline: Pipeline, catalog: DataCatalog, remedy: Callable[[Set[str]], str]
) -> None:
    """Refuse a run some of whose inputs another room has yet to make."""
    made = project.pipelines["__default__"].all_outputs() & pipeline.inputs()
    missing = sorted(name for name in made if not catalog.exists(name))
    if missing:
        raise StaleResultsError(
            f"This run needs what is not there, or not complete: {', '.join(missing)}. "
            "What is complete is not computed again. Make the rest:\n  " + remedy(set(missing))
        )


class RequireModelsHook:
    """Refuses a run whose models cannot be had, before anything is computed."""

    @hook_impl(trylast=True)
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Look for every model that the run opens.

        Raises:
            Refusal: names all that are missing, each with the command that obtains it; likewise
                keys of chat models.
        """
        missing: list[Refusal] = []
        keys: dict[str, list[str]] = {}
        for name in sorted(pipeline.inputs()):
            try:
                if name.endswith(".lm"):
                    catalog.load(name).require()
                if name.endswith(".chat"):
                    _require_key(name, catalog)
            except MissingKeyError as error:
                keys.setdefault(error.remedy, []).extend(error.names)
            except Refusal as error:
                missing.append(error)
        # A key that several models take is asked for once.
        missing += [MissingKeyError(names, remedy) for remedy, names in keys.items()]
        if missing:
            raise Refusal("\n".join(map(str, missing)))


def _require_key(name: str, catalog: DataCatalog) -> None:
    """Refuse a chat model without a key, of which no answer is stored that might do."""
    chat = catalog.load(name)
    if chat.specification.engine not in ASKED_WITH_KEY:
        return
    try:
        chat.secret()
    except Refusal:
        # Read only now: a store may hold many answers.
        store = catalog.load(f"{name.removesuffix('.chat')}.response_store")
        if not store.read().responses:
            raise
