"""What makes a model's results differ from another's, beside what it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.language_models.batching import AUTOMATIC, TokenBudget
from isogloss.language_models.generation import CPU_TOKEN_BUDGET
from isogloss.language_models.outline import examine_machine, settle_token_budget

if TYPE_CHECKING:
    from isogloss.language_models.handle import LanguageModel


def model_fingerprint(lm: LanguageModel, **batching: int) -> dict[str, Any]:
    """Give the identity of a model, with what else its numbers depend on in half precision.

    There the company that a text keeps in a batch shows in its last digits; in float32 it does not
    beyond 1e-5, whatever the batches and the device.

    Args:
        lm: the model.
        **batching: what decides which texts share a batch, such as the tokens a batch.

    Returns:
        JSON values: those of `identity`; unless the model computes in float32 and unquantised also
        `batching` and the type of the device.
    """
    identity = lm.identity()
    if identity["dtype"] == "float32" and identity["quantisation"] == "none":
        return identity
    machine = examine_machine(lm.specification)
    return {**identity, **batching, "device": machine.device.type}


def settle_writing_budget(lm: LanguageModel, budget: TokenBudget) -> int:
    """Give the tokens a batch with which `generate_texts` writes, without opening the model.

    Args:
        lm: the handle of the model.
        budget: tokens a batch, or `auto`.
    """
    machine = examine_machine(lm.specification)
    if budget == AUTOMATIC and machine.device.type != "cuda":
        return CPU_TOKEN_BUDGET
    return settle_token_budget(lm, budget)
