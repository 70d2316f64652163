"""What a language model is, where it comes from and how it is to be loaded: an entry of the zoo."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from isogloss.errors import Refusal

Kind = Literal["causal", "encoder", "seq2seq"]

PROBE_WORDS = (
    "The",
    "capital",
    "France",
    "people",
    "because",
    "water",
    "house",
    "children",
    "world",
    "between",
)


class ModelError(Refusal):
    """A model cannot be obtained, converted, checked or loaded; the message says how to mend it."""


class ModelSpecification(BaseModel):
    """Where a model comes from and how it is loaded.

    Exactly one of `hub`, `path` and `package` names the source.

    Attributes:
        kind: `causal` (decoder with output layer), `encoder`, or `seq2seq` (encoder-decoder).
        hub: repository on the Hugging Face hub, for example `google/gemma-3-270m`.
        revision: commit, tag or branch of `hub`; a commit is best.
        path: a local folder (config.json, safetensors, tokenizer), or a `.gguf` file.
        package: an installed Python package (its import name) that ships the model.
        resource: what in `package` is the model: a folder or `.gguf` file inside it, or the name of
            a function followed by `()`, which writes a `.gguf` file to the path it is given.
        adapter: PEFT/LoRA adapter merged into the model: a local folder, or a hub id with an
            optional `@revision`.
        initialise: `random` ignores the weights: an untrained control of the same architecture,
            with the same tokenizer.
        seed: for the weights of an untrained control.
        dtype: `auto` is bfloat16 where the device computes in it natively, else float32.
        device: `auto` (cuda if there is one, else cpu), `cpu`, `cuda`, `cuda:1`, `mps`, or `all`:
            the model is spread over all CUDA devices that the process sees.
        device_map: instead of `device`, which part of the model lies where: names of modules, with
            the number of a CUDA device, `cpu` or `disk` for each.
        quantisation: `8bit` or `4bit` through bitsandbytes, on CUDA.
        exclusive: never open at the same time as another exclusive model on the same device.
        max_length: longest input in tokens; None is what the model and its tokenizer allow.
        trust_remote_code: run Python code that comes with the model.
        licence: of the weights, for people to read.
        note: anything else for people to read.
        probe_words: words that the tokenizer must keep whole if its vocabulary holds them; an
            empty list switches the check off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    hub: str | None = Field(default=None, pattern=r"^[\w.-]+(/[\w.-]+)?$")
    revision: str | None = None
    path: str | None = None
    package: str | None = Field(default=None, pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
    resource: str | None = None
    adapter: str | None = None
    initialise: Literal["pretrained", "random"] = "pretrained"
    seed: int = Field(default=0, ge=0)
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: str = Field(default="auto", pattern=r"^(auto|all|cpu|mps|cuda(:\d+)?)$")
    device_map: dict[str, Annotated[int, Field(ge=0)] | Literal["cpu", "disk"]] | None = Field(
        default=None, min_length=1
    )
    quantisation: Literal["none", "8bit", "4bit"] = "none"
    exclusive: bool = True
    max_length: int | None = Field(default=None, ge=2)
    trust_remote_code: bool = False
    licence: str = ""
    note: str = ""
    probe_words: tuple[str, ...] = PROBE_WORDS

    @model_validator(mode="after")
    def _check(self) -> ModelSpecification:
        sources = [name for name in ("hub", "path", "package") if getattr(self, name)]
        if len(sources) != 1:
            raise ValueError(
                "name exactly one source of the model: hub, path or package "
                f"(given: {', '.join(sources) or 'none'})"
            )
        if self.revision and not self.hub:
            raise ValueError("revision belongs to a model from the hub; drop it or name hub")
        if bool(self.resource) != bool(self.package):
            raise ValueError(
                "package and resource belong together: resource names the folder, the .gguf file "
                "or the function() of the package that gives the model"
            )
        if self.initialise == "random" and (self.adapter or self.quantisation != "none"):
            raise ValueError(
                "an untrained control (initialise: random) takes no adapter or quantisation"
            )
        if self.adapter and self.quantisation != "none":
            raise ValueError(
                "an adapter cannot be merged into quantised weights without loss; "
                "drop quantisation or merge the adapter into a folder first"
            )
        self._check_device_map()
        return self

    def _check_device_map(self) -> None:
        if self.device_map is None:
            return
        if self.device != "auto":
            raise ValueError(
                f"device ({self.device}) and device_map both say where the model lies: drop one"
            )
        if self.initialise == "random" or self.adapter or self.quantisation != "none":
            raise ValueError(
                "device_map is for models that are read from their files as they are: drop it, or "
                "initialise, adapter and quantisation; `device: all` goes with these"
            )
