"""Which models of the zoo answer in words: those who label, translate, write and judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.config import ConfigurationError
from isogloss.errors import suggest
from isogloss.study_settings import choose_words, read_setting

if TYPE_CHECKING:
    from collections.abc import Mapping

# How answers are labelled -> the entry of the catalog that does it.
LABELLING = {"likelihood": ".lm", "call": ".chat"}


def find_labellers(
    chosen: object, parameters: Mapping[str, Any], catalog: Mapping[str, Any]
) -> dict[str, tuple[str, str]]:
    """Give kind and model of the labellers that are chosen; any model of the zoo may label.

    Args:
        chosen: names, `all` or nothing (all too).
        parameters: of the project.
        catalog: entries of the models.

    Raises:
        ConfigurationError: if a labeller or its model is not there.
    """
    described = read_setting("stance_labelling", "labellers", "To describe who labels", parameters)
    known = dict(described or {})
    words = choose_words("cultural.labellers", chosen, list(known), ("all",), "labeller")
    named = list(known) if "all" in (words or ["all"]) else words
    found = {}
    for name in named:
        kind, model = (str(known[name].get(key)) for key in ("kind", "model"))
        _require_labeller(f"stance_labelling.labellers.{name}", kind, model, catalog)
        found[name] = (kind, model)
    return found


def _require_labeller(setting: str, kind: str, model: str, catalog: Mapping[str, Any]) -> None:
    """Check that a labeller has the entry of the catalog that its kind needs."""
    ending = LABELLING.get(kind)
    if ending is None:
        raise ConfigurationError(f"{setting}.kind = {kind!r}: it is {' or '.join(LABELLING)}.")
    known = _answering_models(ending, catalog)
    if model not in known:
        raise ConfigurationError(
            f"{setting}.model: the zoo has no causal model '{model}{ending}'."
            f"{suggest(model, known)} There are: {', '.join(known)}."
        )


def _answering_models(ending: str, catalog: Mapping[str, Any]) -> list[str]:
    """Give the models of the zoo that answer in words, by an entry with that ending."""
    return [
        key.removesuffix(ending)
        for key, entry in catalog.items()
        if key.endswith(ending) and "{" not in key and entry.get("kind", "causal") == "causal"
    ]


def find_answering(
    group: str, role: str, purpose: str, parameters: Mapping[str, Any], catalog: Mapping[str, Any]
) -> str | None:
    """Give the entry of the catalog that answers in a role, over the net where it can.

    Args:
        group: of settings.
        role: the setting that names a model.
        purpose: of the setting, for messages.
        parameters: of the project.
        catalog: entries of the models.

    Raises:
        ConfigurationError: if there is no such model.
    """
    name = read_setting(group, role, purpose, parameters)
    if name is None:
        return None
    entries = {
        model: f"{model}{ending}"
        for ending in (".lm", ".chat")
        for model in _answering_models(ending, catalog)
    }
    if name not in entries:
        raise ConfigurationError(
            f"{group}.{role}: the zoo has no chat or causal model '{name}'."
            f"{suggest(str(name), entries)} There are: {', '.join(entries)}. Describe others in "
            f"conf/local/catalog.yml, a model behind a server as {name}.chat."
        )
    return entries[name]
