"""The outline of a model, from its configuration alone: its shape and what it costs."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.language_models.batching import (
    AUTOMATIC,
    TokenBudget,
    resolve_budget,
    working_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from isogloss.language_models.handle import LanguageModel
    from isogloss.language_models.specification import ModelSpecification

# Size and number of the matrix products that are timed.
PRODUCT_SIZE = 2048
PRODUCTS = 5
# Bytes of a weight that is quantised: 64 weights of 4 bits share a float32 scale. The scales of 8
# bits, one a row, are too few to count.
QUANTISED_BYTES = {"8bit": 1.0, "4bit": 0.5 + 4 / 64}


@dataclass(frozen=True)
class ModelOutline:
    """Shape and cost of a model without its weights.

    Attributes:
        layers: L; there are L + 1 hidden states.
        hidden_size: units a token.
        max_length: longest input in tokens, special tokens included.
        block_weights: entries of all matrices by which the backbone multiplies a token. A mixture
            of experts counts all its experts: an upper bound.
        attention_width: units of all attention heads of all layers together.
        head_weights: entries of the output layer's matrix; 0 if there is none.
        total_weights: all entries, embeddings included.
        quantised_weights: entries of what `quantisation` makes smaller; embeddings, output layer
            and norms stay as they are.
    """

    layers: int
    hidden_size: int
    max_length: int
    block_weights: int
    attention_width: int
    head_weights: int
    total_weights: int
    quantised_weights: int

    def backbone_flops(self, length: int) -> float:
        """Count the floating-point operations of the backbone for one sentence.

        A matrix costs 2 operations an entry and token; attention 4 (products with keys and with
        values) a unit, token and visible token, all of which are taken as visible.

        Args:
            length: tokens of the sentence.
        """
        return 2.0 * self.block_weights * length + 4.0 * self.attention_width * length**2

    def head_flops(self, length: int) -> float:
        """Count the floating-point operations of the output layer for one sentence."""
        return 2.0 * self.head_weights * length

    def weight_bytes(self, quantisation: str, itemsize: int) -> int:
        """Count the bytes of all weights in memory.

        Args:
            quantisation: of the specification.
            itemsize: bytes of a weight that is not quantised.
        """
        smaller = self.quantised_weights * QUANTISED_BYTES.get(quantisation, itemsize)
        return round((self.total_weights - self.quantised_weights) * itemsize + smaller)


def outline_model(lm: LanguageModel, tokenizer: Any) -> ModelOutline:
    """Outline a model from its configuration; no weights are read.

    Args:
        lm: the handle of the model.
        tokenizer: of the model; its folder holds the configuration.
    """
    from isogloss.language_models.architecture import (
        empty_model,
        find_backbone,
        longest_input,
        name_quantised,
    )

    specification = lm.specification
    trust = specification.trust_remote_code
    model = empty_model(lm.kind, Path(tokenizer.name_or_path), trust_remote_code=trust)
    text = model.config.get_text_config()
    heads = text.num_attention_heads
    head_size = getattr(text, "head_dim", None) or text.hidden_size // heads
    head = None if lm.kind == "encoder" else model.get_output_embeddings()
    smaller = name_quantised(model)
    return ModelOutline(
        layers=text.num_hidden_layers,
        hidden_size=text.hidden_size,
        max_length=specification.max_length or longest_input(model, tokenizer),
        block_weights=count_block_weights(find_backbone(model, lm.kind)),
        attention_width=text.num_hidden_layers * heads * head_size,
        head_weights=head.weight.numel() if head is not None else 0,
        total_weights=sum(parameter.numel() for parameter in model.parameters()),
        quantised_weights=sum(
            parameter.numel() for name, parameter in model.named_parameters() if name in smaller
        ),
    )


def count_block_weights(backbone: Any) -> int:
    """Count the entries of all matrices of a backbone, its embedding tables left out.

    Args:
        backbone: a torch module.
    """
    from torch.nn import Embedding

    return sum(
        parameter.numel()
        for module in backbone.modules()
        if not isinstance(module, Embedding)
        for parameter in module.parameters(recurse=False)
        if parameter.ndim > 1
    )


@dataclass(frozen=True)
class Machine:
    """Where a model would run.

    Attributes:
        devices: on which the model would compute, one after the other where there are several.
        dtype: in which it would.
    """

    devices: Sequence[torch.device]
    dtype: torch.dtype

    @property
    def device(self) -> torch.device:
        """The first of the devices, which are of one kind."""
        return self.devices[0]

    def measure_product_rate(self) -> float:
        """Measure the rate of matrix products: median of 5, in operations a second."""
        import torch

        matrix = torch.ones(PRODUCT_SIZE, PRODUCT_SIZE, dtype=self.dtype, device=self.device)
        # Asking for memory takes time that is not the product's.
        product = torch.empty_like(matrix)
        seconds = []
        for _ in range(PRODUCTS + 1):
            start = time.perf_counter()
            torch.matmul(matrix, matrix, out=product)
            float(product[0, 0])  # reading an element waits for the device
            seconds.append(time.perf_counter() - start)
        return 2.0 * PRODUCT_SIZE**3 / statistics.median(seconds[1:])


def settle_token_budget(lm: LanguageModel, budget: TokenBudget) -> int:
    """Give the tokens a batch, padding included, without opening the model.

    Args:
        lm: the handle of the model; its configuration is read only where `auto` depends on it.
        budget: tokens a batch, or `auto`.
    """
    machine = examine_machine(lm.specification)
    if budget != AUTOMATIC or machine.device.type != "cuda":
        return resolve_budget(budget, bytes_per_token=1, weight_bytes={})
    outline = outline_model(lm, lm.tokenizer())
    working = working_bytes(outline.hidden_size, machine.dtype.itemsize)
    return resolve_budget(budget, working, _bytes_by_device(lm, outline, machine))


def _bytes_by_device(
    lm: LanguageModel, outline: ModelOutline, machine: Machine
) -> dict[torch.device, int]:
    """Give the memory that the weights of a model take on each device on which it would run."""
    from isogloss.language_models.architecture import empty_model
    from isogloss.language_models.placement import count_bytes, place_parts

    folder, specification = lm.tokenizer_folder(), lm.specification
    placed = place_parts(lm.name, specification, folder, machine.devices, machine.dtype)
    if placed is None:
        return {machine.device: weight_bytes(lm, outline, machine)}
    trust = specification.trust_remote_code
    model = empty_model(lm.kind, folder, trust_remote_code=trust)
    return count_bytes(model, placed, machine.dtype.itemsize, specification.quantisation)


def weight_bytes(lm: LanguageModel, outline: ModelOutline, machine: Machine) -> int:
    """Give the memory that the weights of a model take where it would run."""
    return outline.weight_bytes(lm.specification.quantisation, machine.dtype.itemsize)


def examine_machine(specification: ModelSpecification) -> Machine:
    """Resolve the devices and dtype of a model specification on this machine.

    Args:
        specification: of the model.

    Raises:
        ModelError: if a device that was asked for is not there.
    """
    from isogloss.language_models.devices import resolve_devices, resolve_dtype

    devices = resolve_devices(specification)
    return Machine(devices, resolve_dtype(specification.dtype, devices[0]))
