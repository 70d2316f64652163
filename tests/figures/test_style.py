from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from isogloss.figures.curves import group_languages
from isogloss.figures.families import (
    LanguageGuide,
    family_colour,
    family_marker,
    guide_languages,
    readable,
    runs,
)
from isogloss.figures.formats import (
    count_pairs,
    count_things,
    format_chance,
    format_interval,
    format_range,
    format_score,
    name_cut,
    name_layers,
    order_poolings,
)
from isogloss.figures.levels import Level, draw_level, interval_name, level_of
from isogloss.figures.metrics import METRICS, headline_metric, metric_of, metric_values
from isogloss.figures.style import new_figure, set_score_limits, settle, span_scores
from isogloss.figures.tables import average_samples, model_label, square, with_pivot
from isogloss.statistics.alignment_metrics import summary_metrics

FAMILIES = (
    "Indo-European Afro-Asiatic Turkic Uralic Dravidian Atlantic-Congo Austronesian Austroasiatic "
    "Sino-Tibetan Japonic Koreanic Tai-Kadai Mongolic Kartvelian Nilotic"
).split()
# Machado, Oliveira and Fernandes (2009), severity 1: what deuteranopes see, in linear RGB.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)


def seen(colour: str) -> np.ndarray:
    """A colour as a deuteranope sees it, in linear RGB."""
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.clip(DEUTERANOPIA @ linear, 0, 1))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.834, 2, ".83"),
        (1.0, 2, "1.00"),
        (0.0, 2, ".00"),
        (-0.05, 2, "-.05"),
        (-0.001, 2, ".00"),
        (float("nan"), 2, "–"),
        (0.0084, 3, ".008"),
        (12.5, 1, "12.5"),
    ],
)
def test_scores_are_written_short(value: float, digits: int, text: str) -> None:
    assert format_score(value, digits) == text


def test_small_texts() -> None:
    assert format_interval(0.2, 0.434) == "[.20, .43]"
    assert format_interval(float("nan"), 0.4) == ""
    assert format_chance(1 / 119) == ".008"
    assert format_chance(0.5) == ".5"
    assert format_chance(0.972) == ".97"
    assert format_chance(0.00042) == ".0004"
    assert format_chance(-0.012) == "-.01"
    assert format_chance(0.0) == "0"
    assert format_chance(1.234) == "1.23"
    assert format_range([60, 60]) == "60"
    assert format_range([60, 1012]) == "60 to 1,012"
    assert name_layers(0, 0) == "layer 0"
    assert name_layers(1, 17) == "layers 1 to 17"
    assert count_things(1, "country") == "1 country"
    assert count_things(0, "country") == "0 countries"
    assert count_things(1012, "sentence") == "1,012 sentences"
    assert count_pairs([1]) == "1 language pair"
    assert count_pairs([136]) == "136 language pairs"
    assert order_poolings(["last", "own", "mean"]) == ["mean", "last", "own"]


def test_families_are_largest_first_and_unlisted_last(languages: pd.DataFrame) -> None:
    guide = guide_languages(
        languages, ["deu", "fin", "hun", "eng", "spa", "xxx", "yyy", "zzz", "www"]
    )
    assert guide.family_order == ("Indo-European", "Uralic", "unlisted")
    assert guide.order(["xxx", "hun", "spa", "deu", "fin"]) == ["deu", "spa", "fin", "hun", "xxx"]
    assert guide.name("deu") == "German"
    assert guide.name("xxx") == "xxx"
    assert guide.scripts["deu"] == "Latn"


def test_colour_of_a_family_does_not_depend_on_the_others(languages: pd.DataFrame) -> None:
    alone = guide_languages(languages, ["fin"])
    among: LanguageGuide = guide_languages(languages, ["fin", "deu", "tur", "tam"])
    assert alone.colour("fin") == among.colour("fin") == family_colour("Uralic")
    assert family_colour("Niger-Congo") == family_colour("Atlantic-Congo")


def test_families_stay_apart_for_deuteranopes() -> None:
    styles = {family: (family_colour(family), family_marker(family)) for family in FAMILIES}
    assert len(set(styles.values())) == len(FAMILIES)
    for one, other in combinations(FAMILIES, 2):
        far = np.abs(seen(styles[one][0]) - seen(styles[other][0])).sum() > 0.12
        assert far or styles[one][1] != styles[other][1], (one, other)
    common = FAMILIES[:6]
    for one, other in combinations(common, 2):
        assert np.abs(seen(styles[one][0]) - seen(styles[other][0])).sum() > 0.08, (one, other)


def test_runs() -> None:
    assert runs(["a", "a", "b", "a"]) == [("a", 0, 1), ("b", 2, 2), ("a", 3, 3)]


