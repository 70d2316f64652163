"""The ingestion pipeline."""

from __future__ import annotations

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.ingestion.nodes import draw_sentence_samples, read_parallel_sentences


def create_pipeline(corpus: str) -> Pipeline:
    """Read the corpus of this name and draw samples from it.

    Args:
        corpus: source of the sentences; the catalog has an entry `<corpus>_texts`.
    """
    return Pipeline(
        [
            Node(
                read_parallel_sentences,
                [
                    f"{corpus}_texts",
                    "languages",
                    "params:languages",
                    "params:pivot",
                    "params:ingestion",
                ],
                ["parallel_sentences", "corpus_report"],
                name="read_parallel_sentences",
            ),
            Node(
                draw_sentence_samples,
                ["parallel_sentences", "params:sentence_sample"],
                "sentence_samples",
                name="draw_sentence_samples",
            ),
        ],
        tags="ingestion",
    )
