"""The whole path of merging on a tiny encoder, from classifiers to scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from kedro.io import DatasetError

from isogloss.language_models.classification import open_classifier, predict_logits
from isogloss.merge_schemas import (
    MergeComparisons,
    MergeFailures,
    MergeRemarks,
    MergeResults,
    MergeSummary,
    TaskVectors,
    TransferAccuracy,
)
from isogloss.pipelines.merging import merge_evaluation
from isogloss.pipelines.merging.finetuning_nodes import predict_sources
from isogloss.pipelines.merging.merged_models import merge_in_memory
from isogloss.pipelines.merging.merging_nodes import (
    collect_tables,
    examine_sources,
    failure_lister,
    task_vector_tabulator,
    weigh_sources,
)
from isogloss.pipelines.merging.parameters import MergingParameters, TiesParameters
from isogloss.pipelines.merging.scoring_nodes import merge_scorer
from isogloss.pipelines.merging.source_differences import read_examination
from isogloss.pipelines.merging.utterances import TEST, label_map, utterances_by_locale
from tests.pipelines.merging.study import MERGING, SCORING, Stage, Study
from tests.pipelines.merging.tiny_encoder import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from isogloss.language_models import LanguageModel
    from isogloss.language_models.checkpoints import Checkpoint


def test_the_differences_of_sources_are_those_of_their_weights(study: Study) -> None:
    locales, found = read_examination(study.differences["0"]())
    assert locales == ["de-DE", "en-US", "zh-CN"]
    states = [study.classifiers[f"{name}-0"]().state_dict() for name in (*locales, "base")]
    flat = [torch.cat([tensor.double().ravel() for tensor in state.values()]) for state in states]
    vectors = torch.stack([one - flat[-1] for one in flat[:-1]])
    np.testing.assert_allclose(found.gram(), (vectors @ vectors.T).numpy(), rtol=1e-5, atol=1e-8)
    table = TaskVectors.validate(task_vector_tabulator("words")(study.differences))
    pair = table.query("source_a == 'de-DE' and source_b == 'en-US'").set_index("part")
    own = torch.cat(
        [torch.full((one.numel(),), name.startswith("bert.")) for name, one in states[0].items()]
    )
    wanted = {"encoder": own, "head": ~own, "all": torch.ones_like(own)}
    assert list(pair.index) == list(wanted)
    for part, chosen in wanted.items():
        one, two = vectors[:2, chosen]
        expected = torch.nn.functional.cosine_similarity(one, two, dim=0)
        assert pair.loc[part, "dot"] == pytest.approx(float(one @ two), rel=1e-4)
        assert pair.loc[part, "cosine"] == pytest.approx(float(expected), abs=1e-5)


def test_a_merged_model_predicts_what_its_averaged_weights_do(study: Study) -> None:
    predictions = study.stage.keep("predictions", "parquet", study.merges())
    labels = label_map(study.intents)
    utterances = utterances_by_locale(study.intents, [TEST])
    # zh-CN cannot be spelled and is never a source: two are left for it, one for the others.
    rows = study.weights.query("recipe == 'leave_one_out' and target == 'zh-CN'")
    assert sorted(rows["source"]) == ["de-DE", "en-US"]
    assert rows["weight"].tolist() == [0.5, 0.5]
    one, two = (study.classifiers[f"{name}-0"]().state_dict() for name in ("de-DE", "en-US"))
    with open_classifier(study.lm, labels) as classifier:
        classifier.put({name: (one[name] + two[name]) / 2 for name in one})
        texts = classifier.encode(utterances["zh-CN"][TEST].sentences)
        expected = predict_logits(classifier, texts).argmax(axis=1)
    table = predictions["leave_one_out-zh-CN-0"]()
    assert table["item_id"].tolist() == [text.sentence_id for text in texts]
    assert table["predicted"].tolist() == expected.tolist()
    assert set(table["target"]) == {"zh-CN"}


def test_every_recipe_and_target_is_scored_beside_the_baselines(study: Study) -> None:
    predictions = study.stage.keep("predictions", "parquet", study.merges())
    results, comparisons, summary = merge_scorer("words")(
        study.logits, predictions, study.weights, study.spelling, study.intents, SCORING
    )
    results = MergeResults.validate(results)
    MergeComparisons.validate(comparisons)
    MergeSummary.validate(summary)
    TransferAccuracy.validate(study.transfer)
    by_accuracy = "similarity-softmax-accuracy-k1-t0.05"
    recipes = {by_accuracy, "leave_one_out"}
    recipes |= {f"{name}-ties-d0.2-l1" for name in recipes}
    assert set(study.weights["recipe"]) == recipes
    for locale in ("de-DE", "en-US", "zh-CN"):
        assert recipes <= set(results.loc[results["locale"] == locale, "recipe"])
    own = results.query("recipe == 'own' and locale == 'de-DE'").iloc[0]
    assert own["accuracy"] == 1.0
    # Words of one locale say nothing in another: merging them gives guesses.
    assert not results.query("locale == 'zh-CN'")["spelled"].any()
    assert "zh-CN" not in set(comparisons["locale"])
    assert set(summary["n_locales"]) <= {1, 2}


def test_merges_that_are_there_are_not_made_again(study: Study) -> None:
    asked: list[str] = []
    first = study.merges()
    study.stage.keep("predictions", "parquet", first)

    def compute(names: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
        asked.extend(names)
        yield from first.compute(names)

    study.stage.keep("predictions", "parquet", replace(study.merges(), compute=compute))
    assert asked == []
    changed = study.weights.copy()
    target = changed["recipe"].str.startswith("leave") & (changed["target"] == "zh-CN")
    changed.loc[target, "weight"] = [0.25, 0.75] * 2
    study.stage.keep("predictions", "parquet", replace(study.merges(changed), compute=compute))
    assert asked == ["leave_one_out-zh-CN-0", "leave_one_out-ties-d0.2-l1-zh-CN-0"]


def test_a_killed_evaluation_goes_on_where_it_stopped(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0

    def killed(*args: Any) -> Any:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return predict_logits(*args)

    monkeypatch.setattr(merge_evaluation, "predict_logits", killed)
    with pytest.raises(KeyboardInterrupt):
        study.stage.keep("predictions", "parquet", study.merges())
    study.stage.keep("predictions", "parquet", study.merges())
    # Twelve merges are eight different pairs of a model and a target.
    assert count == 3 + 8 - 2


def test_where_recipes_agree_a_model_is_asked_once(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def count(classifier: Any, texts: Any, *args: Any) -> Any:
        asked.append(len(texts))
        return predict_logits(classifier, texts, *args)

    monkeypatch.setattr(merge_evaluation, "predict_logits", count)
    predictions = study.stage.keep("predictions", "parquet", study.merges())
    assert len(predictions) == 12
    assert asked == [4] * 8
    for ending in ("", "-ties-d0.2-l1"):
        # The only source that either has is de-DE.
        one, two = f"similarity-softmax-accuracy-k1-t0.05{ending}", f"leave_one_out{ending}"
        found = [predictions[f"{name}-en-US-0"]() for name in (one, two)]
        assert [set(table["recipe"]) for table in found] == [{one}, {two}]
        pd.testing.assert_frame_equal(*(table.drop(columns="recipe") for table in found))
        unlike = [predictions[f"{name}-zh-CN-0"]()["recipe"].iloc[0] for name in (one, two)]
        assert unlike == [one, two]


@pytest.mark.parametrize(
    ("dtype", "reason"),
    [("float32", "logits of the merged model are inf"), ("float16", "too large for float16")],
)
def test_a_merged_model_that_is_not_finite_fails_alone(
    study: Study, dtype: str, reason: str
) -> None:
    far = study.weights["method"].eq("ties") & study.weights["recipe"].str.startswith("leave")
    weights = study.weights.assign(**{"lambda": study.weights["lambda"].mask(far, 1e30)})
    study.parameters = study.parameters.model_copy(update={"dtype": dtype})
    predictions = study.stage.keep("predictions", "parquet", study.merges(weights))
    names = {f"leave_one_out-ties-d0.2-l1-{locale}-0" for locale in ("de-DE", "en-US", "zh-CN")}
    assert set(predictions) == set(study.merges().items) - names
    failures = failure_lister("words")(study.classifiers, study.logits, predictions)
    assert set(MergeFailures.validate(failures)["name"]) == names
    assert set(failures["what"]) == {"merge"}
    assert failures["reason"].str.contains(reason).all()
    results, _, _ = merge_scorer("words")(
        study.logits, predictions, weights, study.spelling, study.intents, SCORING
    )
    assert "leave_one_out-ties-d0.2-l1" not in set(results["recipe"])


@pytest.mark.parametrize(
    ("dtype", "memory", "reads"),
    [("float32", 2.5, 3), ("bfloat16", 2.5, 2), ("float32", "auto", 2), ("float32", 0.1, 6)],
)
def test_the_log_says_how_often_sources_are_read(
    study: Study,
    dtype: str,
    memory: float | str,
    reads: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    size = sum(info.bytes for info in study.classifiers["de-DE-0"]().tensors.values())
    monkeypatch.setattr(merge_evaluation, "free_memory", lambda: 7 * size)
    gib = memory if isinstance(memory, str) else memory * size / 2**30
    study.parameters = study.parameters.model_copy(update={"dtype": dtype, "memory_gib": gib})
    called: list[int] = []

    def merge(plan: Any, at_once: int, *args: Any) -> Any:
        called.extend(len(group) for group in plan.groups(at_once))
        return merge_in_memory(plan, at_once, *args)

    monkeypatch.setattr(merge_evaluation, "merge_in_memory", merge)
    with caplog.at_level("INFO"):
        study.stage.keep("predictions", "parquet", study.merges())
    assert len(called) == reads
    assert f"6 models are merged in {reads} reads of 3 sources, 0.0 GB each" in caplog.text


def test_what_is_kept_says_what_it_was_made_from(study: Study) -> None:
    kept = study.merges()
    mended = study.intents.copy()
    rows = mended["partition"].eq("test") & mended["item_id"].eq("test0")
    mended.loc[rows, "intent"] = "play_music"
    study.intents = mended
    assert study.merges().items == kept.items
    assert study.merges().fingerprint == kept.fingerprint
    mended.loc[rows, "text"] = "alarm"
    assert all(
        study.merges().items[name]["test"] != one["test"] for name, one in kept.items.items()
    )
    shorter = study.lm.specification.model_copy(update={"max_length": 8})
    study.lm = replace(study.lm, specification=shorter)
    assert study.merges().fingerprint != kept.fingerprint
    other = predict_sources(study.lm, study.classifiers, study.intents, PARAMETERS)
    assert other.fingerprint["encoder"] == {**study.logits.fingerprint["encoder"], "max_length": 8}
    assert other.fingerprint["encoder"]["weights"]


@pytest.mark.parametrize(("methods", "same"), [(("linear",), True), (("linear", "ties"), False)])
def test_where_ties_trims_matters_to_ties_alone(
    study: Study, methods: tuple[str, ...], same: bool
) -> None:
    of_tensors = MERGING.model_copy(update={"methods": methods})
    of_models = of_tensors.model_copy(update={"ties": TiesParameters(trim="model")})
    one, two = (
        examine_sources(study.classifiers, study.logits, study.intents, parameters).fingerprint
        for parameters in (of_tensors, of_models)
    )
    assert (one == two) == same


def test_a_source_that_cannot_be_used_is_left_out_and_listed(
    study: Study, locale_table: pd.DataFrame, tmp_path: Path
) -> None:
    trained = study.classifiers
    broken = replace(trained["en-US-0"](), tokenizer_digest="other")

    def load(name: str) -> Checkpoint:
        return broken if name == "en-US-0" else trained[name]()

    spoilt = replace(trained, loader=load)
    study = Study(Stage(tmp_path), study.lm, spoilt, study.intents, locale_table)
    assert set(study.weights["source"]) == {"de-DE"}
    assert set(study.weights["target"]) == {"en-US", "zh-CN"}
    predictions = study.stage.keep("predictions", "parquet", study.merges())
    failures = failure_lister("words")(study.classifiers, study.logits, predictions)
    [row] = MergeFailures.validate(failures).to_dict("records")
    assert (row["encoder"], row["what"], row["name"]) == ("words", "classification", "en-US-0")
    assert "another tokenizer" in row["reason"]


def test_a_source_that_one_seed_lacks_is_left_out_of_all_and_named(
    study: Study, locale_table: pd.DataFrame
) -> None:
    one = study.transfer
    other = one[one["source"] != "en-US"].assign(seed=1)
    third = one[one["source"] == "de-DE"].assign(seed=2)
    parameters = MERGING.model_copy(update={"seeds": (0, 1, 2)})
    weights, remarks = weigh_sources(
        study.intents,
        locale_table,
        study.spelling.assign(spelled=True),
        pd.concat([one, other, third]),
        {},
        parameters,
    )
    assert set(weights["source"]) == {"de-DE"}
    assert set(weights["seed"]) == {0, 1, 2}
    left_out = MergeRemarks.validate(remarks).query("what == 'source left out'")
    assert left_out.to_numpy().tolist() == [
        ["source left out", "en-US", 2, "no classifier in seed 1, 2"],
        ["source left out", "zh-CN", 1, "no classifier in seed 2"],
    ]


def test_training_that_diverges_fails_alone(
    lm: LanguageModel, intents: pd.DataFrame, tmp_path: Path
) -> None:
    from isogloss.pipelines.merging.finetuning_nodes import finetune_classifiers

    rate = PARAMETERS.recipe.model_copy(update={"learning_rate": 1e30, "epochs": 2})
    partitions = finetune_classifiers(
        lm, intents, PARAMETERS.model_copy(update={"recipe": rate}), MergingParameters()
    )
    dataset = Stage(tmp_path).dataset("classifiers", "checkpoint")
    dataset.save(partitions)
    assert list(dataset.load()) == ["base-0"]
    assert set(dataset.failures()) == {"de-DE-0", "en-US-0", "zh-CN-0"}
    assert "Lower learning_rate (now 1e+30)" in dataset.failures()["de-DE-0"]


def test_without_any_sound_source_the_reason_is_the_error(
    study: Study, locale_table: pd.DataFrame, tmp_path: Path
) -> None:
    trained = study.classifiers

    def load(name: str) -> Checkpoint:
        return replace(trained[name](), tokenizer_digest="other")

    spoilt = replace(trained, loader=load)
    with pytest.raises(DatasetError, match="another tokenizer"):
        Study(Stage(tmp_path), study.lm, spoilt, study.intents, locale_table)


def test_tables_of_encoders_are_stacked_with_what_they_were_made_from(study: Study) -> None:
    other = study.transfer.assign(encoder="others")
    stacked = collect_tables(study.transfer, other)
    assert len(stacked) == 2 * len(other)
    assert set(stacked.attrs["made_from"]) == {"words", "others"}