def measured(*metrics: str) -> pd.DataFrame:
    return pd.DataFrame({"metric": metrics, "score": 0.5})


def test_headline_is_the_largest_common_pool() -> None:
    both = measured("cosine", "mexa", "mexa_at_60", "mexa_at_100")
    assert headline_metric("auto", both) == "mexa_at_100"
    too_few = both.assign(score=[0.5, 0.5, 0.5, np.nan])
    assert headline_metric("auto", too_few) == "mexa_at_60"
    assert headline_metric("auto", pd.concat([both, too_few])) == "mexa_at_60"
    assert headline_metric("auto", measured("mexa", "mexa_at_40")) == "mexa_at_40"
    assert headline_metric("auto", measured("mexa", "auc")) == "mexa"
    assert headline_metric("auc", measured("mexa", "auc")) == "auc"
    with pytest.raises(ValueError, match=r"was not measured\. .* one of mexa, auc, or add 60 to"):
        headline_metric("mexa_at_60", measured("mexa", "auc"))
    with pytest.raises(ValueError, match=r"'cka' was not measured\. .* one of mexa, auc\.$"):
        headline_metric("cka", measured("mexa", "auc"))


def test_a_metric_that_is_asked_for_may_lack_some_scores() -> None:
    some = measured("mexa", "cka", "cka").assign(score=[0.5, np.nan, 0.2])
    assert headline_metric("cka", some) == "cka"
    with pytest.raises(ValueError, match="'cka' was not measured"):
        headline_metric("cka", some.assign(score=[0.5, np.nan, np.nan]))


def test_spans_hold_all_data_and_the_natural_range() -> None:
    assert span_scores((0.4, 1), [0.2, np.nan, 0.9]) == (0.2, 1)
    assert span_scores((0.4, 1), []) == (0.4, 1)
    assert span_scores(None, [0.2, 0.3, np.inf]) == (0.2, 0.3)
    assert span_scores(None, [2.0]) == (2.0, 3.0)
    assert span_scores(None, [np.nan]) == (0.0, 1.0)


def test_metrics_at_any_pool_size_have_a_name() -> None:
    assert metric_of("mexa_at_37").label == "MEXA, pool of 37"
    assert metric_of("mexa_at_37").columns == ("mexa_at_37",)
    with pytest.raises(ValueError, match="Unknown metric 'mexxa'"):
        metric_of("mexxa")


def test_every_metric_of_the_summary_can_be_shown() -> None:
    for metric in summary_metrics((60,)):
        assert metric_of(metric.name).meaning


def test_levels_are_floors_where_known_and_else_chance() -> None:
    rows = pd.DataFrame({"layer": [0, 1], "floor": [0.001, 0.003], "chance": 0.008})
    assert level_of(rows) == Level("floor", 0.002)
    assert level_of(rows).label() == "floor .002"
    assert level_of(rows.assign(floor=[0.001, np.nan])) == Level("chance", 0.008)
    unknown = level_of(rows.drop(columns="floor").assign(chance=np.nan))
    assert (unknown.kind, unknown.caption()) == ("", "")
    ax = Figure().add_subplot()
    draw_level(ax, rows)
    np.testing.assert_allclose(np.asarray(ax.lines[0].get_ydata()), [0.001, 0.003])


def test_intervals_are_called_by_their_confidence() -> None:
    assert interval_name(pd.DataFrame({"confidence": [0.9]})) == "90% interval"
    assert interval_name(pd.DataFrame({"confidence": [0.999]})) == "99.9% interval"
    assert interval_name(pd.DataFrame({"score": [0.9]})) == "95% interval"


def test_metric_values_average_both_ways_of_recall() -> None:
    table = pd.DataFrame({"recall_at_1_ab": [0.2, np.nan], "recall_at_1_ba": [0.4, 0.5]})
    np.testing.assert_allclose(metric_values(table, "recall_at_1"), [0.3, np.nan])
    assert metric_values(table, "mexa").isna().all()
    assert set(METRICS) >= {"mexa", "auc", "cosine_baseline", "retrieval"}


def test_samples_are_averaged_with_their_bounds() -> None:
    table = pd.DataFrame(
        {
            "language_a": ["deu", "deu", "ell"],
            "score": [0.4, 0.6, 0.1],
            "ci_low": [0.3, 0.5, 0.0],
            "ci_high": [0.5, 0.7, 0.2],
            "n": [60, 60, 60],
        }
    )
    mean = average_samples(table, ["language_a"])
    assert mean["score"].tolist() == [0.5, 0.1]
    np.testing.assert_allclose(mean["ci_low"], [0.4, 0.0])
    assert mean["samples"].tolist() == [2, 1]
    assert mean["chance"].isna().all()


