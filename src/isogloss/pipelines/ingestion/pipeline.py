"""The ingestion pipeline."""

from __future__ import annotations

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.ingestion.intent_nodes import read_intents
from isogloss.pipelines.ingestion.nodes import (
    draw_sentence_samples,
    read_knowledge_items,
    read_parallel_sentences,
    read_reading_items,
)

STUDY = ["languages", "params:languages", "params:pivot"]


def create_pipeline(corpus: str, reading: str, knowledge: str, intents: str) -> Pipeline:
    """Read sentences, test items and utterances with intents, and draw samples of sentences.

    Args:
        corpus: source of the sentences; the catalog has an entry `<corpus>_texts`.
        reading: source of the reading items; the catalog has an entry `<reading>_reading`.
        knowledge: source of the knowledge items; the catalog has `<knowledge>_knowledge`.
        intents: source of the utterances with intents; the catalog has `<intents>_intents`.
    """
    return Pipeline(
        [
            Node(
                read_parallel_sentences,
                [f"{corpus}_texts", *STUDY, "params:ingestion"],
                ["parallel_sentences", "corpus_report"],
                name="read_parallel_sentences",
            ),
            Node(
                draw_sentence_samples,
                ["parallel_sentences", "reading_items", "params:sentence_sample"],
                ["sentence_samples", "sentence_sample_report"],
                name="draw_sentence_samples",
            ),
            Node(
                read_reading_items,
                [f"{reading}_reading", *STUDY, "params:reading"],
                ["reading_items", "reading_report"],
                name="read_reading_items",
            ),
            Node(
                read_knowledge_items,
                [f"{knowledge}_knowledge", *STUDY, "params:knowledge"],
                ["knowledge_items", "knowledge_report"],
                name="read_knowledge_items",
            ),
            Node(
                read_intents,
                [f"{intents}_intents", "locales", "params:intents"],
                ["intents", "intents_report"],
                name="read_intents",
            ),
        ],
        tags="ingestion",
    )
