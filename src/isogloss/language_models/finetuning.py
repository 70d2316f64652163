"""Fine-tuning a classifier on the texts of a locale, by one recipe for all of them."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice, product, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import scipy

from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.batching import pad_batch
from isogloss.language_models.classification import predict_logits
from isogloss.language_models.embedding_rows import EmbeddingRows, embedding_rows
from isogloss.language_models.finetuning_recipe import FinetuningRecipe, learning_rate_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import torch
    from numpy.typing import NDArray

    from isogloss.language_models.batching import EncodedSentence
    from isogloss.language_models.classification import ClassifierShell

BATCHES_SORTED_TOGETHER = 8
"""Rows are drawn for so many batches, then shared out by length: 93 % of what MiniLM reads of short
utterances is no padding (measured), and which texts meet in a batch still depends on the draw."""
PADDING_ID = 0
"""Of `pad_batch`."""


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with their classes.

    Attributes:
        texts: as tokens.
        labels: int64 [texts], classes.
    """

    texts: Sequence[EncodedSentence]
    labels: NDArray[np.int64]


class EpochScores(NamedTuple):
    """How an epoch went.

    Attributes:
        epoch: 1-based.
        train_loss: mean cross-entropy of the rows as they were trained on, in nats.
        dev_loss: mean cross-entropy of the dev rows afterwards.
        dev_accuracy: share of the dev rows whose likeliest class is right.
    """

    epoch: int
    train_loss: float
    dev_loss: float
    dev_accuracy: float

    def better_than(self, other: EpochScores) -> bool:
        """Compare accuracy, then loss, on the dev rows."""
        return (self.dev_accuracy, -self.dev_loss) > (other.dev_accuracy, -other.dev_loss)


@dataclass(frozen=True)
class FinetunedClassifier:
    """What fine-tuning gives.

    Attributes:
        state: name -> weights of the best epoch, on the CPU. Those of word embeddings whose token
            is in no text are the bits they were.
        history: of all epochs in their order.
        best: that whose weights these are.
    """

    state: Mapping[str, torch.Tensor] = field(repr=False)
    history: tuple[EpochScores, ...]
    best: EpochScores


def finetune(
    classifier: ClassifierShell,
    train: LabelledTexts,
    dev: LabelledTexts,
    recipe: FinetuningRecipe,
    seed: int,
    *,
    rows_per_epoch: int | None = None,
    advance: Callable[[int], None] | None = None,
) -> FinetunedClassifier:
    """Fine-tune a classifier from the weights that it holds; it keeps those of the best epoch.

    On a CPU with the same number of threads two runs give the same bits.

    Args:
        classifier: open.
        train: to learn from.
        dev: to choose the epoch on.
        recipe: how.
        seed: of the order of the rows and of dropout.
        rows_per_epoch: so many rows are called an epoch, drawn without replacement until all have
            been; None for all rows.
        advance: told the number of tokens trained on after each step.

    Raises:
        Refusal: if there are no train or no dev rows.
        NotFiniteError: if the loss or a logit is infinite or not a number.
    """
    if not train.texts or not dev.texts:
        raise Refusal(
            f"Fine-tuning needs train and dev rows (given: {len(train.texts)} and "
            f"{len(dev.texts)}). Add rows, or leave the locale out."
        )
    tokens = {PADDING_ID, *chain.from_iterable(text.ids for text in (*train.texts, *dev.texts))}
    with _seeded(classifier.device, seed), embedding_rows(classifier.model, tokens) as rows:
        trainer = _Trainer(classifier, train, recipe, seed, rows_per_epoch or len(train.texts))
        weights, history, best = _train(trainer, dev, advance)
        del trainer  # and with it the moments, before whole states are made
    state = _whole_state(classifier, weights, rows)
    classifier.put(state)
    return FinetunedClassifier(state, history, best)


def draw_batches(
    rows: Sequence[int], lengths: Sequence[int], batch_size: int, rng: np.random.Generator
) -> list[list[int]]:
    """Share out rows to batches of like length, in random order.

    Args:
        rows: in the order in which they were drawn.
        lengths: tokens of each text, by row.
        batch_size: rows a batch; the last may have fewer.
        rng: draws the order of the batches.
    """
    batches: list[list[int]] = []
    window = batch_size * BATCHES_SORTED_TOGETHER
    for start in range(0, len(rows), window):
        drawn = sorted(rows[start : start + window], key=lambda row: (-lengths[row], row))
        batches += [drawn[place : place + batch_size] for place in range(0, len(drawn), batch_size)]
    return [batches[place] for place in rng.permutation(len(batches))]


