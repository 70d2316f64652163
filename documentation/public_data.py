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

from documentation.markdown import cell, table
from documentation.pictures import GEMMA, IMAGES, MINILM, REPORTING, copy_figures
from documentation.project import ROOT
from documentation.public_costs import write_costs
from documentation.public_counts import write_counts, write_cut
from documentation.public_merging import (
    read_single_answers,
    read_sources,
    write_locales,
    write_merging,
    write_percent,
)
from documentation.public_reading import write_paired, write_reading, write_score
from documentation.public_times import write_times
from documentation.shared_words import PIVOT, write_shared
from isogloss.figures.formats import format_score

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Any

    Row = Mapping[Hashable, Any]

PAGE = ROOT / "docs/public-data.md"
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
METRIC = "mexa_at_100"
BOUNDS = {"score": "", "ci_low": "_ci_low", "ci_high": "_ci_high"}
COMPARED, LAYERS = ("spa", "zho_simpl", "fra", "deu"), (4, 9, 11, 14, 17)
"""Languages and layers that the page speaks of."""
INTERVAL = re.compile(r"\[([-.\d]+), ([-.\d]+)\]")
PART = re.compile(r"(<!-- from the run: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def write_parts(data_root: Path) -> dict[str, str]:
    """Write the tables of the page.

    Args:
        data_root: of the run.

    Returns:
        name of a part -> Markdown.
    """
    run = data_root / REPORTING
    aligned, names = read_alignment(run), read_languages()["name"]
    order = list(aligned)
    merging = json.loads((run / MINILM / "merging.json").read_text(encoding="utf-8"))
    return {
        "times": write_times(run),
        "cut": write_cut(data_root, merging["pivot"]),
        "counts": write_counts(data_root, MINILM),
        "claims": write_claims((run / "summary.txt").read_text(encoding="utf-8")),
        "alignment": write_alignment(run, order),
        "costs": write_costs(read_profiles(run, GEMMA), aligned, names),
        "layers": write_layers(
            pd.read_parquet(data_root / f"07_model_output/{GEMMA}/alignment.parquet"), names
        ),
        "shared": write_shared(data_root, MODELS, order, names),
        "reading": write_reading(pd.read_csv(run / "task_scores.csv", keep_default_na=False)),
        "paired": write_paired(data_root, GEMMA),
        "merging": write_merging(merging),
        "locales": write_locales(
            merging,
            read_single_answers(data_root, MINILM, merging),
            read_sources(data_root, MINILM),
        ),
    }


def write_claims(summary: str) -> str:
    """Write the sentences of the report's summary as a list."""
    sentences = re.split(r"(?<=\)\.)\s+", summary.strip())
    return "".join(f"- {sentence}\n" for sentence in sentences)


def read_languages() -> pd.DataFrame:
    """Read what is known of languages, by code."""
    return pd.read_csv(ROOT / "data/01_raw/reference/languages.csv").set_index("language")


def read_ranking(run: Path) -> pd.DataFrame:
    """Read the alignment of languages with the pivot."""
    rows = pd.read_csv(run / "pivot_overview.csv")
    return rows[(rows["metric"] == METRIC) & (rows["aggregation"] == "mean")]


def read_profiles(run: Path, model: str) -> pd.DataFrame:
    """Read what is known of the languages in one model."""
    rows = pd.read_csv(run / "language_profiles.csv")
    return rows[rows["model"] == model]


def read_alignment(run: Path) -> dict[str, float]:
    """Read the alignment of languages with the pivot in the first model, best first."""
    rows = read_ranking(run)
    rows = rows[rows["model"] == GEMMA].sort_values("rank").set_index("language")
    return {str(code): float(score) for code, score in rows["score"].items()}


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


def write_alignment(run: Path, order: Sequence[str]) -> str:
    """Write a row a language: alignment with the pivot in both models."""
    rows = read_ranking(run)
    scores = {(row["model"], row["language"]): row.to_dict() for _, row in rows.iterrows()}
    profiles = read_profiles(run, MINILM).set_index("language")
    names, best = read_languages(), read_best_layers(run)
    guess, floor = (format_score(float(rows[column].max()), 3) for column in ("chance", "floor"))
    return table(
        [
            *("language", "family", "script", "Gemma", "Gemma, best layer", "MiniLM"),
            "unknown, MiniLM",
        ],
        [
            [
                *(cell(names.loc[code, column]) for column in ("name", "family", "script")),
                _above(scores[GEMMA, code], decimals=3),
                f"{_above(best[code])} ({best[code]['best_layer']})",
                _above(scores[MINILM, code], decimals=3),
                write_percent(profiles.loc[code, "unk_share"]),
            ]
            for code in order
        ]
        + [
            ["guessing", "", "", guess, guess, guess, ""],
            ["random pairings, at most", "", "", floor, "", floor, ""],
        ],
    )


def write_layers(rows: pd.DataFrame, names: pd.Series[str]) -> str:
    """Write a row a language: alignment with the pivot in some layers.

    Args:
        rows: `alignment` of one model.
        names: code -> name of a language.
    """
    pivot = rows[["language_a", "language_b"]].isin([PIVOT]).any(axis=1)
    own = rows[pivot & rows["layer"].isin(LAYERS)].sort_values("layer")
    lines = []
    for code in COMPARED:
        of_pair = own[own[["language_a", "language_b"]].isin([code]).any(axis=1)]
        found = of_pair.rename(columns={f"{METRIC}{end}": name for name, end in BOUNDS.items()})
        lines.append([cell(names[code]), *map(write_score, found.to_dict("records"))])
    return table(["language", *(f"layer {layer}" for layer in LAYERS)], lines)


def insert_parts(page: str, parts: Mapping[str, str]) -> str:
    """Put tables between the marks of the page that name them, and keep intervals on one line."""
    kept = {name: INTERVAL.sub("[\\1,\u00a0\\2]", part) for name, part in parts.items()}
    return PART.sub(lambda found: f"{found[1]}\n{kept[found[2]]}\n{found[3]}", page)


def _above(row: Row, decimals: int = 2) -> str:
    """Write a score with its interval, with `°` where that does not lie above guessing."""
    return write_score(row, known=float(row["ci_low"]) > float(row["chance"]), decimals=decimals)


def main(data_root: str) -> None:
    """Write page and pictures.

    Args:
        data_root: of the run.
    """
    parts = write_parts(Path(data_root))
    PAGE.write_text(insert_parts(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
    copy_figures(FIGURES, Path(data_root) / REPORTING, IMAGES)


if __name__ == "__main__":
    main(sys.argv[1])
