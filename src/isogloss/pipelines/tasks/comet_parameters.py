"""What can be set of COMET."""

from __future__ import annotations

from pydantic import BaseModel, PositiveInt


class CometParameters(BaseModel, frozen=True, extra="forbid"):
    """Which checkpoint scores translations, and how.

    Attributes:
        checkpoint: a name on the hub, a local folder with `hparams.yaml` and
            `checkpoints/model.ckpt`, or such a `.ckpt` file.
        revision: the commit that a checkpoint of the hub must have (its start will do); None
            takes what is there. The signature names it in any case.
        encoder: whose languages count as covered: a name in the table `encoder_languages`, or
            `auto`, the encoder that the checkpoint says it was made from.
        batch_size: translations at a time.
        device: `auto` (the GPU if there is one), `cpu`, `cuda`, `cuda:1` or `mps`.
    """

    checkpoint: str = "Unbabel/wmt22-comet-da"
    revision: str | None = None
    encoder: str = "auto"
    batch_size: PositiveInt = 16
    device: str = "auto"
