"""Generating text: many prompts at a time, each until its line, its text or its budget ends."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.batching import AUTOMATIC, BatchRunner, TokenBudget
from isogloss.language_models.continuation_encoding import encode_prompts
from isogloss.language_models.half_precision import half_precision_detours
from isogloss.language_models.next_tokens import start_writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from isogloss.language_models.loading import LoadedModel

StopReason = Literal["newline", "end", "budget"]

# A step costs about the same for one row as for many, so that batches are larger here than where
# all tokens of a text are read at once. Measured on Gemma 3 270M: half of it is a third slower, and
# twice as much no faster.
CPU_TOKEN_BUDGET = 4096

# Tokens among which a nucleus is looked for first. To sort a vocabulary of 262,000 takes ten times
# as long as the step of Gemma 3 270M that it follows.
NUCLEUS = 2048


@dataclass(frozen=True)
class Sampling:
    """Drawing tokens instead of taking the most likely one.

    Attributes:
        temperature: by which logits are divided, above 0.
        seed: of the draws; each prompt has its own, by its place, whatever it is batched with. Or
            one seed a prompt: then its draws do not depend on its place either.
        top_p: draw among the most likely tokens that together have this probability (nucleus
            sampling, Holtzman et al. 2020).
    """

    temperature: float
    seed: int | Sequence[int]
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise Refusal(f"temperature is {self.temperature}: make it positive, or do not sample.")
        if not 0 < self.top_p <= 1:
            raise Refusal(f"top_p is {self.top_p}: it is a probability above 0, 1 at most.")


@dataclass(frozen=True)
class GeneratedText:
    """What a model wrote after a prompt.

    Attributes:
        text: without special tokens, and without blanks at either side.
        tokens: generated, the one that ended it included.
        stop_reason: `newline` (not part of the text), `end` of text, or the `budget` was spent.
    """

    text: str
    tokens: int
    stop_reason: StopReason


def generate_texts(
    loaded: LoadedModel,
    prompts: Sequence[str],
    budgets: Sequence[int],
    *,
    framed: bool = False,
    stop_at_newline: bool = True,
    sampling: Sampling | None = None,
    token_budget: TokenBudget = AUTOMATIC,
    advance: Callable[[int], None] | None = None,
) -> list[GeneratedText]:
    """Continue prompts with the most likely token each time, or with drawn ones.

    Of the model's generation settings only the tokens that end a text are heeded. Prompts of like
    length are continued together; those that are finished leave the batch.

    Args:
        loaded: an open causal or seq2seq model.
        prompts: a causal model continues them, a seq2seq model reads them and writes.
        budgets: most new tokens for each prompt.
        framed: whether a chat template has put all special tokens into the prompts.
        stop_at_newline: whether the first line break ends the text.
        sampling: None for the most likely token.
        token_budget: tokens a batch, prompts, new tokens and padding included, or `auto`; halved
            when memory runs out.
        advance: told how many prompts are finished after each batch.

    Returns:
        One text for each prompt, in their order.

    Raises:
        Refusal: if the model is an encoder, or if a prompt with its budget exceeds its limit.
        ArithmeticError: if logits are not numbers.
    """
    import torch

    if loaded.kind == "encoder":
        raise Refusal("A model of kind 'encoder' generates no text.")
    rows = _encode(loaded, prompts, budgets, framed)
    texts: dict[int, GeneratedText] = {}
    writer = _Writer(loaded, stop_at_newline, sampling)
    runner = BatchRunner(_settle_budget(loaded, token_budget))

    def forward(places: list[int]) -> list[_Row]:
        # Copies, since a batch that runs out of memory is begun anew.
        return writer.write([deepcopy(rows[place]) for place in places])

    with torch.inference_mode(), half_precision_detours(loaded, keep_attention=True):
        for places, written in runner.run([len(row.prompt) + row.budget for row in rows], forward):
            texts.update((row.place, writer.describe(row)) for row in written)
            if advance is not None:
                advance(len(places))
    return [texts[place] for place in range(len(prompts))]


@dataclass
class _Row:
    prompt: tuple[int, ...]
    budget: int
    place: int
    written: list[int] = field(default_factory=list)
    stop_reason: StopReason | None = None


def _encode(
    loaded: LoadedModel, prompts: Sequence[str], budgets: Sequence[int], framed: bool
) -> list[_Row]:
    if loaded.kind == "causal":
        encoded = encode_prompts(loaded.tokenizer, prompts, framed=framed)
    else:
        encoded = [
            tuple(loaded.tokenizer(prompt, verbose=False)["input_ids"]) for prompt in prompts
        ]
    rows = []
    for place, (ids, budget) in enumerate(zip(encoded, budgets, strict=True)):
        total = len(ids) + (budget if loaded.kind == "causal" else 0)
        if not ids or budget < 1 or total > loaded.max_length:
            raise Refusal(
                f"Prompt {place} has {len(ids)} tokens and a budget of {budget} new ones. Each "
                f"must be at least 1, and what {loaded.name!r} reads at most {loaded.max_length} "
                "(of a causal model both together). Change the prompt or the budget."
            )
        rows.append(_Row(ids, budget, place))
    return rows


def _settle_budget(loaded: LoadedModel, budget: TokenBudget) -> int:
    if budget == AUTOMATIC and loaded.device.type != "cuda":
        return CPU_TOKEN_BUDGET
    return loaded.token_budget(budget)


class _Writer:
    """Writes on from the prompts of one batch."""

    def __init__(
        self, loaded: LoadedModel, stop_at_newline: bool, sampling: Sampling | None
    ) -> None:
        self._loaded = loaded
        self._sampling = sampling
        self._stop_at_newline = stop_at_newline
        self._ends = end_tokens(loaded)
        self._breaks_line: dict[int, bool] = {}

    def write(self, rows: list[_Row]) -> list[_Row]:
        """Generate until every row is finished."""
        draws = [self._random(row) for row in rows]
        stepper = start_writing(self._loaded, [row.prompt for row in rows])
        active = list(range(len(rows)))
        while active:
            tokens = self._choose(stepper.step(), [draws[row] for row in active])
            for row, token in zip(active, tokens, strict=True):
                rows[row].written.append(token)
                rows[row].stop_reason = self._stop_reason(rows[row])
            going = [n for n, row in enumerate(active) if rows[row].stop_reason is None]
            active = [active[n] for n in going]
            if active:
                stepper.go_on([tokens[n] for n in going], going)
        return rows

    def describe(self, row: _Row) -> GeneratedText:
        """Turn tokens into text."""
        text = str(self._loaded.tokenizer.decode(row.written, skip_special_tokens=True))
        if self._stop_at_newline:
            text = text.partition("\n")[0]
        return GeneratedText(text.strip(), len(row.written), row.stop_reason or "budget")

    def _stop_reason(self, row: _Row) -> StopReason | None:
        token = row.written[-1]
        if token in self._ends:
            return "end"
        if self._stop_at_newline and self._is_line_break(token):
            return "newline"
        return "budget" if len(row.written) >= row.budget else None

    def _is_line_break(self, token: int) -> bool:
        # In UTF-8 a line break is a byte of its own, so that no other token is needed to see it.
        if token not in self._breaks_line:
            self._breaks_line[token] = "\n" in self._loaded.tokenizer.decode([token])
        return self._breaks_line[token]

    def _random(self, row: _Row) -> np.random.Generator | None:
        if self._sampling is None:
            return None
        seed = self._sampling.seed
        return np.random.default_rng(
            [seed, row.place] if isinstance(seed, int) else seed[row.place]
        )

    def _choose(
        self, logits: torch.Tensor, draws: Sequence[np.random.Generator | None]
    ) -> list[int]:
        # A pass over the logits of a large vocabulary costs as much as a block: one has to do.
        if self._sampling is None:
            highest, greedy = logits.max(-1)
            self._require_finite(highest)
            likeliest: list[int] = greedy.tolist()
            return likeliest
        logits = logits.float()
        tokens, chances = _nucleus(logits / self._sampling.temperature, self._sampling.top_p)
        self._require_finite(chances[:, -1])
        points = [draw.random() if draw is not None else 0.0 for draw in draws]
        targets = chances[:, -1:] * chances.new_tensor(points)[:, None]
        # The first token whose cumulative probability exceeds the point drawn.
        places = (chances <= targets).sum(-1, keepdim=True)
        chosen: list[int] = tokens.gather(-1, places)[:, 0].tolist()
        return chosen

    def _require_finite(self, values: torch.Tensor) -> None:
        if not values.isfinite().all():
            raise NotFiniteError(
                f"The logits of model {self._loaded.name!r} are not numbers. If it runs in "
                "float16, use bfloat16 or float32."
            )


def _nucleus(logits: torch.Tensor, top_p: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the most likely tokens that together have a probability of `top_p`.

    Args:
        logits: (rows, vocabulary), float32.
        top_p: 1 for all tokens.

    Returns:
        Token ids, and their cumulative probabilities (float64), both in the order of the
        vocabulary; tokens that are only considered add nothing.
    """
    import torch

    total = logits.logsumexp(-1, keepdim=True)
    if top_p == 1:
        everything = torch.arange(logits.shape[-1], device=logits.device).expand(logits.shape)
        return everything, (logits - total).double().exp().cumsum(-1)
    best, tokens = logits.topk(min(NUCLEUS, logits.shape[-1]))
    chances = (best - total).double().exp()
    if bool((chances.sum(-1) < top_p).any()):
        best, tokens = logits.sort(-1, descending=True)
        chances = (best - total).double().exp()
    chances[chances.cumsum(-1) - chances >= top_p] = 0
    tokens, order = tokens.sort(-1)
    return tokens, chances.gather(-1, order).cumsum(-1)


def end_tokens(loaded: LoadedModel) -> frozenset[int]:
    """Collect the tokens that end a text, by tokenizer and by the model's generation settings."""
    settings = getattr(loaded.model, "generation_config", None)
    stated = getattr(settings, "eos_token_id", None)
    ends = stated if isinstance(stated, list) else [stated]
    return frozenset(end for end in (*ends, loaded.tokenizer.eos_token_id) if end is not None)
