"""Synthetic tables as the tasks room and the correlations make them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

FORMULATIONS = {
    ("label", "none"): "accuracy_label",
    ("label", "orders"): "accuracy_label",
    ("label", "contextual"): "accuracy_calibrated",
    ("cloze", "none"): "accuracy_text",
    ("cloze", "character"): "accuracy_text",
    ("cloze", "byte"): "accuracy_text",
    ("cloze", "pmi"): "accuracy_text",
    ("generated", "none"): "accuracy_generated",
}
SHIFT = {"label": -0.06, "cloze": 0.04, "generated": -0.08}
CHRF = "nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.5.1"


def _row(
    model: str, task: str, metric: str, language: str, n: int, **values: object
) -> dict[str, object]:
    return {
        "model": model, "task": task, "data": "sample", "metric": metric, "direction": "",
        "language": language, "formulation": "", "normalisation": "", "subset": "",
        "average": "", "shots": 5 if task == "mmlu" else 0, "prompt_language": "eng",
        "chat_template": False, "n": n, "clusters": n, "confidence": 0.95, "chance": np.nan,
        "above_chance": None, "invalid_rate": np.nan, "selected": False, "text_overlap": 0.0,
        "signature": "", "empty_rate": np.nan, "truncated_rate": np.nan,
        "wrong_language_rate": np.nan,
    } | values  # fmt: skip


def _interval(score: float, n: int, scale: float = 1.0) -> dict[str, float]:
    share = score / scale
    reach = 1.96 * np.sqrt(max(share * (1 - share), 0.01) / n)
    low, high = max(share - reach, 0), min(share + reach, 1)
    return {"score": score, "ci_low": low * scale, "ci_high": high * scale}


def make_options(
    model: str, task: str, codes: tuple[str, ...], top: float = 0.7, n: int = 100
) -> pd.DataFrame:
    """Make the rows of reading or knowledge, of all formulations; `cloze, character` is selected.

    Args:
        model: its name.
        task: belebele or mmlu.
        codes: languages; the first scores best.
        top: accuracy of the first, of option texts.
        n: items.
    """
    rng = np.random.default_rng(len(model) + len(task))
    rows = []
    for place, code in enumerate(codes):
        base = top - (top - 0.24) * place / max(len(codes) - 1, 1)
        for (formulation, normalisation), metric in FORMULATIONS.items():
            score = float(np.clip(base + SHIFT[formulation] + rng.normal(0, 0.015), 0, 1))
            bounds = _interval(score, n)
            how = {
                "formulation": formulation,
                "normalisation": normalisation,
                "selected": (formulation, normalisation) == ("cloze", "character"),
                "invalid_rate": 0.12 if formulation == "generated" else 0.0,
                "average": "micro" if task == "mmlu" else "",
            }
            above = bounds["ci_low"] > 0.25
            own = _row(model, task, metric, code, n, chance=0.25, above_chance=above)
            rows.append(own | bounds | how)
            if task == "mmlu":
                rows.append(own | bounds | how | {"average": "macro", "selected": False})
                rows.append(own | bounds | how | {"subset": "anatomy", "average": ""})
            if formulation == "label":
                bias = 0.3 if normalisation == "none" else 0.05
                rows.append(_row(model, task, "label_bias", code, n, **how) | {"score": bias})
                rows[-1]["selected"] = False
    return pd.DataFrame(rows)


def hold_out(task_scores: pd.DataFrame, n: int = 80, passages: int = 40) -> pd.DataFrame:
    """Have the selected way stand for reading by held-out items alone, as after a choice."""
    chosen = task_scores["selected"] & (task_scores["task"] == "belebele")
    held_out = task_scores[chosen].assign(subset="held_out", n=n, clusters=passages)
    held_out["score"] = held_out["score"] - 0.001
    everything = task_scores.assign(selected=task_scores["selected"] & ~chosen)
    return pd.concat([everything, held_out], ignore_index=True)


def make_translation(
    model: str, codes: tuple[str, ...], pivot: str = "eng", n: int = 100, *, comet: bool = False
) -> pd.DataFrame:
    """Make the rows of translation, both directions, chrF++ and BLEU and, if wished, COMET."""
    rows = []
    others = [code for code in codes if code != pivot]
    for (place, code), direction in product(enumerate(others), ("from_pivot", "to_pivot")):
        good = 0.75 - 0.5 * place / max(len(others) - 1, 1)
        good *= 0.7 if direction == "from_pivot" else 1.0
        wrong = 0.3 * place / len(others) if direction == "from_pivot" else 0.0
        metrics = {"chrf": 100 * good, "bleu": 60 * good} | ({"comet": good} if comet else {})
        for metric, score in metrics.items():
            own = _row(model, "translation", metric, code, n, direction=direction)
            own |= {"wrong_language_rate": wrong, "empty_rate": 0.0, "truncated_rate": 0.01}
            own |= {"selected": metric == "chrf", "signature": CHRF if metric == "chrf" else ""}
            rows.append(own | _interval(score, n, 1 if metric == "comet" else 100))
    return pd.DataFrame(rows)


def make_task_scores(
    model: str, codes: tuple[str, ...], top: float = 0.7, n: int = 100, *, comet: bool = False
) -> pd.DataFrame:
    """Make `{model}.task_scores` with all three tasks."""
    parts = [
        make_options(model, "belebele", codes, top, n),
        make_options(model, "mmlu", codes, top - 0.1, n),
        make_translation(model, codes, n=n, comet=comet),
    ]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def make_correlations(summary: pd.DataFrame, task_scores: pd.DataFrame) -> pd.DataFrame:
    """Make `correlations` with made-up p-values: what is drawn must come from this table."""
    rng = np.random.default_rng(5)
    keys = ["model", "metric", "pooling", "aggregation"]
    summary = summary.dropna(subset="score")
    measures = task_scores[task_scores["selected"] & (task_scores["subset"] == "")].drop_duplicates(
        ["model", "task", "metric", "direction"]
    )
    samples = [-1] + (sorted(set(summary["sample"])) if summary["sample"].nunique() > 1 else [])
    rows = []
    for own in summary[keys].drop_duplicates().to_dict("records"):
        for one in measures[measures["model"] == own["model"]].to_dict("records"):
            scored = task_scores[
                (task_scores["model"] == own["model"])
                & (task_scores["task"] == one["task"])
                & (task_scores["language"] != "eng")
            ]
            n = scored["language"].nunique()
            shift = {"mean": 0.0, "weighted": -0.1, "last": -0.5}[own["pooling"]]
            for sample in samples:
                r = (
                    float(np.clip(0.6 + shift + rng.normal(0, 0.15), -0.99, 0.99))
                    if n > 2
                    else np.nan
                )
                reach = 1.96 / np.sqrt(n - 3) if n >= 10 else np.nan
                p = 2 * 10 ** (-3 * abs(r)) / 2 if n > 2 else np.nan
                rows.append(
                    own
                    | {
                        "sample": sample, "task": one["task"], "task_metric": one["metric"],
                        "direction": one["direction"], "n": n, "pearson_r": r, "pearson_p": p,
                        "pearson_ci_low": np.tanh(np.arctanh(r) - reach),
                        "pearson_ci_high": np.tanh(np.arctanh(r) + reach),
                        "spearman_rho": r, "spearman_p": p, "p_adjusted": min(1.0, 6 * p),
                        "reason": "" if n > 2 else f"fewer than 3 languages (n = {n})",
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)
