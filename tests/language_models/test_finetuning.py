from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers

from isogloss.corpora import Sentence
from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models import LanguageModel, finetuning
from isogloss.language_models.batching import pad_batch
from isogloss.language_models.classification import (
    ClassifierShell,
    open_classifier,
    predict_logits,
)
from isogloss.language_models.finetuning import (
    EpochScores,
    LabelledTexts,
    draw_batches,
    finetune,
)
from isogloss.language_models.finetuning_recipe import FinetuningRecipe, learning_rate_share
from tests.models import local_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

hf: Any = transformers

RECIPE = FinetuningRecipe(
    epochs=4,
    learning_rate=3e-3,
    head_learning_rate=3e-3,
    batch_size=4,
    dropout=True,
    patience=None,
)
EMBEDDING = "bert.embeddings.word_embeddings.weight"
# What decides the class, and words around it that say nothing.
TELLING = ("water", "bridge")
AROUND = ("the", "old", "river", "house", "people", "children", "letters")


@pytest.fixture
def lm(tiny_model: Callable[[str], Path], tmp_path: Path) -> LanguageModel:
    return local_model(tiny_model("bert"), tmp_path, kind="encoder", probe_words=())


@contextmanager
def _opened(lm: LanguageModel) -> Iterator[ClassifierShell]:
    with open_classifier(lm, ("wet", "dry")) as classifier:
        yield classifier


def toy_texts(classifier: ClassifierShell, count: int, seed: int) -> LabelledTexts:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    sentences = []
    for place, label in enumerate(labels):
        words = [*rng.choice(AROUND, rng.integers(1, 6)), TELLING[label]]
        sentences.append(Sentence("eng", str(place), " ".join(rng.permutation(words))))
    return LabelledTexts(classifier.encode(sentences), labels.astype(np.int64))


def _same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_what_tells_the_classes_apart_is_learnt(lm: LanguageModel) -> None:
    with _opened(lm) as classifier:
        train, dev, test = (toy_texts(classifier, *of) for of in ((40, 1), (20, 2), (40, 3)))
        before = (predict_logits(classifier, test.texts).argmax(1) == test.labels).mean()
        recipe = RECIPE.model_copy(update={"epochs": 8})
        result = finetune(classifier, train, dev, recipe, seed=0)
        after = (predict_logits(classifier, test.texts).argmax(1) == test.labels).mean()
        held = classifier.state()
    assert before < 0.8
    assert after == 1.0
    assert [scores.epoch for scores in result.history] == list(range(1, 9))
    assert result.history[0].train_loss > 0.5
    assert result.history[-1].train_loss < 0.3
    assert result.best.dev_accuracy == 1.0
    assert _same(held, result.state)


def test_dev_scores_are_those_of_the_weights_that_are_given_back(lm: LanguageModel) -> None:
    with _opened(lm) as classifier:
        train, dev = toy_texts(classifier, 40, 1), toy_texts(classifier, 20, 2)
        result = finetune(classifier, train, dev, RECIPE, seed=0)
        classifier.put(result.state)
        logits = torch.from_numpy(predict_logits(classifier, dev.texts)).double()
    labels = torch.from_numpy(dev.labels)
    loss = float(torch.nn.functional.cross_entropy(logits, labels))
    assert result.best.dev_loss == pytest.approx(loss, rel=1e-6)
    assert result.best.dev_accuracy == float((logits.argmax(1) == labels).double().mean())
    best = min(result.history, key=lambda scores: (-scores.dev_accuracy, scores.dev_loss))
    assert result.best == best


def test_same_seed_same_bits_other_seed_other_weights(lm: LanguageModel) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    states = []
    with _opened(lm) as classifier:
        initial = classifier.state()
        train, dev = toy_texts(classifier, 20, 1), toy_texts(classifier, 10, 2)
        for seed in (0, 0, 1):
            classifier.put(initial)
            states.append(finetune(classifier, train, dev, RECIPE, seed).state)
    assert torch.equal(torch.rand(3), expected)  # torch's own generator is as it was
    with _opened(lm) as classifier:
        states.append(finetune(classifier, train, dev, RECIPE, seed=0).state)
    assert _same(states[0], states[1])
    assert _same(states[0], states[3])
    assert not _same(states[0], states[2])


