from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from isogloss.figures import draw_task_vectors
from isogloss.figures.scatter import FIT_GID
from tests.figures.drawn import caption, direct_labels
from tests.figures.merge_examples import AVERAGE, EIGHT, Study, make_study, massive_locales
from tests.figures.test_correlation_scatter import verdict
from tests.figures.test_merging_scores import make_guide
from tests.figures.test_merging_similarity import drawn


def draw(study: Study, recipe: str | None = None) -> Figure:
    tables = (study.vectors, study.transfer, study.results, study.weights)
    return draw_task_vectors(*tables, make_guide(study), recipe=recipe)


def cosines(study: Study) -> dict[frozenset[str], float]:
    rows = study.vectors
    sides = zip(rows["source_a"], rows["source_b"], rows["cosine"], strict=True)
    return {frozenset((a, b)): cosine for a, b, cosine in sides}


def test_pairs_are_the_cosine_and_the_mean_of_both_accuracies() -> None:
    study = make_study(EIGHT)
    tested = study.transfer[study.transfer["partition"] == "test"]
    accuracy = tested.set_index(["source", "target"])["accuracy"]
    wanted = sorted(
        (cosine, float(accuracy[tuple(sorted(pair))] + accuracy[tuple(sorted(pair)[::-1])]) / 2)
        for pair, cosine in cosines(study).items()
        if len(pair) == 2
    )
    figure = draw(study)
    assert np.allclose(drawn(figure.axes[0]), wanted)
    assert len(wanted) == 28
    assert verdict(figure.axes[0]).endswith("n = 28 pairs of 8 locales")
    assert verdict(figure.axes[0]).startswith("too few locales (n = 8): no finding")


def test_locales_are_the_weighted_cosine_with_their_sources_and_synergy() -> None:
    study = make_study(EIGHT)
    own = study.weights[study.weights["recipe"] == AVERAGE]
    synergy = study.results[study.results["recipe"] == AVERAGE].set_index("locale")["synergy"]
    known = cosines(study)
    wanted = sorted(
        (
            float(np.mean([known[frozenset((str(target), one))] for one in part["source"]])),
            float(synergy[str(target)]),
        )
        for target, part in own.groupby("target")
    )
    figure = draw(study, AVERAGE)
    assert np.allclose(drawn(figure.axes[1]), wanted)
    assert figure.axes[1].get_title(loc="left") == "Locales, merge: average"


def test_heads_are_not_drawn() -> None:
    study = make_study(EIGHT)
    others = [study.vectors.assign(part=part, cosine=0.0) for part in ("head", "all")]
    tables = (study.transfer, study.results, study.weights)
    figure = draw_task_vectors(pd.concat([*others, study.vectors]), *tables, make_guide(study))
    assert drawn(figure.axes[0]) == drawn(draw(study).axes[0])
    assert "what fine-tuning added to the encoder, without the head" in caption(figure)


def test_pairs_of_one_family_have_its_colour() -> None:
    study = make_study(("de-DE", "fr-FR", "tr-TR"))
    colours = {str(label.get_text()): label.get_color() for label in direct_labels(draw(study))}
    assert colours["de–fr"] == colours["de-DE"]
    assert colours["de–tr"] == colours["fr–tr"] != colours["de–fr"]


def test_codes_of_locales_that_share_a_language_stay_whole() -> None:
    study = make_study(("de-DE", "zh-CN", "zh-TW"))
    names = {label.get_text() for label in direct_labels(draw(study))}
    assert {"zh-CN–zh-TW", "de-DE–zh-CN"} <= names


def test_of_many_pairs_the_farthest_are_named() -> None:
    study = make_study(massive_locales()[:14])
    figure = draw(study)
    assert len(drawn(figure.axes[0])) == 91
    assert len([one for one in direct_labels(figure) if "–" in one.get_text()]) <= 12
    assert "Named: the 12 pairs farthest from the others" in caption(figure)
    assert "[" not in verdict(figure.axes[0]), "pairs share locales"
    assert all(len([x for x in ax.lines if x.get_gid() == FIT_GID]) == 1 for ax in figure.axes)


def test_pairs_with_a_locale_that_is_not_spelled_are_left_out() -> None:
    study = make_study((*EIGHT[:4], "am-ET"), unspelled=("am-ET",))
    figure = draw(study)
    assert len(drawn(figure.axes[0])) == 6
    assert len(drawn(figure.axes[1])) == 4
    assert "no pairs, and crosses among the locales: am-ET 31%" in caption(figure)


def test_a_panel_without_points_is_left_out() -> None:
    study = make_study(EIGHT[:4])
    tables = (study.vectors, study.transfer, study.results)
    figure = draw_task_vectors(*tables, study.weights.iloc[:0], make_guide())
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Pairs of locales"]
    nothing = draw_task_vectors(
        pd.DataFrame(), study.transfer, study.results, study.weights, make_guide()
    )
    assert nothing.axes[0].texts[0].get_text().startswith("No two locales have task vectors")


def test_seeds_are_averaged() -> None:
    study = make_study(EIGHT[:3], seeds=(0, 1))
    pairs = study.vectors[study.vectors["source_a"] != study.vectors["source_b"]]
    means = pairs.groupby(["source_a", "source_b"])["cosine"].mean()
    places = [x for x, _ in drawn(draw(study).axes[0])]
    assert places == pytest.approx(sorted(means))
