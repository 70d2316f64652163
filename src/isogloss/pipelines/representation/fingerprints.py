"""What makes stored results of a model differ, beside the texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isogloss.language_models.handle import LanguageModel
    from isogloss.pipelines.representation.parameters import RepresentationParameters


def embedding_fingerprint(
    lm: LanguageModel, parameters: RepresentationParameters
) -> dict[str, Any]:
    """Give what changes the values of stored embeddings: the model and how it is read."""
    return {
        **_reading_fingerprint(lm, parameters),
        "poolings": sorted(parameters.poolings),
        "include_special_tokens": parameters.include_special_tokens,
    }


def information_fingerprint(
    lm: LanguageModel, parameters: RepresentationParameters
) -> dict[str, Any]:
    """Give what changes the values of stored sentence information."""
    return _reading_fingerprint(lm, parameters)


def _reading_fingerprint(lm: LanguageModel, parameters: RepresentationParameters) -> dict[str, Any]:
    identity = lm.identity()
    fingerprint = {**identity, "overlong": parameters.overlong}
    if identity["dtype"] != "float32":
        # In half precision the company that a sentence keeps in a batch shows in its last digits.
        fingerprint["token_budget"] = parameters.token_budget
    return fingerprint