def _plain_training(
    classifier: ClassifierShell, train: LabelledTexts, recipe: FinetuningRecipe, seed: int
) -> dict[str, torch.Tensor]:
    """Train all rows of the embeddings with textbook AdamW, written anew."""
    model, rng = classifier.model, np.random.default_rng(seed)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout) and not recipe.dropout:
            module.p = 0.0
    lengths = [len(text.ids) for text in train.texts]
    moments = {name: (torch.zeros(p.shape), torch.zeros(p.shape)) for name, p in _named(model)}
    steps = recipe.epochs * math.ceil(len(lengths) / recipe.batch_size)
    warmup = round(recipe.warmup_share * steps)
    step = 0
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for _ in range(recipe.epochs):
            model.train()
            rows = rng.permutation(len(lengths)).tolist()
            for batch in draw_batches(rows, lengths, recipe.batch_size, rng):
                padded = pad_batch([train.texts[row] for row in batch])
                labels = torch.from_numpy(train.labels[batch])
                model.zero_grad()
                loss = torch.nn.functional.cross_entropy(classifier.logits(padded), labels)
                torch.autograd.backward(loss)
                step += 1
                share = min(step / (warmup + 1), (steps - step + 1) / (steps - warmup))
                _update(model, moments, recipe, share, step)
    return classifier.state()


def _named(model: Any) -> list[tuple[str, torch.Tensor]]:
    return [(name, one) for name, one in model.named_parameters()]


def _update(
    model: Any,
    moments: Mapping[str, tuple[torch.Tensor, torch.Tensor]],
    recipe: FinetuningRecipe,
    share: float,
    step: int,
) -> None:
    for name, parameter in _named(model):
        gradient: Any = parameter.grad
        first, second = moments[name]
        first.mul_(0.9).add_(0.1 * gradient)
        second.mul_(0.999).add_(0.001 * gradient**2)
        rate = share * (
            recipe.head_learning_rate if name.startswith("classifier") else recipe.learning_rate
        )
        decays = parameter.ndim == 2 and "embeddings" not in name
        with torch.no_grad():
            if decays:
                parameter.mul_(1 - rate * recipe.weight_decay)
            unbiased = first / (1 - 0.9**step), second / (1 - 0.999**step)
            parameter.sub_(rate * unbiased[0] / (unbiased[1].sqrt() + 1e-8))


@pytest.mark.parametrize(("weight_decay", "dropout"), [(0.0, True), (0.1, False)])
def test_training_equals_textbook_adam_on_all_rows(
    lm: LanguageModel, monkeypatch: pytest.MonkeyPatch, weight_decay: float, dropout: bool
) -> None:
    losses = iter([0.9, 0.8])  # the last epoch is to be the best
    monkeypatch.setattr(finetuning, "_dev_scores", lambda *_: (next(losses), 0.5))
    recipe = FinetuningRecipe(
        epochs=2,
        learning_rate=1e-3,
        head_learning_rate=4e-3,
        batch_size=4,
        weight_decay=weight_decay,
        dropout=dropout,
        warmup_share=0.3,
    )
    with _opened(lm) as classifier:
        initial = classifier.state()
        train = toy_texts(classifier, 22, 1)
        found = finetune(classifier, train, train, recipe, seed=5)
        classifier.put(initial)
        expected = _plain_training(classifier, train, recipe, seed=5)
    assert found.best.epoch == 2
    for name, tensor in expected.items():
        if name.endswith("key.bias"):
            continue  # the softmax does not see it: its gradient is rounding, which Adam enlarges
        torch.testing.assert_close(found.state[name], tensor, rtol=2e-4, atol=2e-5)
        if tensor.ndim == 2 and "type" not in name:
            assert (tensor - initial[name]).abs().max() > 1e-3  # far more than the tolerance


def test_rows_of_tokens_that_are_in_no_text_keep_their_bits(lm: LanguageModel) -> None:
    recipe = RECIPE.model_copy(update={"weight_decay": 0.1, "epochs": 1})
    with _opened(lm) as classifier:
        initial = classifier.state()
        train, dev = toy_texts(classifier, 12, 1), toy_texts(classifier, 6, 2)
        # One word occurs in dev alone: it takes part in the passes, but has nothing to learn from.
        alone = classifier.encode([Sentence("eng", "x", "Wasser")])
        dev = LabelledTexts([*dev.texts, *alone], np.append(dev.labels, 0))
        state = finetune(classifier, train, dev, recipe, seed=0).state
        padding = classifier.model.get_input_embeddings().padding_idx
    trained = {token for text in train.texts for token in text.ids}
    dev_only = {token for text in dev.texts for token in text.ids} - trained
    changed = (state[EMBEDDING] != initial[EMBEDDING]).any(dim=1).nonzero().flatten().tolist()
    assert dev_only
    assert padding not in trained
    assert set(changed) == trained
    assert len(trained) < len(state[EMBEDDING]) / 2


SCRIPT = [(0.9, 0.5), (1.1, 0.75), (0.8, 0.75), (0.9, 0.75), (0.7, 0.5), (0.1, 1.0)]
"""Loss and accuracy after each epoch: the third has the accuracy of the second, and less loss."""


