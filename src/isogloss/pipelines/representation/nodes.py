"""Nodes that turn sentences into vectors and say what each language costs a model."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import pandas as pd

from isogloss.corpora import select_sentences, text_fingerprint
from isogloss.language_models import LanguageModel
from isogloss.language_models.outline import examine_machine, outline_model, weight_bytes
from isogloss.language_models.tokenization import count_tokens
from isogloss.partitions import (
    Fingerprint,
    Partitions,
    StoredPartitions,
    portions,
    require_same_fingerprint,
)
from isogloss.pipelines.representation.facts import language_facts
from isogloss.pipelines.representation.fingerprints import (
    embedding_fingerprint,
    information_fingerprint,
    settle,
)
from isogloss.pipelines.representation.parameters import RepresentationParameters
from isogloss.pipelines.representation.passes import Corpus, embed_languages, measure_languages
from isogloss.pipelines.representation.plan import (
    EFFICIENCY,
    GIGA,
    describe_plan,
    measure_workload,
    plan_table,
)
from isogloss.pipelines.representation.profile import (
    information_table,
    profile_table,
    tokenization_table,
)
from isogloss.pipelines.representation.status import (
    EMBEDDINGS,
    SENTENCE_INFORMATION,
    status_table,
    vector_status_table,
)
from isogloss.provenance import record_sources, sources_of, stack_tables
from isogloss.tensors import TensorFile, TensorTable
from isogloss.typology import Typology

logger = logging.getLogger(__name__)

T = TypeVar("T")


def embed_sentences(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    parameters: RepresentationParameters,
) -> Partitions[TensorTable]:
    """Embed every sampled sentence in all layers and poolings, one partition a language.

    Texts are `parallel_sentences` (language, sentence_id, text) whose ids are in
    `sentence_samples` (sample, sentence_id), each once; so in all nodes here. The model is opened
    when the first missing language is asked for.

    Returns:
        language -> a float32 array [layers + 1, sentences, hidden] a pooling; metadata
        sentence_ids, final_norm, truncated (JSON).
    """
    corpus = select_sentences(parallel_sentences, sentence_samples)
    settled = settle(lm, parameters)
    compute = partial(embed_languages, lm, corpus, settled)
    items = _text_fingerprints(corpus)
    grouping = partial(portions, size=settled.group_size)
    return Partitions(embedding_fingerprint(lm, settled), items, compute, grouping)


def measure_sentence_information(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    parameters: RepresentationParameters,
) -> Partitions[pd.DataFrame]:
    """Measure how many bits a causal model needs for each sentence, one partition a language.

    Returns:
        language -> sentence_id, tokens, bits (see `measure_information`).
    """
    corpus = select_sentences(parallel_sentences, sentence_samples)
    settled = settle(lm, parameters)
    compute = partial(measure_languages, lm, corpus, settled)
    items = _text_fingerprints(corpus)
    grouping = partial(portions, size=settled.group_size)
    return Partitions(information_fingerprint(lm, settled), items, compute, grouping)


def _text_fingerprints(corpus: Corpus) -> dict[str, Fingerprint]:
    return {language: text_fingerprint(sentences) for language, sentences in corpus.items()}


def profile_tokenizer(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    pivot: str,
) -> pd.DataFrame:
    """Count what the tokenizer makes of each language against the pivot; no weights are read.

    Returns:
        See `tokenization_table`.
    """
    corpus = select_sentences(parallel_sentences, sentence_samples)
    sentences = [sentence for group in corpus.values() for sentence in group]
    tokenizer = lm.tokenizer()
    counts = count_tokens(tokenizer, sentences, outline_model(lm, tokenizer).max_length)
    return record_sources(
        tokenization_table(counts, lm.name, pivot),
        tokenizer=lm.tokenizer_identity(),
        texts={language: text_fingerprint(group)["texts"] for language, group in corpus.items()},
        settings={"pivot": pivot},
    )


def assemble_language_profile(
    tokenization: pd.DataFrame,
    sentence_information: StoredPartitions[pd.DataFrame],
    languages: pd.DataFrame,
    typology: Typology,
    data_shares: pd.DataFrame,
    pivot: str,
) -> pd.DataFrame:
    """Join tokens, bits and facts by language for a causal model.

    Returns:
        See `profile_table`.

    Raises:
        PartitionError: if tokens and bits are not those of the same sentences.
    """
    texts = sources_of(tokenization).get("texts", {})
    stored = {name: item["texts"] for name, item in sentence_information.item_fingerprints.items()}
    require_same_fingerprint("sentence information", stored, texts)
    from isogloss.schemas import SentenceInformation  # not at the start: it takes half a second

    information = {
        language: SentenceInformation.validate(load())
        for language, load in sentence_information.items()
    }
    facts = language_facts(list(tokenization["language"]), languages, typology, data_shares, pivot)
    return record_sources(
        profile_table(tokenization, information_table(information, pivot), facts),
        tokenization=sources_of(tokenization),
        sentence_information=sentence_information.fingerprint,
    )


def assemble_tokenizer_profile(
    tokenization: pd.DataFrame,
    languages: pd.DataFrame,
    typology: Typology,
    data_shares: pd.DataFrame,
    pivot: str,
) -> pd.DataFrame:
    """Join tokens and facts by language for a model that gives no probabilities (NaN bits).

    Returns:
        See `profile_table`.
    """
    facts = language_facts(list(tokenization["language"]), languages, typology, data_shares, pivot)
    return record_sources(
        profile_table(tokenization, None, facts), tokenization=sources_of(tokenization)
    )


def plan_representation(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    parameters: RepresentationParameters,
) -> pd.DataFrame:
    """Say before a run what it will take, from tokenizer and configuration alone.

    Without `gigaflops` in the parameters the rate of matrix products is measured on this machine,
    of which whole passes reach some 60 %.

    Returns:
        See `plan_table`.
    """
    corpus = select_sentences(parallel_sentences, sentence_samples)
    tokenizer = lm.tokenizer()
    outline = outline_model(lm, tokenizer)
    machine = examine_machine(lm.specification)
    workload = measure_workload(tokenizer, corpus, outline.max_length, settle(lm, parameters))
    rate = parameters.gigaflops or EFFICIENCY * machine.measure_product_rate() / GIGA
    plan = plan_table(
        lm.name,
        workload,
        outline,
        len(parameters.poolings),
        rate,
        weight_bytes(lm, outline, machine),
        causal=lm.kind == "causal",
    )
    logger.info("%s: %s", lm.name, describe_plan(plan))
    return plan


def report_status(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    embeddings_markers: pd.DataFrame,
    parameters: RepresentationParameters,
    sentence_information_markers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Say which languages are done, missing, or stale under the present parameters.

    Args:
        lm: the model.
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id.
        embeddings_markers: of the stored partitions: partition, fingerprint, item_fingerprint.
        parameters: as for `embed_sentences`.
        sentence_information_markers: likewise; None for a model that gives no information.

    Returns:
        See `status_table`; stages `embeddings` and, if given, `sentence_information`.
    """
    inputs = (lm, parallel_sentences, sentence_samples, parameters)
    stages: dict[str, tuple[Partitions[Any], pd.DataFrame]] = {
        EMBEDDINGS: (embed_sentences(*inputs), embeddings_markers)
    }
    if sentence_information_markers is not None:
        information = measure_sentence_information(*inputs)
        stages[SENTENCE_INFORMATION] = (information, sentence_information_markers)
    tables = [
        status_table(lm.name, stage, wanted.fingerprint, wanted.items, markers)
        for stage, (wanted, markers) in stages.items()
    ]
    return _log_status(pd.concat(tables, ignore_index=True))


def vector_status_of(
    model: str,
) -> Callable[[StoredPartitions[TensorFile], pd.DataFrame, pd.DataFrame], pd.DataFrame]:
    """Give the function that reports on the vectors of a model that were made elsewhere.

    Args:
        model: its name.
    """

    def report_vector_status(
        embeddings: StoredPartitions[TensorFile],
        parallel_sentences: pd.DataFrame,
        sentence_samples: pd.DataFrame,
    ) -> pd.DataFrame:
        languages = parallel_sentences["language"].unique()
        sampled = sentence_samples["sentence_id"].astype(str)
        return _log_status(vector_status_table(model, languages, sampled, embeddings))

    return report_vector_status


def _log_status(table: pd.DataFrame) -> pd.DataFrame:
    for (model, stage), rows in table.groupby(["model", "stage"], sort=False):
        counts = rows["status"].value_counts()
        text = ", ".join(f"{count} {status}" for status, count in counts.items())
        logger.info("%s, %s: %s", model, stage, text)
    return table


def collect_tables(*tables: pd.DataFrame) -> pd.DataFrame:
    """Put the tables of all models below each other.

    Args:
        *tables: with the same columns.
    """
    return stack_tables(tables)
