"""Nodes that turn sentences into vectors and say what each language costs a model."""

from __future__ import annotations

import logging
from functools import partial

import pandas as pd

from isogloss.language_models import LanguageModel
from isogloss.language_models.outline import examine_machine, outline_model
from isogloss.language_models.tokenization import count_tokens
from isogloss.partitions import Partitions, StoredPartitions
from isogloss.pipelines.representation.corpus import select_sentences, text_fingerprint
from isogloss.pipelines.representation.fingerprints import (
    embedding_fingerprint,
    information_fingerprint,
)
from isogloss.pipelines.representation.parameters import RepresentationParameters
from isogloss.pipelines.representation.passes import embed_languages, measure_languages
from isogloss.pipelines.representation.plan import (
    EFFICIENCY,
    GIGA,
    measure_workload,
    plan_table,
)
from isogloss.pipelines.representation.profile import (
    information_table,
    profile_table,
    tokenization_table,
)
from isogloss.pipelines.representation.status import status_table
from isogloss.provenance import record_sources, stack_tables
from isogloss.tensors import TensorTable

logger = logging.getLogger(__name__)


def embed_sentences(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    parameters: RepresentationParameters,
) -> Partitions[TensorTable]:
    """Embed every sampled sentence in all layers and poolings, one partition a language.

    The model is opened when the first missing language is asked for.

    Args:
        lm: the model.
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id; a sentence of several samples is embedded once.
        parameters: poolings, special tokens, batches.

    Returns:
        language -> a float32 array [layers + 1, sentences, hidden] a pooling; metadata
        sentence_ids, final_norm, truncated (JSON).
    """
    corpus = select_sentences(parallel_sentences, sentence_samples)
    return Partitions(
        fingerprint=embedding_fingerprint(lm, parameters),
        items={language: text_fingerprint(sentences) for language, sentences in corpus.items()},
        compute=partial(embed_languages, lm, corpus, parameters),
        group_size=len(corpus),
    )


def measure_sentence_information(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    parameters: RepresentationParameters,
) -> Partitions[pd.DataFrame]:
    """Measure how many bits a causal model needs for each sentence, one partition a language.

    Args:
        lm: a causal model.
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id.
        parameters: batches, over-long sentences.

    Returns:
        language -> sentence_id, tokens, bits (see `measure_information`).
    """
    corpus = select_sentences(parallel_sentences, sentence_samples)
    return Partitions(
        fingerprint=information_fingerprint(lm, parameters),
        items={language: text_fingerprint(sentences) for language, sentences in corpus.items()},
        compute=partial(measure_languages, lm, corpus, parameters),
        group_size=len(corpus),
    )


def profile_tokenizer(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    pivot: str,
) -> pd.DataFrame:
    """Count what the tokenizer makes of each language; no weights are read.

    Args:
        lm: the model.
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id.
        pivot: language to compare with.

    Returns:
        See `tokenization_table`.
    """
    corpus = select_sentences(parallel_sentences, sentence_samples)
    sentences = [sentence for group in corpus.values() for sentence in group]
    tokenizer = lm.tokenizer()
    counts = count_tokens(tokenizer, sentences, outline_model(lm, tokenizer).max_length)
    return tokenization_table(counts, lm.name, pivot)


def assemble_language_profile(
    tokenization: pd.DataFrame,
    sentence_information: StoredPartitions[pd.DataFrame],
    languages: pd.DataFrame,
    pivot: str,
) -> pd.DataFrame:
    """Join tokens, bits and facts by language for a causal model.

    Args:
        tokenization: of `profile_tokenizer`.
        sentence_information: of `measure_sentence_information`.
        languages: facts about languages.
        pivot: language to compare with.

    Returns:
        See `profile_table`.
    """
    information = {language: load() for language, load in sentence_information.items()}
    table = profile_table(tokenization, information_table(information, pivot), languages)
    return record_sources(table, sentence_information=sentence_information.fingerprint)


def assemble_tokenizer_profile(tokenization: pd.DataFrame, languages: pd.DataFrame) -> pd.DataFrame:
    """Join tokens and facts by language for a model that gives no probabilities (NaN bits).

    Args:
        tokenization: of `profile_tokenizer`.
        languages: facts about languages.

    Returns:
        See `profile_table`.
    """
    return profile_table(tokenization, None, languages)


def plan_representation(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    parameters: RepresentationParameters,
) -> pd.DataFrame:
    """Say before a run what it will take, from tokenizer and configuration alone.

    Args:
        lm: the model.
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id.
        parameters: batches; `gigaflops` is the rate to plan with. Without it the rate of matrix
            products is measured on this machine, of which whole passes reach some 60 %.

    Returns:
        See `plan_table`.
    """
    corpus = select_sentences(parallel_sentences, sentence_samples)
    tokenizer = lm.tokenizer()
    outline = outline_model(lm, tokenizer)
    machine = examine_machine(lm.specification.device, lm.specification.dtype)
    budget = machine.token_budget(parameters.token_budget, outline.hidden_size)
    workload = measure_workload(tokenizer, corpus, outline.max_length, budget, parameters)
    rate = parameters.gigaflops or EFFICIENCY * machine.measure_product_rate() / GIGA
    plan = plan_table(
        lm.name, workload, outline, len(parameters.poolings), rate, causal=lm.kind == "causal"
    )
    logger.info("%s: %.2g hours, %.2g GB", lm.name, plan["hours"].sum(), plan["gigabytes"].sum())
    return plan


def report_status(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    embeddings_markers: pd.DataFrame,
    parameters: RepresentationParameters,
) -> pd.DataFrame:
    """Say which embeddings are done, missing, or stale under the present parameters.

    Args:
        lm: the model.
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id.
        embeddings_markers: of the stored partitions: partition, fingerprint, item_fingerprint.
        parameters: as for `embed_sentences`.

    Returns:
        See `status_table`.
    """
    wanted = embed_sentences(lm, parallel_sentences, sentence_samples, parameters)
    table = status_table(
        lm.name, "embed_sentences", wanted.fingerprint, wanted.items, embeddings_markers
    )
    counts = table["status"].value_counts()
    logger.info("%s: %s", lm.name, ", ".join(f"{n} {status}" for status, n in counts.items()))
    return table


def collect_tables(*tables: pd.DataFrame) -> pd.DataFrame:
    """Put the tables of all models below each other.

    Args:
        *tables: with the same columns.
    """
    return stack_tables(tables)