@pytest.mark.parametrize(("patience", "epochs", "best"), [(1, 4, 3), (2, 5, 3), (None, 6, 6)])
def test_the_best_epoch_is_kept_and_patience_ends_training(
    lm: LanguageModel,
    monkeypatch: pytest.MonkeyPatch,
    patience: int | None,
    epochs: int,
    best: int,
) -> None:
    seen: list[torch.Tensor] = []

    def scripted(classifier: ClassifierShell, dev: LabelledTexts) -> tuple[float, float]:
        seen.append(classifier.state()["classifier.weight"])
        return SCRIPT[len(seen) - 1]

    monkeypatch.setattr(finetuning, "_dev_scores", scripted)
    recipe = RECIPE.model_copy(update={"epochs": 6, "patience": patience})
    with _opened(lm) as classifier:
        train = toy_texts(classifier, 12, 1)
        result = finetune(classifier, train, train, recipe, seed=0)
    assert len(seen) == len(result.history) == epochs
    assert result.best.epoch == best
    assert [(one.dev_loss, one.dev_accuracy) for one in result.history] == SCRIPT[:epochs]
    assert torch.equal(result.state["classifier.weight"], seen[best - 1])
    assert not torch.equal(seen[best - 1], seen[best - 2])


def test_an_epoch_of_fewer_rows_goes_on_where_the_last_one_stopped(lm: LanguageModel) -> None:
    steps: list[int] = []
    recipe = RECIPE.model_copy(update={"epochs": 3, "batch_size": 1})
    with _opened(lm) as classifier:
        texts = [Sentence("eng", str(count), " ".join(["the"] * count)) for count in range(1, 13)]
        train = LabelledTexts(classifier.encode(texts), np.arange(12) % 2)
        lengths = [len(text.ids) for text in train.texts]
        finetune(classifier, train, train, recipe, 0, rows_per_epoch=4, advance=steps.append)
    assert len(steps) == 12
    assert sorted(steps) == sorted(lengths)  # each row once in three epochs of a third


def test_the_learning_rate_rises_then_falls_and_is_never_nothing() -> None:
    shares = [learning_rate_share(step, steps=10, warmup=2) for step in range(10)]
    expected = [1 / 3, 2 / 3, 1, *(left / 8 for left in range(7, 0, -1))]
    assert shares == pytest.approx(expected)
    assert [learning_rate_share(step, 4, 0) for step in range(4)] == [1, 0.75, 0.5, 0.25]


def test_batches_hold_like_lengths_each_row_once_in_random_order() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 30, 70).tolist()
    rows = rng.permutation(70).tolist()
    batches = draw_batches(rows, lengths, 8, rng)
    assert sorted(row for batch in batches for row in batch) == list(range(70))
    assert sorted(map(len, batches)) == [6, *[8] * 8]
    padded = sum(len(batch) * max(lengths[row] for row in batch) for batch in batches)
    straight = [rows[place : place + 8] for place in range(0, 70, 8)]
    unsorted = sum(len(batch) * max(lengths[row] for row in batch) for batch in straight)
    assert sum(lengths) / padded > 0.8 > sum(lengths) / unsorted
    # The first four batches drawn are not the longest to the shortest, one after another.
    longest = [max(lengths[row] for row in batch) for batch in batches]
    assert longest != sorted(longest, reverse=True)


def test_training_that_diverges_is_refused(lm: LanguageModel) -> None:
    recipe = RECIPE.model_copy(update={"learning_rate": 1e30, "head_learning_rate": 1e30})
    with _opened(lm) as classifier:
        train = toy_texts(classifier, 12, 1)
        with pytest.raises(
            NotFiniteError, match=r"diverged in epoch 1 .*learning_rate \(now 1e\+30"
        ):
            finetune(classifier, train, train, recipe, seed=0)


def test_training_without_rows_is_refused(lm: LanguageModel) -> None:
    with _opened(lm) as classifier:
        train = toy_texts(classifier, 4, 1)
        with pytest.raises(Refusal, match="given: 4 and 0"):
            finetune(classifier, train, LabelledTexts([], np.empty(0, np.int64)), RECIPE, seed=0)


def test_nothing_of_training_is_left_in_the_classifier(lm: LanguageModel) -> None:
    with _opened(lm) as classifier:
        train = toy_texts(classifier, 8, 1)
        vocabulary = len(classifier.model.get_input_embeddings().weight)
        finetune(classifier, train, train, RECIPE, seed=0)
        assert not classifier.model.training
        assert all(one.grad is None for one in classifier.model.parameters())
        assert len(classifier.model.get_input_embeddings().weight) == vocabulary


def test_a_better_epoch_has_more_accuracy_or_as_much_with_less_loss() -> None:
    reference = EpochScores(1, 0.0, 0.5, 0.8)
    assert EpochScores(2, 0.0, 0.9, 0.81).better_than(reference)
    assert EpochScores(2, 0.0, 0.4, 0.8).better_than(reference)
    assert not EpochScores(2, 0.0, 0.5, 0.8).better_than(reference)
    assert not EpochScores(2, 0.0, 0.1, 0.79).better_than(reference)
