"""What makes stored results of a model differ, beside the texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.language_models.fingerprints import model_fingerprint
from isogloss.language_models.outline import settle_token_budget

if TYPE_CHECKING:
    from isogloss.language_models.handle import LanguageModel
    from isogloss.pipelines.representation.parameters import RepresentationParameters


DEFINITION = 1
"""Of what is stored; raised when a formula behind it changes."""


def settle(lm: LanguageModel, parameters: RepresentationParameters) -> RepresentationParameters:
    """Put the number of tokens for the budget `auto`: fingerprint and pass are to have the same."""
    budget = settle_token_budget(lm, parameters.token_budget)
    return parameters.model_copy(update={"token_budget": budget})


def embedding_fingerprint(
    lm: LanguageModel, parameters: RepresentationParameters
) -> dict[str, Any]:
    """Give what changes the values of stored embeddings: the model and how it is read.

    Args:
        lm: the model.
        parameters: settled.
    """
    return {
        **_reading_fingerprint(lm, parameters),
        "poolings": sorted(parameters.poolings),
        "include_special_tokens": parameters.include_special_tokens,
    }


def information_fingerprint(
    lm: LanguageModel, parameters: RepresentationParameters
) -> dict[str, Any]:
    """Give what changes the values of stored sentence information; parameters are settled."""
    return _reading_fingerprint(lm, parameters)


def _reading_fingerprint(lm: LanguageModel, parameters: RepresentationParameters) -> dict[str, Any]:
    batching = {"token_budget": int(parameters.token_budget), "group_size": parameters.group_size}
    return {
        "definition": DEFINITION,
        **model_fingerprint(lm, **batching),
        "overlong": parameters.overlong,
    }
