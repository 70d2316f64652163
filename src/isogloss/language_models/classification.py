"""Classifiers of texts, made from encoders: their weights are exchanged, all else stays loaded."""

from __future__ import annotations

import copy
import dataclasses
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.errors import NotFiniteError
from isogloss.language_models.batching import AUTOMATIC, BatchRunner, encode_sentences, pad_batch
from isogloss.language_models.libraries import quiet_libraries
from isogloss.language_models.specification import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import torch
    from numpy.typing import NDArray

    from isogloss.corpora import Sentence
    from isogloss.language_models.batching import Batch, EncodedSentence, TokenBudget
    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.language_models.handle import LanguageModel
    from isogloss.language_models.loading import LoadedModel

NAMES_SHOWN = 3
POSITIONS = ".position_ids"
"""Ends the name of a tensor that transformers saved up to 4.30: 0, 1, 2 ..."""


def in_float32(lm: LanguageModel) -> LanguageModel:
    """Give the handle of an encoder as classifiers are made from it: whole, in float32.

    Raises:
        ModelError: if it is no encoder, or quantised.
    """
    specification = lm.specification
    if specification.kind != "encoder":
        raise ModelError(
            f"Model {lm.name!r} is of kind {specification.kind!r}; classifiers are made from "
            "encoders only. Name a model of kind 'encoder'."
        )
    if specification.quantisation != "none":
        raise ModelError(
            f"Model {lm.name!r} is quantised ({specification.quantisation}), and such weights "
            "cannot be fine-tuned. Set `quantisation: none` in the model zoo."
        )
    float32 = specification.model_copy(update={"dtype": "float32"})
    return dataclasses.replace(lm, specification=float32)


class ClassifierShell:
    """A classifier in memory into which any weights of its shape are put.

    Attributes:
        labels: by class.
        max_length: longest text in tokens, special tokens included.
    """

    def __init__(self, loaded: LoadedModel, labels: Sequence[str]) -> None:
        self._loaded = loaded
        self.labels = tuple(labels)
        self.max_length = loaded.max_length

    @property
    def model(self) -> Any:
        """The transformers model."""
        return self._loaded.model

    @property
    def device(self) -> torch.device:
        """On which it lies."""
        return self._loaded.device

    @property
    def config(self) -> dict[str, Any]:
        """What transformers keeps in `config.json`."""
        config: dict[str, Any] = json.loads(self.model.config.to_json_string())
        return config

    def token_budget(self, budget: TokenBudget = AUTOMATIC) -> int:
        """Give the tokens a batch, padding included; `auto` suits model and device."""
        return self._loaded.token_budget(budget)

    def encode(
        self, texts: Sequence[Sentence], max_length: int | None = None
    ) -> list[EncodedSentence]:
        """Turn texts into tokens, once for as many predictions as one likes.

        Args:
            texts: order is kept.
            max_length: in tokens, special ones included, if shorter than the model's; longer texts
                are cut (`EncodedSentence.truncated`).

        Raises:
            Refusal: if a text has no token.
        """
        longest = min(self.max_length, max_length or self.max_length)
        return encode_sentences(self._loaded.tokenizer, texts, longest)

    def state(self) -> dict[str, torch.Tensor]:
        """Copy the weights, name -> tensor on the CPU."""
        return {name: tensor.to("cpu", copy=True) for name, tensor in self._weights().items()}

    def draw_head(self, seed: int) -> dict[str, torch.Tensor]:
        """Draw the weights that a classifier has beyond its encoder, as transformers does.

        They depend on the seed and the configuration alone: all locales start alike.

        Args:
            seed: of the draw.
        """
        drawn = _draw_classifier(self._loaded.name, self.model.config, seed)
        body = f"{drawn.base_model_prefix}."
        return {
            name: tensor for name, tensor in drawn.state_dict().items() if not name.startswith(body)
        }

    def put(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Replace all weights by others of the same names and shapes, whatever their dtype.

        Raises:
            ModelError: if a name or shape differs.
        """
        self._require_same_shapes({name: tensor.shape for name, tensor in weights.items()})
        for name, target in self._weights().items():
            target.copy_(weights[name])

    def put_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Replace all weights by those of a checkpoint, read a tensor at a time.

        Args:
            checkpoint: one with the same labels in another order is read in the order of these.

        Raises:
            ModelError: if a name or shape differs.
            CheckpointError: if it has other labels.
            NotFiniteError: if a weight is infinite or not a number.
        """
        self._require_same_shapes({name: info.shape for name, info in checkpoint.tensors.items()})
        with checkpoint.with_labels(self.labels).open() as reader:
            for name, target in self._weights().items():
                stored = reader.read(name)
                # In a row that is rarely used it might not show in any logit.
                if not bool(stored.isfinite().all()):
                    raise NotFiniteError(
                        f"{checkpoint.path}: '{name}' holds an infinity or what is not a number. "
                        "Train it again, or leave it out."
                    )
                target.copy_(stored.view_as(target))

    def logits(self, batch: Batch) -> torch.Tensor:
        """Classify a batch.

        Returns:
            [texts, labels], before the softmax.
        """
        output = self.model(input_ids=batch.input_ids, attention_mask=batch.attention_mask)
        logits: torch.Tensor = output.logits
        return logits

    def _weights(self) -> dict[str, torch.Tensor]:
        """Give all weights, detached: copying into them changes the model."""
        state: dict[str, torch.Tensor] = self.model.state_dict()
        return state

    def _require_same_shapes(self, given: Mapping[str, tuple[int, ...]]) -> None:
        own = {name: tuple(tensor.shape) for name, tensor in self._weights().items()}
        differing = sorted(
            name
            for name in {*own, *given}
            if (name in own or not name.endswith(POSITIONS))
            and (name not in own or name not in given or tuple(given[name]) != own[name])
        )
        if differing:
            name = differing[0]
            raise ModelError(
                f"{len(differing)} tensors do not fit a {type(self.model).__name__} of "
                f"{self._loaded.name!r} with {len(self.labels)} labels: "
                f"{', '.join(differing[:NAMES_SHOWN])}{' ...' if differing[NAMES_SHOWN:] else ''} "
                f"({name}: given {given.get(name, 'none')}, needed {own.get(name, 'none')}). "
                "Use checkpoints of this encoder with these labels."
            )


@contextmanager
def open_classifier(lm: LanguageModel, labels: Sequence[str]) -> Iterator[ClassifierShell]:
    """Make a classifier of an encoder for the time of a `with` block, in float32.

    It has the encoder's weights and the head of seed 0, and is in evaluation mode.

    Args:
        lm: an encoder.
        labels: by class.

    Raises:
        ModelError: if the model cannot be had or made a classifier.
    """
    with in_float32(lm).open() as loaded:
        loaded.require_one_device("A classifier")
        config = copy.deepcopy(loaded.model.config)
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: number for number, label in enumerate(labels)}
        config.problem_type = "single_label_classification"
        model = _draw_classifier(loaded.name, config, seed=0)
        _take_over_encoder(loaded.name, model, loaded.model)
        # The encoder is given up, and closing frees the classifier in its place.
        loaded.model = model.to(loaded.device).eval()
        loaded.backbone = loaded.model.base_model
        del model
        yield ClassifierShell(loaded, labels)