class _Trainer:
    """Classifier, optimiser and schedule during training."""

    def __init__(
        self,
        classifier: ClassifierShell,
        train: LabelledTexts,
        recipe: FinetuningRecipe,
        seed: int,
        rows_per_epoch: int,
    ) -> None:
        import torch

        self.classifier = classifier
        self.recipe = recipe
        self._train = train
        self._lengths = [len(text.ids) for text in train.texts]
        self._labels = torch.from_numpy(train.labels).to(classifier.device)
        self._rng = np.random.default_rng(seed)
        self._rows = chain.from_iterable(
            self._rng.permutation(count).tolist() for count in repeat(len(train.texts))
        )
        self._rows_per_epoch = rows_per_epoch
        steps = recipe.epochs * math.ceil(rows_per_epoch / recipe.batch_size)
        warmup = round(recipe.warmup_share * steps)
        self._optimiser = _optimiser(classifier.model, recipe)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: learning_rate_share(step, steps, warmup)
        )

    def train_epoch(self, advance: Callable[[int], None] | None) -> float:
        """Train on the rows of an epoch; give their mean loss."""
        self.classifier.model.train(self.recipe.dropout)
        rows = list(islice(self._rows, self._rows_per_epoch))
        total: torch.Tensor | float = 0.0  # read once an epoch: reading waits for the device
        for batch in draw_batches(rows, self._lengths, self.recipe.batch_size, self._rng):
            total = total + len(batch) * self._step(batch)
            if advance is not None:
                advance(sum(self._lengths[row] for row in batch))
        return float(total) / len(rows)

    def _step(self, rows: list[int]) -> torch.Tensor:
        import torch

        texts = pad_batch([self._train.texts[row] for row in rows], self.classifier.device)
        loss = torch.nn.functional.cross_entropy(self.classifier.logits(texts), self._labels[rows])
        torch.autograd.backward(loss)
        self._optimiser.step()
        self._schedule.step()
        self._optimiser.zero_grad()
        return loss.detach()


def _train(
    trainer: _Trainer, dev: LabelledTexts, advance: Callable[[int], None] | None
) -> tuple[dict[str, torch.Tensor], tuple[EpochScores, ...], EpochScores]:
    """Train epoch by epoch; give the parameters after the best one, the scores of all, the best."""
    classifier, recipe = trainer.classifier, trainer.recipe
    best = EpochScores(0, math.inf, math.inf, -math.inf)
    kept: dict[str, torch.Tensor] = {}
    history = []
    for epoch in range(1, recipe.epochs + 1):
        train_loss = trainer.train_epoch(advance)
        if not math.isfinite(train_loss):
            raise NotFiniteError(
                f"Fine-tuning diverged in epoch {epoch} (loss {train_loss}). Lower learning_rate "
                f"(now {recipe.learning_rate:g}) or raise warmup_share."
            )
        scores = EpochScores(epoch, train_loss, *_dev_scores(classifier, dev))
        history.append(scores)
        if scores.better_than(best):
            best = scores
            for name, parameter in classifier.model.named_parameters():
                value = parameter.detach()
                kept[name] = kept[name].copy_(value) if name in kept else value.clone()
        elif recipe.patience is not None and epoch - best.epoch >= recipe.patience:
            break
    return kept, tuple(history), best


def _dev_scores(classifier: ClassifierShell, dev: LabelledTexts) -> tuple[float, float]:
    """Give mean cross-entropy and accuracy."""
    logits = predict_logits(classifier, dev.texts).astype(np.float64)
    likelihoods = scipy.special.log_softmax(logits, axis=1)[np.arange(len(logits)), dev.labels]
    return float(-likelihoods.mean()), float((logits.argmax(axis=1) == dev.labels).mean())


def _optimiser(model: Any, recipe: FinetuningRecipe) -> torch.optim.Optimizer:
    """Make AdamW with the learning rates of encoder and head, and decay of matrices alone."""
    import torch

    head = {id(parameter) for parameter in model.parameters()}
    head -= {id(parameter) for parameter in model.base_model.parameters()}
    matrices = {
        id(module.weight) for module in model.modules() if isinstance(module, torch.nn.Linear)
    }
    groups = [
        {
            "params": [
                parameter
                for parameter in model.parameters()
                if (id(parameter) in head, id(parameter) in matrices) == (of_head, is_matrix)
            ],
            "lr": recipe.head_learning_rate if of_head else recipe.learning_rate,
            "weight_decay": recipe.weight_decay if is_matrix else 0.0,
        }
        for of_head, is_matrix in product((False, True), repeat=2)
    ]
    return torch.optim.AdamW(groups, fused=True)


@contextmanager
def _seeded(device: torch.device, seed: int) -> Iterator[None]:
    """Draw dropout from a seed, and leave torch's generators as they were."""
    import torch

    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield


def _whole_state(
    classifier: ClassifierShell, weights: Mapping[str, torch.Tensor], embedding: EmbeddingRows
) -> dict[str, torch.Tensor]:
    """Put the trained rows among those of all tokens."""
    state = {}
    for name, tensor in classifier.model.state_dict().items():
        if name == embedding.name:
            state[name] = tensor.clone().index_copy_(0, embedding.rows, weights[name]).cpu()
        else:
            state[name] = weights[name].cpu() if name in weights else tensor.to("cpu", copy=True)
    return state
