"""How the sources differ from what they were fine-tuned from, as it is stored between runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from isogloss.classifier_names import BASE, classifier_name
from isogloss.pipelines.merging.examination import Examination, examine_checkpoints
from isogloss.pipelines.merging.trimming import TrimThresholds
from isogloss.tensors import TensorTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.partitions import Fingerprint
    from isogloss.pipelines.merging.parameters import MergingParameters
    from isogloss.pipelines.merging.sources import MergeSources
    from isogloss.tensors import Tensors

ENCODER, HEAD, THRESHOLDS, KEPT = "gram.encoder", "gram.head", "thresholds.", "kept."


def densities_of(parameters: MergingParameters) -> tuple[float, ...]:
    """Give the densities for which TIES needs thresholds; none if nothing is merged by it."""
    return parameters.ties.densities if "ties" in parameters.methods else ()


def examine_seeds(
    sources: MergeSources, parameters: MergingParameters, seeds: Sequence[str]
) -> Iterator[tuple[str, TensorTable]]:
    """Yield what one read of the sources of a seed tells, seed by seed.

    Args:
        sources: with their base.
        parameters: densities, and where TIES trims.
        seeds: as texts.
    """
    for seed in seeds:
        base = sources.base(int(seed))
        if base is not None:
            found = examine_checkpoints(
                list(sources.open(int(seed)).values()),
                base,
                densities_of(parameters),
                parameters.ties.trim,
            )
            yield seed, as_tensors(found, sources.locales(int(seed)))


def differences_items(sources: MergeSources) -> dict[str, Fingerprint]:
    """Give the seeds whose sources have a base: seed -> what tells them from others."""
    items: dict[str, Fingerprint] = {}
    for seed in sources.seeds:
        base, *others = (
            sources.fingerprint(classifier_name(locale, seed))
            for locale in (BASE, *sources.locales(seed))
        )
        if base:
            items[str(seed)] = {name: one for own in (base, *others) for name, one in own.items()}
    return items


def as_tensors(found: Examination, locales: Sequence[str]) -> TensorTable:
    """Turn what was found into arrays that can be saved.

    Args:
        found: of one seed.
        locales: of the sources, in order.
    """
    thresholds = found.thresholds
    return TensorTable(
        {
            ENCODER: found.encoder,
            HEAD: found.head,
            **{THRESHOLDS + name: values for name, values in thresholds.values.items()},
            **{KEPT + name: counts for name, counts in thresholds.kept.items()},
        },
        {
            "locales": json.dumps(list(locales)),
            "sources": json.dumps(thresholds.sources),
            "densities": json.dumps(thresholds.densities),
            "scope": thresholds.scope,
        },
    )


def read_examination(tensors: Tensors) -> tuple[list[str], Examination]:
    """Give the locales of the sources and what was found; the reverse of `as_tensors`."""
    names, metadata = tensors.names(), tensors.metadata
    thresholds = TrimThresholds(
        "model" if metadata["scope"] == "model" else "tensor",
        tuple(json.loads(metadata["sources"])),
        tuple(json.loads(metadata["densities"])),
        {
            name.removeprefix(THRESHOLDS): tensors.read(name)
            for name in names
            if name.startswith(THRESHOLDS)
        },
        {name.removeprefix(KEPT): tensors.read(name) for name in names if name.startswith(KEPT)},
    )
    found = Examination(tensors.read(ENCODER), tensors.read(HEAD), thresholds)
    return json.loads(metadata["locales"]), found
