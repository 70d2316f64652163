"""Synthetic tables as the merging room makes them: locales of a family help each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

ENCODER = "minilm_l6"
EIGHT = tuple("de-DE en-US es-ES fr-FR pl-PL ru-RU sw-KE tr-TR".split())
REFERENCE = Path(__file__).parents[2] / "data" / "01_raw" / "reference"
SETTINGS = (
    "weighting", "normalisation", "features", "k", "temperature", "include_target", "lambda",
    "density",
)  # fmt: skip
SIMILAR, AVERAGE = "similarity-softmax-syntax_knn-k5-t0.05", "average-syntax_knn-k5"
AGAINST = ("own_sources", "mean_source", "best_source-source_dev", "pivot", "own")
# recipe -> method, supervision, selected_on and settings.
BASELINES: dict[str, tuple[str, str, str]] = {
    "own": ("own", "target_train", ""),
    "pivot": ("pivot", "none", ""),
    "mean_source": ("mean_source", "none", ""),
    "best_source-target_dev": ("best_source", "target_dev", "target_dev"),
    "best_source-source_dev": ("best_source", "none", "source_dev"),
    "best_source-test": ("best_source", "target_test", "test"),
    "majority": ("majority", "target_train", ""),
}
_SIMILAR = {"weighting": "similarity", "normalisation": "softmax", "features": "syntax_knn",
            "k": 5, "temperature": 0.05}  # fmt: skip
_AVERAGE = {"weighting": "average", "features": "syntax_knn", "k": 5}
MERGES: dict[str, dict[str, object]] = {
    SIMILAR: {"method": "linear", **_SIMILAR},
    AVERAGE: {"method": "linear", **_AVERAGE},
    "leave_one_out": {"method": "linear", "weighting": "leave_one_out", "k": 0},
    f"{SIMILAR}-ties-d0.2-l1": {"method": "ties", **_SIMILAR, "lambda": 1.0, "density": 0.2},
    f"{SIMILAR}-task_arithmetic-l1.5": {"method": "task_arithmetic", **_SIMILAR, "lambda": 1.5},
    f"{SIMILAR}-ensemble_soft": {"method": "ensemble_soft", **_SIMILAR},
    f"{AVERAGE}-ensemble_majority": {"method": "ensemble_majority", **_AVERAGE},
}
_BOOST = dict(zip(MERGES, (0.05, 0.035, -0.02, 0.03, 0.02, 0.06, 0.045), strict=True))


@dataclass(frozen=True)
class Study:
    """All tables of one made-up study."""

    results: pd.DataFrame
    comparisons: pd.DataFrame
    summary: pd.DataFrame
    transfer: pd.DataFrame
    weights: pd.DataFrame
    vectors: pd.DataFrame
    spelling: pd.DataFrame


def read_locales() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "locales.csv", dtype=str, keep_default_na=False)


def massive_locales() -> tuple[str, ...]:
    table = read_locales()
    return tuple(table.loc[table["massive"] == "true", "locale"])


def make_study(
    locales: tuple[str, ...] = EIGHT,
    unspelled: tuple[str, ...] = (),
    seeds: tuple[int, ...] = (0,),
    n: int = 100,
) -> Study:
    """Make all tables of a study.

    Args:
        locales: that take part.
        unspelled: those of them that the encoder cannot spell.
        seeds: of the classifiers.
        n: test items.
    """
    rng = np.random.default_rng(len(locales))
    near = _similarities(locales, rng)
    near[[locales.index(one) for one in unspelled]] *= 0.3
    near[:, [locales.index(one) for one in unspelled]] *= 0.3
    np.fill_diagonal(near, 1)
    share = [0.31 + 0.07 * place for place in range(len(unspelled))]
    unknown = dict(zip(unspelled, share, strict=True))
    spelling = pd.DataFrame({"encoder": ENCODER, "locale": locales})
    spelling["unknown_share"] = spelling["locale"].map(unknown).fillna(0.001)
    spelling["spelled"] = ~spelling["locale"].isin(unspelled)
    tables = [_one_seed(locales, unspelled, near, seed, n) for seed in seeds]
    names = ("results", "comparisons", "summary", "transfer", "weights", "vectors")
    joined = {
        name: pd.concat(own, ignore_index=True)
        for name, own in zip(names, zip(*tables, strict=True), strict=True)
    }
    return Study(**joined, spelling=spelling)


def _similarities(locales: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    languages = pd.read_csv(REFERENCE / "languages.csv", dtype=str).set_index("language")
    codes = read_locales().set_index("locale")["language"][list(locales)]
    family = languages["family"].reindex(codes).to_numpy(str)
    near = 0.45 + 0.25 * (family[:, None] == family) + rng.normal(0, 0.09, (len(codes),) * 2)
    return np.asarray(np.clip((near + near.T) / 2, 0.2, 0.95), np.float64)


def _one_seed(
    locales: tuple[str, ...], unspelled: tuple[str, ...], near: np.ndarray, seed: int, n: int
) -> tuple[pd.DataFrame, ...]:
    rng = np.random.default_rng(100 + seed)
    accuracy = np.clip(near * 0.9 + rng.normal(0, 0.03, near.shape), 0.08, 0.97)
    usable = [place for place, one in enumerate(locales) if one not in unspelled]
    transfer = _tabulate_transfer(locales, accuracy, n)
    weights = pd.DataFrame(
        row for recipe in MERGES for row in _weigh(recipe, locales, usable, near)
    )
    results = _score(locales, unspelled, accuracy, weights, n, rng)
    comparisons = _compare(results, n)
    upper = [(a, b) for a in range(len(locales)) for b in range(a, len(locales))]
    cosine = [1.0 if a == b else 0.1 + 0.5 * near[a, b] + rng.normal(0, 0.03) for a, b in upper]
    vectors = pd.DataFrame({
        "source_a": [locales[a] for a, _ in upper], "source_b": [locales[b] for _, b in upper],
        "part": "encoder", "dot": np.multiply(cosine, 30), "cosine": cosine,
    })  # fmt: skip
    tables = (results, comparisons, _summarise(results, comparisons), transfer, weights, vectors)
    return tuple(table.assign(encoder=ENCODER, seed=seed) for table in tables)


def _tabulate_transfer(locales: tuple[str, ...], accuracy: np.ndarray, n: int) -> pd.DataFrame:
    rows = [
        {"source": locales[a], "target": locales[b], "partition": part,
         "accuracy": accuracy[a, b] + shift, **_wilson(float(accuracy[a, b]), n), "n": n}
        for (a, b), (part, shift) in product(
            np.ndindex(accuracy.shape), (("dev", 0.01), ("test", 0.0))
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _weigh(
    recipe: str, locales: tuple[str, ...], usable: list[int], near: np.ndarray
) -> list[dict[str, object]]:
    settings = MERGES[recipe]
    rows = []
    for target, name in enumerate(locales):
        others = [one for one in usable if one != target]
        ranked = sorted(others, key=lambda one: -near[target, one])
        chosen = ranked if settings["weighting"] == "leave_one_out" else ranked[:5]
        raw = np.exp(near[target, chosen] / 0.05)
        weight = raw / raw.sum() if settings["weighting"] == "similarity" else None
        for place, source in enumerate(chosen):
            rows.append(
                {"recipe": recipe, "target": name, **dict.fromkeys(SETTINGS), **settings,
                 "supervision": "none", "source": locales[source],
                 "weight": 1 / len(chosen) if weight is None else weight[place],
                 "similarity": near[target, source] if settings.get("features") else np.nan}
            )  # fmt: skip
    return rows


def _score(
    locales: tuple[str, ...], unspelled: tuple[str, ...], accuracy: np.ndarray,
    weights: pd.DataFrame, n: int, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for target, locale in enumerate(locales):
        others = np.delete(accuracy[:, target], target)
        foreign = "en-US" in locales and locale != "en-US"
        pivot = accuracy[locales.index("en-US"), target] if foreign else np.nan
        level = {
            "own": accuracy[target, target], "pivot": pivot, "mean_source": others.mean(),
            "best_source-target_dev": others.max() - 0.01, "best_source-source_dev": others[0],
            "best_source-test": others.max(), "majority": 0.125,
        }  # fmt: skip
        common = {"locale": locale, "spelled": locale not in unspelled, "synthetic": True, "n": n}
        for recipe, (method, supervision, selected) in BASELINES.items():
            if np.isfinite(score := level[recipe]):
                rows.append(
                    {**common, "recipe": recipe, "method": method, **dict.fromkeys(SETTINGS),
                     "supervision": supervision, "selected_on": selected, "n_sources": 1,
                     "source": locale if recipe == "own" else locales[target - 1],
                     "accuracy": score, **_wilson(score, n)}
                )  # fmt: skip
        own = weights[weights["target"] == locale]
        for recipe, settings in MERGES.items():
            chosen = own[own["recipe"] == recipe]
            places = [locales.index(one) for one in chosen["source"]]
            mean = accuracy[places, target].mean()
            reach = 0.3 * (accuracy[places, target] @ chosen["weight"] - mean)
            score = float(np.clip(mean + _BOOST[recipe] + reach + rng.normal(0, 0.03), 0.05, 0.98))
            rows.append(
                {**common, "recipe": recipe, **dict.fromkeys(SETTINGS), **settings,
                 "supervision": "none", "selected_on": "", "n_sources": len(places), "source": "",
                 "accuracy": score, **_wilson(score, n), **_gap("synergy", score - mean, n),
                 **_gap("gain", score - others[0], n)}
            )  # fmt: skip
    table = pd.DataFrame(rows)
    own_score = table[table["recipe"] == "own"].set_index("locale")["accuracy"]
    return table.assign(normalised=table["accuracy"] / table["locale"].map(own_score))


def _compare(results: pd.DataFrame, n: int) -> pd.DataFrame:
    spelled = results[results["spelled"]]
    score = spelled.set_index(["recipe", "locale"])["accuracy"]
    rows = []
    for recipe, baseline in product(MERGES, AGAINST):
        own = spelled[spelled["recipe"] == recipe]
        for locale, synergy in zip(own["locale"], own["synergy"], strict=True):
            if baseline != "own_sources" and (baseline, locale) not in score.index:
                continue
            gap = synergy if baseline == "own_sources" else (
                score[recipe, locale] - score[baseline, locale]
            )  # fmt: skip
            z = abs(gap) / (0.5 / np.sqrt(n))
            rows.append(
                {"recipe": recipe, "baseline": baseline, "locale": locale, "difference": gap,
                 "ci_low": gap - 0.15, "ci_high": gap + 0.15, "p": np.exp(-z * z / 2),
                 "p_adjusted": min(1.0, 3 * np.exp(-z * z / 2)), "n": n,
                 "family": len(own)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _summarise(results: pd.DataFrame, comparisons: pd.DataFrame) -> pd.DataFrame:
    spelled = results[results["spelled"]].assign(baseline="")
    parts = [
        spelled.rename(columns={"accuracy": "value"})[["recipe", "baseline", "value"]],
        comparisons.rename(columns={"difference": "value"})[["recipe", "baseline", "value"]],
    ]
    groups = pd.concat(parts).groupby(["recipe", "baseline"], sort=False)["value"]
    table = groups.agg(["mean", "std", "min", "max", "size"]).reset_index()
    table.columns = pd.Index(["recipe", "baseline", "mean", "sd", "lowest", "highest", "n_locales"])
    reach = 2.2 * table["sd"].fillna(0.1) / np.sqrt(table["n_locales"])
    return table.assign(ci_low=table["mean"] - reach, ci_high=table["mean"] + reach)


def _wilson(score: float, n: int) -> dict[str, float]:
    middle = (score + 1.92 / n) / (1 + 3.84 / n)
    reach = 1.96 * np.sqrt(score * (1 - score) / n + 0.96 / n**2) / (1 + 3.84 / n)
    return {"ci_low": max(middle - reach, 0.0), "ci_high": min(middle + reach, 1.0)}


def _gap(name: str, value: float, n: int) -> dict[str, float]:
    reach = 0.9 / np.sqrt(n)
    return {name: value, f"{name}_ci_low": value - reach, f"{name}_ci_high": value + reach}