def predict_logits(
    classifier: ClassifierShell,
    texts: Sequence[EncodedSentence],
    token_budget: TokenBudget = AUTOMATIC,
    advance: Callable[[int], None] | None = None,
) -> NDArray[np.float32]:
    """Classify texts, in batches of like length.

    Args:
        classifier: open, with the weights in question; it is left in evaluation mode.
        texts: of `ClassifierShell.encode`.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.
        advance: told the number of tokens read after each batch.

    Returns:
        [texts, labels], in the order of the texts: logits, before the softmax.

    Raises:
        NotFiniteError: if a logit is infinite or not a number.
    """
    import torch

    logits = np.empty((len(texts), len(classifier.labels)), np.float32)
    lengths = [len(text.ids) for text in texts]

    def forward(positions: list[int]) -> NDArray[np.float32]:
        batch = pad_batch([texts[position] for position in positions], classifier.device)
        predicted: NDArray[np.float32] = classifier.logits(batch).cpu().numpy()
        return predicted

    classifier.model.eval()
    runner = BatchRunner(classifier.token_budget(token_budget))
    with torch.inference_mode():
        for positions, predicted in runner.run(lengths, forward):
            logits[positions] = predicted
            if advance is not None:
                advance(sum(lengths[position] for position in positions))
    _require_finite(logits, texts)
    return logits


def _require_finite(logits: NDArray[np.float32], texts: Sequence[EncodedSentence]) -> None:
    broken = np.flatnonzero(~np.isfinite(logits).all(axis=1))
    if broken.size:
        text = texts[broken[0]]
        raise NotFiniteError(
            f"The logits of {broken.size} texts are infinite or not a number, the first being "
            f"{text.sentence_id} of {text.language}: the weights of the classifier are damaged. "
            "Fine-tune it again, with a lower learning rate if it was made here."
        )


def _draw_classifier(name: str, config: Any, seed: int) -> Any:
    """Build the classifier of a configuration with random weights, drawn on the CPU."""
    import torch
    import transformers

    auto: Any = transformers.AutoModelForSequenceClassification
    with quiet_libraries(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            model = auto.from_config(config, dtype=torch.float32)
        except ValueError as error:
            raise ModelError(
                f"Model {name!r}: transformers has no classifier of texts for it: {error}"
            ) from error
    model.config.architectures = [type(model).__name__]
    return model


def _take_over_encoder(name: str, model: Any, encoder: Any) -> None:
    """Give a classifier the weights of an encoder; a pooler that it does not use is left out."""
    report = model.base_model.load_state_dict(encoder.state_dict(), strict=False)
    surplus = [key for key in report.unexpected_keys if "pooler" not in key.split(".")]
    if report.missing_keys or surplus:
        raise ModelError(
            f"Model {name!r}: its classifier ({type(model).__name__}) is built around another "
            f"encoder: lacking {report.missing_keys[:NAMES_SHOWN]}, left over "
            f"{surplus[:NAMES_SHOWN]}. Use another encoder."
        )
