"""Synthetic tables as the alignment room makes them: humped over layers, unequal languages."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

CODES = tuple("eng deu spa fra rus ell hin tur ara tam fin swh ind vie zho_simpl jpn kor".split())
MODELS = {"gemma_270m_q4": 18, "minilm_l6": 6}
LABELS = {"gemma_270m_q4": "Gemma 3 270M, 4-bit (Q4_K_M)", "minilm_l6": "MiniLM-L6 (English)"}
POOLINGS = ("mean", "last", "weighted")
TABLE = Path(__file__).parents[2] / "data" / "01_raw" / "reference" / "languages.csv"


def language_table() -> pd.DataFrame:
    return pd.read_csv(TABLE, dtype=str, keep_default_na=False)


def _quality(codes: tuple[str, ...], rng: np.random.Generator) -> dict[str, float]:
    values = np.sort(rng.uniform(0.1, 0.98, len(codes)))[::-1]
    return dict(zip(codes, values, strict=True))


def _interval(score: np.ndarray, n: int, name: str) -> dict[str, np.ndarray]:
    reach = 1.96 * np.sqrt(np.clip(score * (1 - score), 0.003, None) / n)
    return {
        f"{name}_ci_low": np.clip(score - reach, 0, 1),
        f"{name}_ci_high": np.clip(score + reach, 0, 1),
    }


def make_alignment(
    model: str, codes: tuple[str, ...] = CODES, layers: int = 18, n: int = 60, samples: int = 1
) -> pd.DataFrame:
    """Make `{model}.alignment`."""
    rng = np.random.default_rng(len(model))
    quality = _quality(codes, rng)
    grid = pd.MultiIndex.from_product(
        [POOLINGS, range(samples), range(layers + 1), list(combinations(sorted(codes), 2))],
        names=["pooling", "sample", "layer", "pair"],
    ).to_frame(index=False)
    depth = grid["layer"].to_numpy() / max(layers, 1)
    pooled = grid["pooling"].map({"mean": 1.0, "weighted": 0.9, "last": 0.6}).to_numpy()
    good = np.array([np.sqrt(quality[a] * quality[b]) for a, b in grid["pair"]])
    noise = rng.normal(0, 0.02, len(grid))
    trained = 0.55 if model.startswith("mini") else 1.0
    mexa = np.clip(
        trained * good * pooled * np.sin(np.pi * np.clip(depth * 0.85 + 0.12, 0, 1)) + noise, 0, 1
    )
    auc = 0.5 + mexa / 2.05
    table = grid.assign(
        model=model,
        language_a=[a for a, _ in grid["pair"]],
        language_b=[b for _, b in grid["pair"]],
        n=n,
        n_pool=n,
        chance=1 / (2 * n - 1),
        cosine=0.3 + 0.6 * mexa,
        cosine_baseline=0.25 + 0.5 * mexa,
        contrast=3 * mexa,
        retrieval_rank_score=0.5 + 0.45 * mexa,
        recall_at_1_ab=np.clip(mexa * 1.1, 0, 1),
        recall_at_1_ba=np.clip(mexa * 1.05, 0, 1),
        mexa=mexa,
        mexa_floor=1 / (2 * n - 1),
        mexa_at_60=mexa if n >= 60 else np.nan,
        mexa_at_100=mexa * 0.9 if n >= 100 else np.nan,
        auc=auc,
        **_interval(mexa, n, "mexa"),
        **_interval(auc, n, "auc"),
    )
    return table.drop(columns="pair")


def make_overview(alignment: pd.DataFrame) -> pd.DataFrame:
    """Make `{model}.alignment_overview`, with a made-up interval."""
    columns = {
        "mexa": "mexa",
        "mexa_at_60": "mexa_at_60",
        "mexa_at_100": "mexa_at_100",
        "auc": "auc",
        "cosine": "cosine",
        "cosine_baseline": "cosine_baseline",
        "contrast": "contrast",
        "retrieval": "retrieval_rank_score",
    }
    groups = alignment.groupby(["model", "pooling", "layer"])
    tables = []
    for metric, column in columns.items():
        mean = groups[column].mean().rename("score").reset_index()
        tables.append(
            mean.assign(metric=metric, ci_low=mean["score"] - 0.03, ci_high=mean["score"] + 0.03)
        )
    pairs = alignment.groupby(["language_a", "language_b"]).ngroups
    n = int(alignment["n"].iloc[0])
    table = pd.concat(tables).assign(n=n, pairs=pairs, samples=1, confidence=0.95)
    table["floor"] = table["metric"].map(
        {"mexa": 0.003, "mexa_at_60": 0.003, "mexa_at_100": 0.003, "auc": 0.5, "contrast": 0}
    )
    own = table["metric"] == "cosine"
    table.loc[own, "floor"] = table.loc[own, "score"] * 0.8
    table["chance"] = table["metric"].map({"mexa": 1 / (2 * n - 1), "auc": 0.5, "retrieval": 0.5})
    return table.dropna(subset="score").reset_index(drop=True)


def make_summary(alignment: pd.DataFrame) -> pd.DataFrame:
    """Make `{model}.alignment_summary` (mean over the layers 1..L−1)."""
    deepest = int(alignment["layer"].max())
    inner = alignment[alignment["layer"].between(min(1, deepest), max(deepest - 1, 0))]
    keys = ["model", "pooling", "sample", "language_a", "language_b"]
    tables = []
    for metric in ("mexa", "mexa_at_60", "mexa_at_100", "auc"):
        mean = inner.groupby(keys)[metric].mean().rename("score").reset_index()
        n = int(alignment["n"].iloc[0])
        bounds = _interval(mean["score"].to_numpy(), n, "x")
        tables.append(
            mean.assign(metric=metric, ci_low=bounds["x_ci_low"], ci_high=bounds["x_ci_high"])
        )
    return pd.concat(tables, ignore_index=True).assign(
        aggregation="mean",
        n=int(alignment["n"].iloc[0]),
        n_pool=int(alignment["n"].iloc[0]),
        chance=1 / 119,
        floor=0.003,
        confidence=0.95,
        layer_first=min(1, deepest),
        layer_last=max(deepest - 1, 0),
        best_layer=-1,
    )


def make_pivot_overview(summary: pd.DataFrame, pivot: str = "eng") -> pd.DataFrame:
    """Make `pivot_overview`, with ties where the intervals overlap."""
    rows = summary[
        (summary["metric"] == "mexa_at_60")
        & ((summary["language_a"] == pivot) | (summary["language_b"] == pivot))
    ]
    other = rows["language_a"].where(rows["language_a"] != pivot, rows["language_b"])
    table = rows.assign(language=other, pivot=pivot).sort_values(
        ["model", "pooling", "score"], ascending=[True, True, False]
    )
    best = table.groupby(["model", "pooling"])["ci_low"].transform("first")
    following = table.groupby(["model", "pooling"])["ci_high"].shift(-1)
    return table.assign(
        tied_with_best=table["ci_high"] >= best, tied_with_next=following >= table["ci_low"]
    ).reset_index(drop=True)


def make_profiles(model: str, codes: tuple[str, ...] = CODES) -> pd.DataFrame:
    """Make `{model}.language_profile`; MiniLM gives no probabilities."""
    rng = np.random.default_rng(len(model))
    token = 1 + 2 * rng.random(len(codes))
    information = np.where(model.startswith("mini"), np.nan, 0.4 + 0.6 * rng.random(len(codes)))
    return pd.DataFrame(
        {
            "model": model,
            "language": codes,
            "token_parity": token,
            "token_parity_ci_low": token - 0.05,
            "token_parity_ci_high": token + 0.05,
            "information_parity": information,
            "information_parity_ci_low": information - 0.02,
            "information_parity_ci_high": information + 0.02,
            "n": 60,
        }
    )


def make_retrieval(model: str, layers: int = 18, languages: int = 17, n: int = 60) -> pd.DataFrame:
    """Make `{model}.retrieval_statistics`."""
    grid = pd.MultiIndex.from_product(
        [POOLINGS, [0], range(layers + 1)], names=["pooling", "sample", "layer"]
    ).to_frame(index=False)
    hump = np.sin(np.pi * (grid["layer"] / max(layers, 1) * 0.8 + 0.1))
    total = languages * n
    return grid.assign(
        model=model,
        same_language_share=0.9 - 0.5 * hump,
        same_text_share=0.02 + 0.5 * hump,
        same_language_rank=total * (0.08 + 0.3 * hump),
        same_text_rank=total * (0.5 - 0.4 * hump),
        same_language_share_chance=(n - 1) / (total - 1),
        same_text_share_chance=(languages - 1) / (total - 1),
        same_language_rank_chance=total / 2,
        same_text_rank_chance=total / 2,
        n=total,
    )


MANY = tuple(sorted({"eng", "zho_simpl", *language_table()["language"][:101]}))


@pytest.fixture(scope="session")
def languages() -> pd.DataFrame:
    return language_table()


@pytest.fixture(scope="session")
def labels() -> dict[str, str]:
    return LABELS


@pytest.fixture(scope="session")
def alignment() -> pd.DataFrame:
    return make_alignment("gemma_270m_q4")


@pytest.fixture(scope="session")
def overview(alignment: pd.DataFrame) -> pd.DataFrame:
    return make_overview(alignment)


@pytest.fixture(scope="session")
def summary(alignment: pd.DataFrame) -> pd.DataFrame:
    return make_summary(alignment)


@pytest.fixture(scope="session")
def two_models() -> pd.DataFrame:
    return pd.concat([make_alignment(model, layers=top) for model, top in MODELS.items()])


@pytest.fixture(scope="session")
def two_overviews(two_models: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([make_overview(own) for _, own in two_models.groupby("model", sort=False)])


@pytest.fixture(scope="session")
def pivot_overview(two_models: pd.DataFrame) -> pd.DataFrame:
    own = [make_summary(table) for _, table in two_models.groupby("model", sort=False)]
    return pd.concat([make_pivot_overview(table) for table in own], ignore_index=True)


@pytest.fixture(scope="session")
def profiles() -> pd.DataFrame:
    return pd.concat([make_profiles(model) for model in MODELS], ignore_index=True)


@pytest.fixture(scope="session")
def retrieval() -> pd.DataFrame:
    return make_retrieval("gemma_270m_q4")


@pytest.fixture(scope="session")
def many() -> pd.DataFrame:
    """As many languages as FLORES-101 has."""
    return make_alignment("gemma_270m_q4", MANY, layers=3, n=100)


@pytest.fixture(scope="session")
def many_overview(many: pd.DataFrame) -> pd.DataFrame:
    return make_overview(many)


@pytest.fixture(scope="session")
def many_summary(many: pd.DataFrame) -> pd.DataFrame:
    return make_summary(many)


@pytest.fixture(scope="session")
def tiny() -> pd.DataFrame:
    """Two languages, one layer, 20 sentences."""
    return make_alignment("gemma_270m_q4", ("eng", "deu"), layers=0, n=20)


@pytest.fixture(scope="session")
def tiny_overview(tiny: pd.DataFrame) -> pd.DataFrame:
    return make_overview(tiny)


@pytest.fixture(scope="session")
def tiny_summary(tiny: pd.DataFrame) -> pd.DataFrame:
    return make_summary(tiny).dropna(subset="score")
