"""The pictures of the documentation, taken from a run.

`python -m documentation.pictures data` writes those of the gallery after `kedro run`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from documentation.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

IMAGES = ROOT / "docs/images"
REPORTING = "08_reporting"
GEMMA, MINILM = "gemma_270m_q4", "minilm_l6"
WIDTH, COLOURS = 1200, 160
ALL_MODELS = (
    *("alignment_overview", "pivot_ranking", "language_profiles"),
    *("alignment_against_scores", "pooling_comparison"),
)
OF_GEMMA = (
    *("alignment_by_layer", "task_scores", "formulations"),
    *("counting_scores", "counting_grid", "count_confusion"),
)
OF_MINILM = ("merge_gains", "merge_scores", "merge_weights", "transfer_matrix", "task_vectors")
DEMO = {
    **{name: name for name in ALL_MODELS},
    **{name: f"{GEMMA}/{name}" for name in OF_GEMMA},
    **{name: f"{MINILM}/{name}" for name in OF_MINILM},
}
"""Picture of the gallery -> figure of the demo."""


def copy_figures(figures: Mapping[str, str], run: Path, folder: Path) -> None:
    """Copy figures of a run as small pictures.

    Args:
        figures: picture -> figure, both without their ending.
        run: folder `08_reporting` of the run.
        folder: where to.
    """
    for name, figure in figures.items():
        with Image.open(run / f"{figure}.png") as picture:
            height = round(picture.height * WIDTH / picture.width)
            small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
            # The usual way, median cut, spends colours on shades of grey and merges families.
            few = small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1)
            few.save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    copy_figures(DEMO, Path(sys.argv[1]) / REPORTING, IMAGES)
