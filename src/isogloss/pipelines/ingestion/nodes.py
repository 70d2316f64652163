"""Nodes of ingestion: from raw files to parallel sentences and samples of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pandas as pd

from isogloss.corpora import RawCorpus, RawItems
from isogloss.pipelines.ingestion.codes import describe_absent_pivot, find_files
from isogloss.pipelines.ingestion.items import join_items, read_items
from isogloss.pipelines.ingestion.knowledge import (
    KNOWLEDGE_COLUMNS,
    drop_other_splits,
    parse_knowledge,
    report_subsets,
    select_subjects,
    take_subsets,
)
from isogloss.pipelines.ingestion.lines import CorpusError
from isogloss.pipelines.ingestion.outside import left_out_ids, report_overlap, require_enough
from isogloss.pipelines.ingestion.parallel import (
    DROPPED,
    DUPLICATE,
    STRIPPED,
    LanguageText,
    absent_splits,
    find_copies,
    read_languages,
    refuse_duplicates,
    require_equal_ids,
    tabulate,
)
from isogloss.pipelines.ingestion.parameters import (
    IngestionParameters,
    KnowledgeItemParameters,
    Languages,
    ReadingItemParameters,
    SentenceSampleParameters,
)
from isogloss.pipelines.ingestion.reading import READING_COLUMNS, parse_reading
from isogloss.pipelines.ingestion.samples import (
    SAMPLERS,
    refuse_equal_samples,
    refuse_thesis_sampler,
)

logger = logging.getLogger(__name__)

DUPLICATES_SHOWN = 5
COPIES_SHOWN = 5
FEW_SENTENCES = 10


def read_parallel_sentences(
    corpus: RawCorpus,
    languages: pd.DataFrame,
    wanted: Languages,
    pivot: str,
    parameters: IngestionParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check the sentences of every language asked for.

    Args:
        corpus: raw texts by file code and split.
        languages: the table of known languages.
        wanted: the languages to read.
        pivot: the language that others are compared with; must be among them.
        parameters: how strict to be.

    Returns:
        parallel_sentences: language, sentence_id, text; the same ids in every language.
        corpus_report: language, issue, count, sentence_ids, places: what was changed or dropped.

    Raises:
        CorpusError: names file, line and remedy.
    """
    files = find_files(set(corpus.texts), wanted.codes, languages, parameters.code_column)
    if pivot not in files:
        raise CorpusError(describe_absent_pivot(pivot, files, languages, parameters.code_column))
    for split, ids in absent_splits(corpus, files.values()).items():
        logger.warning(
            "%s has no files of '%s': without sentences %s. Nothing to do if that is meant.",
            corpus.origin, split, ids,
        )  # fmt: skip
    texts = read_languages(corpus, files)
    require_equal_ids(texts)
    _warn_of_copies(texts)
    if parameters.strict:
        refuse_duplicates(texts)
    sentences, report = tabulate(texts)
    _log_report(report)
    if sentences.empty:
        raise CorpusError(
            f"{corpus.origin}: no sentence is left, since every line is repeated in some language "
            "(above). Correct the repeated lines, or leave these languages out."
        )
    _warn_of_little(list(files), sentences["sentence_id"].nunique())
    return sentences, report


def _warn_of_copies(texts: Mapping[str, LanguageText]) -> None:
    copies = find_copies(texts)
    for first, second, share in copies[:COPIES_SHOWN]:
        logger.warning(
            "'%s' (%s) and '%s' (%s) share %.0f %% of their lines word for word. Is one a copy of "
            "the other, or not translated?",
            first,
            texts[first].places[0][0],
            second,
            texts[second].places[0][0],
            100 * share,
        )
    if len(copies) > COPIES_SHOWN:
        logger.warning("%d more pairs of languages do so.", len(copies) - COPIES_SHOWN)


def _warn_of_little(languages: list[str], sentences: int) -> None:
    if len(languages) == 1:
        logger.warning(
            "'%s' is the only language: alignment compares languages and will refuse it. Add "
            "others to `languages`.",
            languages[0],
        )
    if sentences < FEW_SENTENCES:
        logger.warning(
            "Sentences in every language: %d. Alignment needs at least 2, and says little with "
            "fewer than %d.",
            sentences,
            FEW_SENTENCES,
        )


def _log_report(report: pd.DataFrame) -> None:
    stripped = report[report["issue"] == STRIPPED]
    if len(stripped):
        logger.info(
            "Stripped outer blanks of %d sentences in %d languages (see corpus_report).",
            stripped["count"].sum(),
            len(stripped),
        )
    for row in report[report["issue"] == DUPLICATE].head(DUPLICATES_SHOWN).to_dict("records"):
        logger.warning("%(places)s: the same sentence.", row)
    for row in report[report["issue"] == DROPPED].to_dict("records"):
        logger.warning(
            "%(count)d sentences that some language repeats are dropped from every language "
            "(ids %(sentence_ids)s; see corpus_report; ingestion.strict=true refuses them).",
            row,
        )


