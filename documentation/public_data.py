"""The numbers and figures of the page on public data, taken from a run of that study.

`python -m documentation.public_data data/public` writes them after `kedro run --env public`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from PIL import Image

from documentation.markdown import cell, table
from documentation.project import ROOT
from documentation.public_merging import (
    read_single_answers,
    write_locales,
    write_merging,
    write_percent,
)
from documentation.shared_words import PIVOT, write_shared
from isogloss.figures.formats import format_chance, format_interval, format_score

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Any

    Row = Mapping[Hashable, Any]

PAGE = ROOT / "docs/public-data.md"
IMAGES = ROOT / "docs/images"
REPORTING = "08_reporting"
GEMMA, MINILM = "gemma_270m_q4", "minilm_l6"
MODELS = {GEMMA: "Gemma", MINILM: "MiniLM"}
FIGURES = {
    "public_by_layer": f"{GEMMA}/alignment_by_layer",
    "public_metrics": f"{GEMMA}/metrics_by_layer",
    "public_matrix": f"{GEMMA}/alignment_matrix",
    "public_extremes": f"{GEMMA}/alignment_extremes",
    "public_neighbours": f"{GEMMA}/retrieval_statistics",
    "public_ranking": "pivot_ranking",
    "public_formulations": f"{GEMMA}/formulations",
    "public_gains": f"{MINILM}/merge_gains",
    "public_transfer": f"{MINILM}/transfer_matrix",
}
"""Picture of the documentation -> figure of the run."""
WIDTH, COLOURS = 1200, 64
METRIC = "mexa_at_100"
PART = re.compile(r"(<!-- from the run: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def write_parts(data_root: Path) -> dict[str, str]:
    """Write the tables of the page.

    Args:
        data_root: of the run.

    Returns:
        name of a part -> Markdown.
    """
    run = data_root / REPORTING
    order, names = order_languages(run), read_languages()["name"]
    merging = json.loads((run / MINILM / "merging.json").read_text(encoding="utf-8"))
    return {
        "claims": (run / "summary.txt").read_text(encoding="utf-8").strip() + "\n",
        "alignment": write_alignment(run, order),
        "shared": write_shared(data_root, MODELS, order, names),
        "reading": write_reading(pd.read_csv(run / "task_scores.csv", keep_default_na=False)),
        "merging": write_merging(merging),
        "locales": write_locales(merging, read_single_answers(data_root, MINILM, merging)),
    }


def read_languages() -> pd.DataFrame:
    """Read what is known of languages, by code."""
    return pd.read_csv(ROOT / "data/01_raw/reference/languages.csv").set_index("language")


def read_ranking(run: Path) -> pd.DataFrame:
    """Read the alignment of languages with the pivot."""
    rows = pd.read_csv(run / "pivot_overview.csv")
    return rows[(rows["metric"] == METRIC) & (rows["aggregation"] == "mean")]


def read_best_layers(run: Path) -> dict[str, Row]:
    """Read the alignment with the pivot in the best layer of each language, in the first model."""
    rows = pd.read_csv(run / "alignment_summary.csv")
    rows = rows[(rows["model"] == GEMMA) & (rows["metric"] == METRIC)]
    rows = rows[rows["aggregation"] == "max"]
    return {
        code: row.to_dict()
        for _, row in rows.iterrows()
        for code in ({str(row["language_a"]), str(row["language_b"])} - {PIVOT})
        if PIVOT in (row["language_a"], row["language_b"])
    }


def order_languages(run: Path) -> list[str]:
    """List languages, best aligned in the first model first."""
    rows = read_ranking(run)
    return [str(code) for code in rows[rows["model"] == GEMMA].sort_values("rank")["language"]]


def write_alignment(run: Path, order: Sequence[str]) -> str:
    """Write a row a language: alignment with the pivot, and what the language costs in tokens."""
    rows = read_ranking(run)
    scores = {(row["model"], row["language"]): row.to_dict() for _, row in rows.iterrows()}
    profiles = pd.read_csv(run / "language_profiles.csv").set_index(["model", "language"])
    profiles["bits"] = 1 / profiles["information_parity"]
    names, best = read_languages(), read_best_layers(run)
    return table(
        [
            *("language", "family", "script", "Gemma", "Gemma, best layer", "MiniLM"),
            *("unknown, MiniLM", "tokens, Gemma", "bits, Gemma"),
        ],
        [
            [
                *(cell(names.loc[code, column]) for column in ("name", "family", "script")),
                _score(scores[GEMMA, code], "above_random_pairing"),
                f"{_score(best[code])} ({best[code]['best_layer']})",
                _score(scores[MINILM, code], "above_random_pairing"),
                write_percent(profiles.loc[(MINILM, code), "unk_share"]),
                _ratio(profiles.loc[(GEMMA, code), "token_parity"]),
                _ratio(profiles.loc[(GEMMA, code), "bits"]),
            ]
            for code in order
        ],
    )


def write_reading(scores: pd.DataFrame) -> str:
    """Write a row a way of asking: accuracy over all items, with n, interval and test."""
    every = scores["metric"].str.startswith("accuracy") & (scores["subset"] == "")
    held = scores["metric"].str.startswith("accuracy") & scores["selected"].astype(bool)
    found = pd.concat([scores[every], scores[held]])
    letters = scores[scores["formulation"] == "label"].iloc[0]
    floors = {"always the same letter": "best_constant", "matching words, no model": "word_match"}
    return table(
        ["asked by", "items", "passages", "accuracy", "p, above guessing"],
        [
            [
                cell(_way(row.to_dict())),
                f"{float(row['n']):.0f}",
                f"{float(row['clusters']):.0f}",
                _score(row.to_dict(), "above_chance"),
                _p(float(row["p_above_chance"])),
            ]
            for _, row in found.iterrows()
        ]
        + [
            [name, f"{float(letters['n']):.0f}", "", format_score(float(letters[column]), 3), ""]
            for name, column in floors.items()
        ],
    )


def insert_parts(page: str, parts: Mapping[str, str]) -> str:
    """Put tables between the marks of the page that name them."""
    return PART.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n{found[3]}", page)


def copy_figures(run: Path, folder: Path) -> None:
    """Copy the figures of the run as small pictures.

    Args:
        run: folder `08_reporting` of the run.
        folder: where to.
    """
    for name, figure in FIGURES.items():
        with Image.open(run / f"{figure}.png") as picture:
            height = round(picture.height * WIDTH / picture.width)
            small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
            small.quantize(COLOURS).save(folder / f"{name}.png", optimize=True)


def _way(row: Row) -> str:
    words = {"label": "letters", "cloze": "texts of the options"}[str(row["formulation"])]
    norms = {"none": "", "orders": ", mean of four orders", "pmi": ", less their prior"}
    norm = norms.get(str(row["normalisation"]), f", per {row['normalisation']}")
    return f"{words}{norm}{', **held out**' if row['subset'] else ''}"


def _score(row: Row, told: str = "") -> str:
    """Write a score with its interval, with `°` where it was tested and is not above chance."""
    low, high = float(str(row["ci_low"])), float(str(row["ci_high"]))
    mark = "°" if told and str(row[told]) != "True" else ""
    return f"{format_score(float(str(row['score'])))}{mark} {format_interval(low, high)}"


def _ratio(value: object) -> str:
    return f"{float(str(value)):.1f}"


def _p(value: float) -> str:
    return f"< {format_chance(0.001)}" if value < 0.001 else format_score(value, 3)


def main(data_root: str) -> None:
    """Write page and pictures.

    Args:
        data_root: of the run.
    """
    parts = write_parts(Path(data_root))
    PAGE.write_text(insert_parts(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
    copy_figures(Path(data_root) / REPORTING, IMAGES)


if __name__ == "__main__":
    main(sys.argv[1])
