"""From token states to sentence vectors: the mean, the last token, the position-weighted mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

Pooling = Literal["mean", "last", "weighted"]
POOLINGS: tuple[Pooling, ...] = ("mean", "last", "weighted")


def pooling_weights(
    attention_mask: torch.Tensor,
    special_tokens_mask: torch.Tensor,
    poolings: Sequence[Pooling],
    include_special_tokens: bool,
) -> torch.Tensor:
    """Give the weight of every token in every pooling.

    Over the T tokens of a sentence that count, t = 1..T: `mean` weighs each 1/T, `last` the last
    one 1, `weighted` the t-th t / (T(T+1)/2) (Muennighoff 2022, arXiv 2202.08904, eq. 1). Padding
    never counts, on whichever side it is; special tokens only if asked for.

    Args:
        attention_mask: [sentences, tokens], 1 where there is a token.
        special_tokens_mask: [sentences, tokens], True at special tokens (and padding).
        poolings: which weights to give, in this order.
        include_special_tokens: whether special tokens count.

    Returns:
        float32 [sentences, poolings, tokens]; each row sums to 1.
    """
    import torch

    counted = attention_mask.bool()
    if not include_special_tokens:
        counted = counted & ~special_tokens_mask
    position = counted.cumsum(-1) * counted
    total = position.amax(-1, keepdim=True)
    unscaled = {
        "mean": counted.float(),
        "last": (counted & (position == total)).float(),
        "weighted": position.float(),
    }
    weights = torch.stack([unscaled[pooling] for pooling in poolings], dim=1)
    return weights / weights.sum(-1, keepdim=True)


def pool_states(
    states: torch.Tensor, weights: torch.Tensor, *, ignore_uncounted: bool = False
) -> torch.Tensor:
    """Pool token states into sentence vectors, accumulated in float32.

    Args:
        states: [sentences, tokens, hidden] of any floating dtype.
        weights: float32 [sentences, poolings, tokens].
        ignore_uncounted: whether tokens of weight 0 in all poolings may hold NaN or infinity, which
            would otherwise show (0 x NaN is NaN); takes another pass over the states.

    Returns:
        float32 [sentences, poolings, hidden].
    """
    import torch

    weights = weights.to(states.device)
    if ignore_uncounted:
        counted = (weights != 0).any(1).unsqueeze(-1)
        states = torch.where(counted, states, 0)
    return torch.bmm(weights, states.float())