def draw_sentence_samples(
    sentences: pd.DataFrame,
    parameters: SentenceSampleParameters,
    reading_items: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw the sentences that are measured, one or more samples without replacement.

    Sentences that lie in a passage of a reading item are not drawn unless
    `parameters.outside_reading` is false.

    Args:
        sentences: parallel_sentences.
        parameters: size, number and seed of the samples.
        reading_items: language, passage and others; None where no model is asked them.

    Returns:
        sentence_samples: sample (0-based), sentence_id, in the order of the draw.
        sentence_sample_report: language, issue, count, sentence_ids: what was not drawn, and why.

    Raises:
        CorpusError: if there are fewer sentences than a sample needs, or two samples are equal.
    """
    passages = reading_items if parameters.outside_reading else None
    report = report_overlap(sentences, passages)
    left_out = left_out_ids(report)
    ids = [
        identifier
        for identifier in dict.fromkeys(sentences["sentence_id"])
        if identifier not in left_out
    ]
    if left_out:
        logger.warning(
            "%d of %d sentences lie in passages of reading_items and are not drawn, so that "
            "alignment and reading rest on different text (see sentence_sample_report; "
            "sentence_sample.outside_reading=false draws from all).",
            len(left_out),
            len(ids) + len(left_out),
        )
        refuse_thesis_sampler(parameters)
    require_enough(len(ids), parameters.size, len(left_out))
    size = len(ids) if parameters.size is None else parameters.size
    samples = SAMPLERS[parameters.sampler](ids, size, parameters)
    refuse_equal_samples(samples, len(ids), parameters)
    rows = [(number, identifier) for number, sample in enumerate(samples) for identifier in sample]
    return pd.DataFrame(rows, columns=["sample", "sentence_id"]), report


def read_reading_items(
    raw: RawItems,
    languages: pd.DataFrame,
    wanted: Languages,
    pivot: str,
    parameters: ReadingItemParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read passages with questions, the same ones in every language.

    Args:
        raw: items by file code, in the schema of Belebele.
        languages: the table of known languages.
        wanted: languages of the study; those without items are left out.
        pivot: language whose order and answers hold.
        parameters: how many.

    Returns:
        reading_items: language, item_id, passage_id, passage, question, option_1..4, answer (1-4).
        reading_report: table, language, issue, count, item_ids.

    Raises:
        CorpusError: names file, line and field.
    """
    tables, found = read_items(raw, languages, wanted, pivot, parse_reading)
    items, report = join_items(tables, pivot, "reading_items", found)
    _log_items(items, report)
    if parameters.limit is not None:
        items = items.groupby("language", sort=False).head(parameters.limit)
    return items[list(READING_COLUMNS)].reset_index(drop=True), report


def read_knowledge_items(
    raw: RawItems,
    languages: pd.DataFrame,
    wanted: Languages,
    pivot: str,
    parameters: KnowledgeItemParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read questions of several subjects, the same ones in every language.

    Args:
        raw: items by file code, in the schema of MMLU, m_mmlu or Global-MMLU.
        languages: the table of known languages.
        wanted: languages of the study; those without items are left out.
        pivot: language whose order and answers hold.
        parameters: which subjects, how many test items of each.

    Returns:
        knowledge_items: language, subject, split (dev, test), subset (culturally_agnostic,
        culturally_sensitive or empty), item_id, question, option_1..4, answer (1-4).
        knowledge_report: table, language, issue, count, item_ids.

    Raises:
        CorpusError: names file, line and field; or a subject that is not there.
    """
    tables, found = read_items(raw, languages, wanted, pivot, parse_knowledge)
    tables, others = drop_other_splits(tables)
    items, report = join_items(tables, pivot, "knowledge_items", [*found, *others])
    items = select_subjects(take_subsets(items, pivot), parameters, raw.origin)
    _log_items(items, report)
    report = pd.concat([report, report_subsets(items)], ignore_index=True)
    return items[list(KNOWLEDGE_COLUMNS)].reset_index(drop=True), report


def _log_items(items: pd.DataFrame, report: pd.DataFrame) -> None:
    for row in report.to_dict("records"):
        logger.warning("%(table)s, %(language)s, %(count)d items: %(issue)s.", row)
    _warn_of_subjects_without_test(items)
    each = items.drop_duplicates("item_id")
    logger.info("%d items in %d languages.", len(each), items["language"].nunique())
    for kind in ("split", "subset"):
        if kind in each and (each[kind] != "").any():
            sizes = each[kind].replace("", "without").value_counts(sort=False)
            named = ", ".join(f"{size} {name}" for name, size in sizes.items())
            logger.info("By %s: %s.", kind, named)


def _warn_of_subjects_without_test(items: pd.DataFrame) -> None:
    if "subject" not in items:
        return
    asked = set(items.loc[items["split"] == "test", "subject"])
    if absent := sorted(set(items["subject"]) - asked):
        logger.warning(
            "Subjects with examples (dev), but nothing to ask (test): %s.", ", ".join(absent)
        )
