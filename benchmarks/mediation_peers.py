"""Sweeps of patches with TransformerLens and nnsight, as their own documentation has them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from isogloss.language_models.patching.sites import PatchPair

PLACES = (32, 33, 40, 47, 62, 63)
"""Tokens at which the peers patch: from the swapped word to the last."""

# Takes a pair and a layer; gives y of the base run, patched from the donor at each of `PLACES`.
Sweep = Callable[[PatchPair, int], NDArray[np.float64]]


def with_transformer_lens(folder: Path) -> Sweep:
    """Give the sweep of TransformerLens."""
    from transformer_lens import patching
    from transformer_lens.model_bridge import TransformerBridge

    model = TransformerBridge.boot_transformers(str(folder), dtype=torch.float32, device="cpu")

    def sweep(pair: PatchPair, layer: int) -> NDArray[np.float64]:
        one, other = pair.answers

        def difference(logits: torch.Tensor) -> torch.Tensor:
            return logits[0, -1, one] - logits[0, -1, other]

        cells = pd.DataFrame([(layer, place) for place in PLACES], columns=["layer", "pos"])
        with torch.inference_mode():
            _, cache = model.run_with_cache(
                torch.tensor([pair.donor]), names_filter=lambda name: name.endswith("resid_pre")
            )
            found = patching.generic_activation_patch(
                model,
                torch.tensor([pair.base]),
                cache,
                difference,
                patching.layer_pos_patch_setter,
                "resid_pre",
                index_df=cells,
            )
        return np.asarray(found.double())

    return sweep


def with_nnsight(loaded: Any, **last_logits: int) -> Sweep:
    """Give the sweep of nnsight."""
    from nnsight import LanguageModel

    with warnings.catch_warnings():
        # It says that this name for it will go.
        warnings.simplefilter("ignore")
        model = LanguageModel(loaded.model, tokenizer=loaded.tokenizer)

    def sweep(pair: PatchPair, layer: int) -> NDArray[np.float64]:
        one, other = pair.answers
        donor, base = (torch.tensor([ids]) for ids in (pair.donor, pair.base))
        found = []
        with torch.inference_mode():
            with model.trace(donor, **last_logits):
                states = model.model.layers[layer].input.save()
            with model.trace(**last_logits) as tracer:
                for place in PLACES:
                    with tracer.invoke(base):
                        model.model.layers[layer].input[:, place] = states[:, place]
                        logits = model.lm_head.output[0, -1]
                        found.append((logits[one] - logits[other]).save())
        return np.array([float(one) for one in found])

    return sweep
