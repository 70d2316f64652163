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

# What alignment needs is run with it: `kedro run --tags alignment`.
ALIGNMENT = "alignment"
STUDY = ["languages", "params:languages", "params:pivot"]


def create_pipeline(
    corpus: str,
    reading: str | None = None,
    knowledge: str | None = None,
    intents: str | None = None,
) -> Pipeline:
    """Read sentences, test items and utterances with intents, and draw samples of sentences.

    What no study of the session needs is not read.

    Args:
        corpus: source of the sentences; the catalog has an entry `<corpus>_texts`.
        reading: source of the reading items; the catalog has an entry `<reading>_reading`.
            None where no model is asked them: sentences are drawn from all then.
        knowledge: source of the knowledge items; the catalog has `<knowledge>_knowledge`;
            None for none.
        intents: source of the utterances with intents; the catalog has `<intents>_intents`;
            None for none.
    """
    items = {"reading_items": "reading_items"} if reading else {}
    drawn = {"sentences": "parallel_sentences", "parameters": "params:sentence_sample"}
    return Pipeline(
        [
            Pipeline(
                [
                    Node(
                        read_parallel_sentences,
                        [f"{corpus}_texts", *STUDY, "params:ingestion"],
                        ["parallel_sentences", "corpus_report"],
                        name="read_parallel_sentences",
                    ),
                    Node(
                        draw_sentence_samples,
                        {**drawn, **items},
                        ["sentence_samples", "sentence_sample_report"],
                        name="draw_sentence_samples",
                    ),
                    *(_reading_nodes(reading) if reading else []),
                ],
                tags=ALIGNMENT,
            ),
            *(_knowledge_nodes(knowledge) if knowledge else []),
            *(_intent_nodes(intents) if intents else []),
        ],
        tags="ingestion",
    )


def _reading_nodes(source: str) -> list[Node]:
    return [
        Node(
            read_reading_items,
            [f"{source}_reading", *STUDY, "params:reading"],
            ["reading_items", "reading_report"],
            name="read_reading_items",
        )
    ]


def _knowledge_nodes(source: str) -> list[Node]:
    return [
        Node(
            read_knowledge_items,
            [f"{source}_knowledge", *STUDY, "params:knowledge"],
            ["knowledge_items", "knowledge_report"],
            name="read_knowledge_items",
        )
    ]


def _intent_nodes(source: str) -> list[Node]:
    return [
        Node(
            read_intents,
            [f"{source}_intents", "locales", "params:intents"],
            ["intents", "intents_report"],
            name="read_intents",
        )
    ]
