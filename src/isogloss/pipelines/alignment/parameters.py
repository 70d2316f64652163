"""What can be set in the measurement of alignment."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, NonNegativeInt, PositiveInt, model_validator

from isogloss.word_list import WordList


def _layer_words(value: object) -> object:
    """Take `3 9` for the layers 3 to 9: the command line cannot pass lists."""
    if value in ("inner", "all"):
        return value
    layers = value.split() if isinstance(value, str) else value
    if not (
        isinstance(layers, list | tuple)
        and len(layers) == 2
        and all(str(layer).isdecimal() for layer in layers)
    ):
        raise ValueError('it must be inner, all, or two layers such as "3 9".')
    return tuple(layers)


class AlignmentParameters(BaseModel, frozen=True, extra="forbid"):
    """How alignment is measured and summarised.

    Attributes:
        poolings: which poolings of the embeddings to measure; null takes all that there are.
        mode: `all_pairs` of languages, or each language with the `pivot` alone, which needs no
            more memory for more languages and gives no rank scores.
        centering: `language` takes the mean vector of a language from its sentences first.
        standardise: bring every dimension to mean 0 and standard deviation 1 over the sentences
            of all languages first (Timkey and van Schijndel 2021).
        pool_sizes: sizes m of the common pools for which `mexa_at_m` is given.
        csls_neighbours: k of the neighbourhoods of CSLS.
        layer_range: layers in the summary: `inner` is 1..L-1, or 1..L where no norm follows the
            last block; `all` is 0..L (thesis, MEXA); or the first and last one.
        max_selection: `split` chooses the best layer on odd positions of the sample and reports it
            on the even ones; `same` chooses and reports on all (thesis), which is too high.
        top_n: length of the lists of best and worst pairs.
        confidence: of the intervals.
        bootstrap_rounds: for intervals of maxima under `same`.
        seed: of the bootstrap.
        threads: workers; `auto` takes one a core.
        matrix_gib: largest similarity matrix (GiB) to hold, so that each product serves both of
            its languages; larger ones are computed in row blocks, twice.
    """

    poolings: WordList[str] | None = None
    mode: Literal["all_pairs", "pivot"] = "all_pairs"
    centering: Literal["none", "language"] = "none"
    standardise: bool = False
    pool_sizes: WordList[Annotated[int, Field(ge=2)]] = (60, 100)
    csls_neighbours: PositiveInt = 4
    layer_range: Annotated[
        Literal["inner", "all"] | tuple[NonNegativeInt, NonNegativeInt],
        BeforeValidator(_layer_words),
    ] = "inner"
    max_selection: Literal["split", "same"] = "split"
    top_n: PositiveInt = 10
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    bootstrap_rounds: PositiveInt = 1000
    seed: NonNegativeInt = 0
    threads: PositiveInt | Literal["auto"] = "auto"
    matrix_gib: Annotated[float, Field(ge=0)] = 1.0

    @model_validator(mode="after")
    def _layers_in_order(self) -> AlignmentParameters:
        if isinstance(self.layer_range, tuple) and self.layer_range[0] > self.layer_range[1]:
            first, last = self.layer_range
            raise ValueError(f"layer_range [{first}, {last}] ends before it begins.")
        return self

    def outcome_settings(self) -> dict[str, Any]:
        """Give the settings that change the stored outcomes; JSON values."""
        return {
            "mode": self.mode,
            "centering": self.centering,
            "standardise": self.standardise,
            "pool_sizes": sorted(self.pool_sizes),
            "csls_neighbours": self.csls_neighbours,
        }
