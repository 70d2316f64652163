"""Classifiers that transformers saved, through all nodes from the folders to the failures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from isogloss.classifier_names import classifier_name
from isogloss.corpora import Sentence
from isogloss.datasets import ClassifierFolderDataset, ResumablePartitionsDataset
from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.language_models.classification import open_classifier, predict_logits
from isogloss.pipelines.merging.finetuning_nodes import predict_sources, profile_spelling
from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters
from isogloss.pipelines.merging.merge_jobs import plan_job
from isogloss.pipelines.merging.merging_nodes import (
    evaluate_merges,
    examine_sources,
    failure_lister,
    weigh_sources,
)
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.pipelines.merging.scoring_nodes import merge_scorer, transfer_scorer
from isogloss.pipelines.merging.scoring_parameters import MergeScoringParameters
from isogloss.pipelines.merging.sources import MergeSources
from tests.pipelines.merging.checkpoints import merge_states
from tests.pipelines.merging.tiny_encoder import make_intents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from isogloss.language_models.classification import ClassifierShell
    from isogloss.partitions import StoredPartitions

hf: Any = transformers

LABELS = ("alarm_set", "play_music", "weather_query")
LOCALES = ("de-DE", "en-US", "es-ES", "fr-FR", "it-IT")
READING = FinetuningParameters()
LINEAR = MergingParameters(experiments=("leave_one_out",), unspelled="flag", unknown_limit=1.0)
LAST_POSITION = "bert.embeddings.position_embeddings.weight"


@pytest.fixture(scope="module")
def intents() -> pd.DataFrame:
    """The tiny table in as many locales as there are classifiers, with a third intent."""
    table = make_intents()
    english = table[table["locale"] == "en-US"]
    tables = [english.assign(locale=locale) for locale in LOCALES]
    table = pd.concat(tables, ignore_index=True)
    table["seen_in_train"] = False
    table.loc[table["item_id"].isin(["train0", "dev0", "test0"]), "intent"] = LABELS[2]
    return table


def save_classifier(
    encoder: Path,
    folder: Path,
    seed: int,
    labels: Sequence[str] = LABELS,
    *,
    tokens: bool = True,
) -> None:
    """Save an encoder with a head as anybody does who has fine-tuned one."""
    torch.manual_seed(seed)
    model = hf.AutoModelForSequenceClassification.from_pretrained(
        encoder, num_labels=len(labels), id2label=dict(enumerate(labels))
    )
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.2)
    model.save_pretrained(folder)
    if tokens:
        hf.AutoTokenizer.from_pretrained(encoder).save_pretrained(folder)


@pytest.fixture
def folders(encoder_folder: Path, tmp_path: Path) -> Path:
    """Classifiers of five locales, of which two are unfit."""
    root = tmp_path / "classifiers"
    orders = {"de-DE": (0, 1, 2), "en-US": (2, 0, 1), "es-ES": (1, 0, 2)}
    for seed, (locale, order) in enumerate(orders.items()):
        save_classifier(encoder_folder, root / locale, seed, [LABELS[place] for place in order])
    save_classifier(encoder_folder, root / "fr-FR", 3)
    damage(root / "fr-FR")
    save_classifier(encoder_folder, root / "it-IT", 4)
    torch.save({}, root / "it-IT" / "pytorch_model.bin")
    (root / "it-IT" / "model.safetensors").unlink()
    return root


def damage(folder: Path) -> None:
    """Put a NaN where no text of the tests touches it."""
    tensors = load_file(folder / "model.safetensors")
    tensors[LAST_POSITION][-1, 0] = torch.nan
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def store(folder: Path, name: str, kind: str, partitions: Any) -> StoredPartitions[Any]:
    dataset = ResumablePartitionsDataset(filepath=str(folder / name), format=kind)
    dataset.save(partitions)
    return dataset.load()


def weigh(
    logits: StoredPartitions[Any],
    lm: LanguageModel,
    intents: pd.DataFrame,
    parameters: MergingParameters,
) -> pd.DataFrame:
    locales = pd.DataFrame({"locale": LOCALES, "language": "x", "lang2vec": "x"})
    spelling = profile_spelling(lm, intents, parameters)
    transfer = transfer_scorer("words")(logits, intents, MergeScoringParameters(rounds=50))
    weights, _ = weigh_sources(intents, locales, spelling, transfer, {}, parameters)
    return weights


def expected_logits(
    lm: LanguageModel, folders: Path, weights: dict[Any, float], intents: pd.DataFrame
) -> np.ndarray[Any, Any]:
    """Merge with transformers alone, each head brought into order by its labels, and classify."""
    merged: dict[str, torch.Tensor] = {}
    for locale, weight in weights.items():
        model = hf.AutoModelForSequenceClassification.from_pretrained(folders / locale)
        order = [list(model.config.id2label.values()).index(label) for label in LABELS]
        for name, tensor in model.state_dict().items():
            own = tensor[order] if name.startswith("classifier") else tensor
            merged[name] = merged.get(name, torch.zeros(())) + weight * own
    with open_classifier(lm, LABELS) as classifier:
        return classify(classifier, merged, intents)


def classify(
    classifier: ClassifierShell, weights: dict[str, torch.Tensor], intents: pd.DataFrame
) -> np.ndarray[Any, Any]:
    """Give the logits of the test items of German."""
    classifier.put(weights)
    rows = intents[(intents["locale"] == "de-DE") & (intents["partition"] == "test")]
    rows = rows.sort_values("item_id")
    texts = [Sentence("de-DE", *row) for row in zip(rows["item_id"], rows["text"], strict=True)]
    return predict_logits(classifier, classifier.encode(texts))


def test_sound_classifiers_are_merged_by_the_names_of_their_labels_and_others_listed(
    lm: LanguageModel, intents: pd.DataFrame, folders: Path, tmp_path: Path
) -> None:
    classifiers = ClassifierFolderDataset(filepath=str(folders), locales=[*LOCALES]).load()
    predictions = predict_sources(lm, classifiers, intents, READING, LINEAR)
    logits = store(tmp_path, "logits", "safetensors", predictions)
    assert sorted(logits) == ["de-DE-0", "en-US-0", "es-ES-0"]
    examined = examine_sources(classifiers, logits, intents, LINEAR)
    differences = store(tmp_path, "differences", "safetensors", examined)
    assert list(differences) == []
    weights = weigh(logits, lm, intents, LINEAR)
    chosen = weights[weights["target"] == "de-DE"].set_index("source")["weight"].to_dict()
    assert chosen == {"en-US": 0.5, "es-ES": 0.5}
    evaluated = evaluate_merges(
        lm, classifiers, logits, differences, weights, intents, LINEAR, READING
    )
    merges = store(tmp_path, "merges", "parquet", evaluated)
    assert sorted({name.removesuffix("-0") for name in merges}) == [
        f"leave_one_out-{locale}" for locale in LOCALES
    ]
    expected = expected_logits(lm, folders, chosen, intents)
    found = merges["leave_one_out-de-DE-0"]().sort_values("item_id")
    assert found["predicted"].tolist() == expected.argmax(axis=1).tolist()
    usable = MergeSources.of(classifiers, logits, LABELS)
    job = plan_job(weights[weights["target"] == "de-DE"], usable.open(0), None, None)
    (state,) = merge_states(job.plan)
    with open_classifier(lm, LABELS) as classifier:
        merged = classify(classifier, state, intents)
    np.testing.assert_allclose(merged, expected, rtol=1e-4, atol=1e-5)

    failures = failure_lister("words")(classifiers, logits, merges).set_index("name")
    assert failures["what"].to_dict() == {"it-IT-0": "classifier", "fr-FR-0": "classification"}
    reasons = failures["reason"].to_dict()
    assert "Pickled weights" in reasons["it-IT-0"]
    assert f"fr-FR: '{LAST_POSITION}' holds an infinity" in reasons["fr-FR-0"]
    spelling = profile_spelling(lm, intents, LINEAR)
    results, _, _ = merge_scorer("words")(
        logits, merges, weights, spelling, intents, MergeScoringParameters(rounds=50)
    )
    methods = results.groupby("locale")["method"].agg(set)
    assert "own" in methods["de-DE"]
    assert "own" not in methods["it-IT"]
    assert "linear" in methods["it-IT"]


def test_without_a_base_only_linear_merges_are_made(
    lm: LanguageModel, intents: pd.DataFrame, folders: Path
) -> None:
    ties = LINEAR.model_copy(update={"methods": ("linear", "ties")})
    found = ClassifierFolderDataset(filepath=str(folders)).load()
    message = (
        "nothing that .* fine-tuned from, which ties needs. Name it as `base` .*methods=linear"
    )
    with pytest.raises(Refusal, match=message):
        predict_sources(lm, found, intents, READING, ties)
    absent = ClassifierFolderDataset(filepath=str(folders), base="start").load()
    with pytest.raises(Refusal, match=r"which ties needs \(.*start does not exist"):
        predict_sources(lm, absent, intents, READING, ties)
    seeds = LINEAR.model_copy(update={"seeds": (0, 2)})
    with pytest.raises(Refusal, match="no classifiers of seed 2, only of 0. Correct merging.seeds"):
        predict_sources(lm, found, intents, READING, seeds)


def test_with_a_base_task_vectors_and_ties_are_there(
    lm: LanguageModel, encoder_folder: Path, intents: pd.DataFrame, folders: Path, tmp_path: Path
) -> None:
    save_classifier(encoder_folder, folders / "base", 9, LABELS[::-1])
    ties = LINEAR.model_copy(update={"methods": ("ties",)})
    classifiers = ClassifierFolderDataset(filepath=str(folders)).load()
    predictions = predict_sources(lm, classifiers, intents, READING, ties)
    assert "base-0" not in predictions.items
    logits = store(tmp_path, "logits", "safetensors", predictions)
    examined = examine_sources(classifiers, logits, intents, ties)
    differences = store(tmp_path, "differences", "safetensors", examined)
    assert differences["0"]().read("gram.encoder").shape == (3, 3)
    weights = weigh(logits, lm, intents, ties)
    evaluated = evaluate_merges(
        lm, classifiers, logits, differences, weights, intents, ties, READING
    )
    assert len(dict(evaluated.compute(list(evaluated.items)))) == len(LOCALES)


def test_classifiers_of_locales_without_intents_are_left_out_aloud(
    lm: LanguageModel, intents: pd.DataFrame, folders: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = intents[intents["locale"].isin(["de-DE", "es-ES"])]
    classifiers = ClassifierFolderDataset(filepath=str(folders)).load()
    predictions = predict_sources(lm, classifiers, own, READING)
    assert list(predictions.items) == ["de-DE-0", "es-ES-0"]
    assert "classifiers of 2 locales are left out, as there are no intents of these" in caplog.text
    assert "en-US, fr-FR" in caplog.text


def test_classifiers_of_other_seeds_are_left_out_aloud(
    lm: LanguageModel,
    encoder_folder: Path,
    intents: pd.DataFrame,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("de-DE_0", "de-DE_1", "en-US_1", "base_1"):
        save_classifier(encoder_folder, tmp_path / "seeds" / name, 0)
    root = str(tmp_path / "seeds")
    classifiers = ClassifierFolderDataset(filepath=root, pattern="<locale>_<seed>").load()
    one = LINEAR.model_copy(update={"seeds": (1,), "methods": ("ties",)})
    predictions = predict_sources(lm, classifiers, intents, READING, one)
    assert list(predictions.items) == ["de-DE-1", "en-US-1"]
    assert "classifiers of seed 0 are left out: merging.seeds does not name it" in caplog.text


def test_a_tokenizer_of_another_encoder_is_a_failure_with_both_ways_out(
    lm: LanguageModel, encoder_folder: Path, intents: pd.DataFrame, folders: Path, tmp_path: Path
) -> None:
    file = folders / "es-ES" / "tokenizer.json"
    file.write_text(file.read_text().replace("musik", "musique"))
    (folders / "en-US" / "tokenizer.json").unlink()
    classifiers = ClassifierFolderDataset(filepath=str(folders)).load()
    predictions = predict_sources(lm, classifiers, intents, READING, LINEAR)
    logits = store(tmp_path, "logits", "safetensors", predictions)
    assert sorted(logits) == ["de-DE-0", "en-US-0"]
    reason = logits.failures["es-ES-0"]
    assert "was made with another tokenizer than that of words. Name the encoder" in reason
    assert f"replace its tokenizer.json by the encoder's ({encoder_folder})" in reason


def test_a_classifier_that_computes_otherwise_is_a_failure(
    lm: LanguageModel, intents: pd.DataFrame, folders: Path, tmp_path: Path
) -> None:
    changes: dict[str, dict[str, Any]] = {
        "de-DE": {"hidden_act": "relu"},
        "en-US": {"layer_norm_eps": 1e-3},
        "es-ES": {"hidden_act": None},
    }
    for locale, settings in changes.items():
        file = folders / locale / "config.json"
        found = {**json.loads(file.read_text()), **settings}
        # What an old configuration does not say is no difference.
        said = {key: value for key, value in found.items() if value is not None}
        file.write_text(json.dumps(said))
    classifiers = ClassifierFolderDataset(filepath=str(folders)).load()
    predictions = predict_sources(lm, classifiers, intents, READING, LINEAR)
    logits = store(tmp_path, "logits", "safetensors", predictions)
    assert sorted(logits) == ["es-ES-0"]
    reason = logits.failures["de-DE-0"]
    assert "'hidden_act' is 'gelu' in the configuration of words and 'relu' in that of" in reason
    assert str(folders / "de-DE") in reason
    assert "'layer_norm_eps' is 1e-12 in the configuration of words" in logits.failures["en-US-0"]


def test_the_folders_name_classifiers_as_the_room_does(folders: Path) -> None:
    found = ClassifierFolderDataset(filepath=str(folders), locales="de-DE").load()
    assert list(found) == [classifier_name("de-DE", 0)]