def test_square_is_symmetric_with_a_blank_diagonal() -> None:
    pairs = pd.DataFrame({"language_a": ["a", "b"], "language_b": ["b", "c"], "score": [0.1, 0.2]})
    matrix = square(pairs, ["c", "a", "b"])
    assert matrix[1, 2] == matrix[2, 1] == 0.1
    assert matrix[0, 2] == matrix[2, 0] == 0.2
    assert np.isnan(np.diag(matrix)).all()
    assert np.isnan(matrix[0, 1])


def test_pairs_with_the_pivot() -> None:
    pairs = pd.DataFrame({"language_a": ["deu", "eng", "deu"], "language_b": ["eng", "fra", "fra"]})
    assert with_pivot(pairs, "eng")["language"].tolist() == ["deu", "fra"]


def test_one_model_a_figure() -> None:
    table = pd.DataFrame({"model": ["a", "b"]})
    with pytest.raises(ValueError, match="2 models: a, b"):
        model_label(table, {})
    assert model_label(table.head(1), {"a": "A, 4-bit"}) == "A, 4-bit"


def test_names_can_be_read_on_white() -> None:
    assert readable("#222222") == "#222222"
    for family in FAMILIES:
        channels = np.array(to_rgb(readable(family_colour(family))))
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 4.5


def test_lines_of_a_large_family_differ_in_lightness_and_marker(languages: pd.DataFrame) -> None:
    order = [str(code) for code in languages.query("family == 'Indo-European'")["language"][:18]]
    guide = guide_languages(languages, order)
    styles = guide.line_styles(order)
    assert list(styles) == order
    assert len({(own["marker"], own["markerfacecolor"]) for own in styles.values()}) == 18
    looks = [seen(own["color"]) @ [0.2126, 0.7152, 0.0722] for own in styles.values()]
    steps = np.diff(np.cbrt(looks))
    assert (steps > 0.005).all(), "dark to light, in the order given, for deuteranopes too"
    first, last = styles[order[0]], styles[order[10]]
    assert first["marker"] == last["marker"] == "o"
    assert (first["markerfacecolor"], last["markerfacecolor"]) == (first["color"], "white")


def test_two_of_a_family_are_filled_and_hollow(languages: pd.DataFrame) -> None:
    styles = guide_languages(languages, ["fin", "hun", "tur"]).line_styles(["hun", "tur", "fin"])
    uralic = family_colour("Uralic")
    assert styles["hun"] == {"color": uralic, "marker": "v", "markerfacecolor": uralic}
    assert styles["fin"] == {"color": uralic, "marker": "v", "markerfacecolor": "white"}
    assert styles["tur"]["color"] == family_colour("Turkic")


def test_languages_are_split_by_family_only_if_that_helps(languages: pd.DataFrame) -> None:
    def split(text: str) -> list[tuple[str, int]]:
        codes = text.split()
        guide = guide_languages(languages, codes)
        return [(group.name, len(group.languages)) for group in group_languages(codes, guide)]

    slavic = "rus pol ces ukr bul slk slv hrv"
    assert split(f"{slavic} fin hun") == [("", 10)]
    assert split(f"{slavic} fin hun est") == [("Indo-European", 8), ("Uralic", 3)]
    assert split(f"{slavic} fin hun tur") == [("Indo-European", 8), ("other families", 3)]
    assert split(f"{slavic} deu fra spa ita") == [("", 12)]
    assert split(" ".join(languages["language"][:31])) == [("", 31)]
    assert split("fin") == [("", 1)]


def test_short_names_stay_unique(languages: pd.DataFrame) -> None:
    guide = guide_languages(languages, ["ara", "zho_simpl", "zho_trad"])
    assert guide.short_name("ara") == "Arabic"
    assert guide.short_name("zho_simpl") == "Chinese (Simplified)"


@pytest.mark.parametrize(
    ("highest", "end"), [(0.05, 0.1), (0.085, 0.2), (0.3, 0.4), (0.45, 0.6), (0.7, None)]
)
def test_axes_are_cut_only_when_all_is_low(highest: float, end: float | None) -> None:
    figure, axes = new_figure(2)
    axes[0, 0].plot([0, 1], [0, highest])
    assert set_score_limits(axes[0, 0], (0, 1), cut=True) == end
    shown = 1 if end is None else end
    np.testing.assert_allclose(axes[0, 0].get_ylim(), [-0.02 * shown, 1.02 * shown])
    assert set_score_limits(axes[0, 0], (0, 1)) is None
    np.testing.assert_allclose(axes[0, 0].get_ylim(), [-0.02, 1.02])
    assert name_cut(end) == ("" if end is None else f" (axis ends at {format_score(end, 1)})")
    settle(figure)
    assert (
        figure.get_layout_engine() is None or "Place" in type(figure.get_layout_engine()).__name__
    )
