from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from documentation.pictures import DEMO, IMAGES, WIDTH, copy_figures

FIGURES = {"here_ranking": "ranking", "here_layers": "model/layers"}


def test_every_picture_of_the_demo_is_there() -> None:
    assert {path.stem for path in IMAGES.glob("*.png")} >= set(DEMO)


def copy_pictures(pixels: np.ndarray, folder: Path) -> None:
    """Copy the figures of a run, each of these pixels [height, width, 3], into a folder."""
    for figure in FIGURES.values():
        path = folder / "run" / f"{figure}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    copy_figures(FIGURES, folder / "run", folder)


def test_figures_are_copied_as_small_pictures(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (400, 2400, 3), dtype=np.uint8)
    copy_pictures(noise, tmp_path)
    with Image.open(tmp_path / "here_ranking.png") as picture:
        assert picture.size == (WIDTH, 200)
        assert picture.mode == "P"
    assert len(list(tmp_path.glob("here_*.png"))) == len(FIGURES)


def test_colours_of_small_marks_stay_apart_among_many_shades(tmp_path: Path) -> None:
    shades = np.tile(np.linspace(0, 255, 1200, dtype=np.uint8)[:, None, None], (1, 1200, 3))
    marks = {(0, 114, 178): 100, (0, 158, 115): 200, (213, 94, 0): 300, (230, 159, 0): 400}
    for colour, place in marks.items():
        shades[place : place + 9, 10:19] = colour
    copy_pictures(shades, tmp_path)
    with Image.open(tmp_path / "here_ranking.png") as picture:
        pixels = np.asarray(picture.convert("RGB"), int)
    for colour, place in marks.items():
        assert np.abs(pixels[place + 4, 14] - colour).max() <= 16
