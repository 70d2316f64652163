"""Logits at chosen places: the output layer is as costly as the blocks and seldom needed whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from isogloss.language_models.loading import LoadedModel

# Elements of the largest array of logits; in float32 a quarter of a gigabyte.
LOGITS_AT_ONCE = 2**26
# On a CPU larger arrays are given back to the system and asked for again each time, which takes
# longer than what is computed with them: 16 MB in float32.
FLOATS_AT_ONCE = 2**22
HALF = 2
"""Bytes of a number in half precision."""

Head = Callable[["torch.Tensor"], "torch.Tensor"]


def _unchanged(logits: torch.Tensor) -> torch.Tensor:
    return logits


@dataclass(frozen=True)
class LogitReader:
    """A way to the logits of a causal model.

    Attributes:
        module: the backbone, or the whole model where backbone and output layer do not suffice.
        head: from what `read` gives, at any places, to logits.
        chunk: places of which the logits are computed at once.
        rows: of these that are turned into float32 at once.
        whole: whether `read` itself already gives logits, of all places.
        weights: the output layer with a matrix of weights; None if `head` is not made of one.
        finish: what is put behind that layer.
    """

    module: Any
    head: Head
    chunk: int
    rows: int
    whole: bool
    weights: Any = None
    finish: Head = _unchanged

    def read(self, arguments: dict[str, Any]) -> torch.Tensor:
        """Read a batch and give what `head` takes: [sentences, tokens, units].

        Args:
            arguments: keyword arguments of the backbone.
        """
        output = self.module(**arguments)
        states: torch.Tensor = output.logits if self.whole else output.last_hidden_state
        return states

    def logits(self, states: torch.Tensor) -> Iterator[torch.Tensor]:
        """Give the float32 logits of places, [up to `rows` places, vocabulary] at a time.

        Args:
            states: [places, units], chosen from what `read` gives.
        """
        import torch

        for part in torch.split(states, self.chunk):
            for logits in torch.split(self.head(part), self.rows):
                yield logits.float()

    def single(
        self,
        states: torch.Tensor,
        logits: torch.Tensor,
        places: Sequence[int],
        tokens: Sequence[int],
    ) -> torch.Tensor:
        """Give float32 logits of single tokens, also where the output layer is in half precision.

        There its logits lie on a grid, so that of four letters two would often be equally likely.

        Args:
            states: [places, units], as for `logits`.
            logits: of the same places, [places, vocabulary].
            places: of which a logit is wanted.
            tokens: one for each of these.
        """
        rows, index = list(places), list(tokens)
        weight = getattr(self.weights, "weight", None)
        if weight is None or weight.itemsize != HALF:
            return logits[rows, index]
        with fetched(self.weights):
            weight, bias = self.weights.weight, getattr(self.weights, "bias", None)
            own = states[rows].to(weight.device)
            exact = (own.float() * weight[index].float()).sum(-1)
            if bias is not None:
                exact = exact + bias[index].float()
        return self.finish(exact)

    def affordable(self, budget: int) -> int:
        """Give the tokens a batch that this way can bear, if the model as such bears `budget`."""
        return min(budget, self.chunk) if self.whole else budget


@contextmanager
def fetched(module: Any) -> Iterator[None]:
    """Have the weights of a module at hand that are kept on the CPU or on disk until it runs.

    Args:
        module: of a model, spread or not.
    """
    if not hasattr(module, "_hf_hook"):
        yield
        return
    from accelerate.utils import align_module_device

    with align_module_device(module):
        yield


# Distance of vectors against their length: rounding stays far below, other vectors far above.
LIKE_IN_SINGLE, LIKE_IN_HALF = 1e-3, 0.1


def choose_logit_reader(loaded: LoadedModel, arguments: dict[str, Any]) -> LogitReader:
    """Give the cheapest way to the logits of a model; which one is right is tried on a sample.

    Args:
        loaded: an open causal model.
        arguments: a small batch, as keyword arguments of the backbone.
    """
    config = loaded.model.config.get_text_config()
    chunk = max(1, LOGITS_AT_ONCE // config.vocab_size)
    on_cpu = loaded.device.type == "cpu"
    rows = max(1, FLOATS_AT_ONCE // config.vocab_size) if on_cpu else chunk
    whole = LogitReader(loaded.model, lambda logits: logits, chunk, rows, whole=True)
    head = loaded.model.get_output_embeddings()
    if head is None:
        return whole
    finish = scaling(config)
    chosen = LogitReader(
        loaded.backbone,
        lambda states: finish(head(states)),
        chunk,
        rows,
        whole=False,
        weights=head,
        finish=finish,
    )
    expected, found = whole.read(arguments), chosen.head(chosen.read(arguments))
    return chosen if agree(found, expected) else whole


def scaling(config: Any) -> Head:
    """Give what some architectures put behind the output layer: a factor, a soft cap.

    Args:
        config: of the text model.
    """
    scale = getattr(config, "logit_scale", None) or 1.0
    divisor = getattr(config, "logits_scaling", None) or 1.0
    cap = getattr(config, "final_logit_softcapping", None)

    def apply(logits: torch.Tensor) -> torch.Tensor:
        if scale != divisor:
            logits = logits * (scale / divisor)
        return cap * (logits / cap).tanh() if cap else logits

    return apply


def agree(found: torch.Tensor, expected: torch.Tensor) -> bool:
    """Say whether two ways to the same vectors differ by no more than rounding in their dtype.

    Single numbers do not tell: in half precision a few large ones leave little of the small ones.

    Args:
        found: [..., units].
        expected: likewise.
    """
    import torch

    if found.shape != expected.shape:
        return False
    tolerance = LIKE_IN_SINGLE if expected.dtype == torch.float32 else LIKE_IN_HALF
    found = found.to(expected.device).float().nan_to_num()
    expected = expected.float().nan_to_num()
    # In the head's logits -inf stands for tokens that cannot be, in both alike.
    distance = (found - expected).norm(dim=-1)
    return bool((distance <= tolerance * expected.norm(dim=-1)).all())
