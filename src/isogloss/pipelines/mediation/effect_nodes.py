"""Nodes that patch activations between the prompts of pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.language_models.continuation_encoding import EncodedPair
from isogloss.language_models.fingerprints import model_fingerprint
from isogloss.language_models.option_scoring import score_continuations
from isogloss.language_models.outline import settle_token_budget
from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.sites import OF_HEADS, PatchSite, list_sites
from isogloss.partitions import Partitions, digest
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, SiteParameters
from isogloss.pipelines.mediation.effects import (
    ALL,
    Floats,
    PairRow,
    read_pairs,
    tabulate_effects,
    tabulate_outcomes,
)
from isogloss.pipelines.mediation.pair_parameters import LAYOUT
from isogloss.progress import ProgressReport, progress

if TYPE_CHECKING:
    # Torch comes with it; no node has it in its signature.
    from isogloss.language_models.loading import LoadedModel

DEFINITION = 3
"""Of the effects that are stored; raised when a formula behind them changes."""
PAIRS_AT_ONCE = 64
"""Pairs whose patched logits are held in memory."""
DECIDE = ("components", "layers", "every", "roles", "head_roles", "outcomes")


def measure_effects(
    lm: LanguageModel, mediation_pairs: pd.DataFrame, parameters: EffectParameters
) -> Partitions[pd.DataFrame]:
    """Patch every pair at every site and role, in both directions.

    A partition is a language and kind of pairs; a killed run loses the one under way.

    Args:
        lm: the model, opened when the first missing partition is asked for.
        mediation_pairs: of this model.
        parameters: what is patched and read.

    Returns:
        `<language>__<kind>`, with `__last` where the category is named behind the list, and
        with `__line`, `__blank` or `__semicolon` behind it where items are so separated -> see
        `effects.tabulate_effects`.
    """
    budget = settle_token_budget(lm, parameters.token_budget)
    settled = parameters.model_copy(update={"token_budget": budget})
    works = split_pairs(mediation_pairs)
    decided = {name: getattr(parameters, name) for name in DECIDE}
    items = {
        name: {"pairs": digest(list(own["pair_id"]), list(own["part"])), **decided}
        for name, own in works.items()
    }
    fingerprint = {"definition": DEFINITION, **model_fingerprint(lm, token_budget=budget)}
    compute = partial(_patch, lm, works, settled)
    return Partitions(fingerprint, items, compute)


def measure_outcomes(
    lm: LanguageModel, mediation_pairs: pd.DataFrame, parameters: EffectParameters
) -> pd.DataFrame:
    """Ask both prompts of every pair; see `effects.tabulate_outcomes`.

    Args:
        lm: the model.
        mediation_pairs: of this model.
        parameters: the token budget.
    """
    works = split_pairs(mediation_pairs)
    tables = []
    title, prompts = f"{lm.name}: asking pairs", 2 * len(mediation_pairs)
    with lm.open() as loaded, progress(title, len(works), "kinds", "prompts", prompts) as report:
        for own in works.values():
            rows = read_pairs(own, ())
            tables.append(tabulate_outcomes(rows, _ask(loaded, rows, parameters)))
            report.worked(2 * len(rows))
            report.finished()
    return pd.concat(tables, ignore_index=True).assign(model=lm.name)


def _ask(
    loaded: LoadedModel, rows: Sequence[PairRow], parameters: EffectParameters
) -> list[Floats]:
    """Give log-probabilities of the answers; what prompts share, such as examples, is read once."""
    asked = [
        EncodedPair(prompt, (answer,))
        for row in rows
        for prompt in (row.patch.base, row.patch.donor)
        for answer in row.patch.answers
    ]
    scores = score_continuations(
        loaded, asked, token_budget=parameters.token_budget, overlong="refuse"
    )
    ends = np.cumsum([2 * len(row.patch.answers) for row in rows])
    return [one.reshape(2, -1) for one in np.split(scores.log_likelihoods, ends[:-1])]


def split_pairs(pairs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split pairs into those of a language and kind.

    Args:
        pairs: `mediation_pairs`.

    Returns:
        name of the partition -> its pairs.
    """
    groups = pairs.groupby(["language", "kind", *LAYOUT], sort=False)
    # What is most often done has no ending.
    return {
        "__".join(str(name) for name in group if name not in ("first", "usual")): own
        for group, own in groups
    }


def count_heads(loaded: LoadedModel) -> int:
    """Give the number of query heads of each layer."""
    return int(loaded.model.config.get_text_config().num_attention_heads)


def choose_sites(parameters: SiteParameters, layers: int, heads: int) -> list[PatchSite]:
    """List the sites that are patched.

    Args:
        parameters: which components and layers.
        layers: L of the model.
        heads: of each layer.

    Raises:
        Refusal: if a layer is asked for that the model does not have.
    """
    wanted = {layer for layer in parameters.layers if isinstance(layer, int)}
    if beyond := sorted(layer for layer in wanted if not 0 <= layer <= layers):
        raise Refusal(
            f"layers: there is no layer {beyond[0]}; this model has 0 (embeddings) to {layers}."
        )
    if ALL in parameters.layers:
        thinned = (layer for layer in range(layers + 1) if layer % parameters.every == 0)
        wanted |= {*thinned, layers}
    return [
        site for site in list_sites(layers, heads, parameters.components) if site.layer in wanted
    ]


class _Work(NamedTuple):
    """Sites, and the pairs with the tokens at which these are patched."""

    sites: list[PatchSite]
    rows: list[PairRow]

    @property
    def patches(self) -> int:
        """Number of patches, in both directions."""
        return 2 * len(self.sites) * sum(len(row.groups) for row in self.rows)


def share_out(
    pairs: pd.DataFrame, sites: Sequence[PatchSite], parameters: EffectParameters
) -> list[_Work]:
    """Give single heads and their queries tokens of their own; other components share theirs.

    Args:
        pairs: `mediation_pairs` of one partition.
        sites: that are patched.
        parameters: the roles of either.
    """
    works = []
    for roles, of_heads in ((parameters.roles, False), (parameters.head_roles, True)):
        own = [site for site in sites if (site.component in OF_HEADS) == of_heads]
        if own:
            works.append(_Work(own, read_pairs(pairs, roles)))
    return works


def _patch(
    lm: LanguageModel,
    works: Mapping[str, pd.DataFrame],
    parameters: EffectParameters,
    names: Sequence[str],
) -> Iterator[tuple[str, pd.DataFrame]]:
    with lm.open() as loaded:
        sites = choose_sites(parameters, loaded.layers, count_heads(loaded))
        for name in names:
            shares, number = share_out(works[name], sites, parameters), len(works[name])
            patches = sum(share.patches for share in shares)
            title = f"{lm.name}: patching {name}"
            with progress(title, number, "pairs", "patches", work_total=patches) as report:
                tables = []
                for start in range(0, number, PAIRS_AT_ONCE):
                    some = slice(start, start + PAIRS_AT_ONCE)
                    tables += [
                        _patch_some(loaded, share.rows[some], share.sites, parameters, report)
                        for share in shares
                    ]
                    report.finished(len(range(number)[some]))
                yield name, pd.concat(tables, ignore_index=True).assign(model=lm.name)


def _patch_some(
    loaded: LoadedModel,
    rows: Sequence[PairRow],
    sites: Sequence[PatchSite],
    parameters: EffectParameters,
    report: ProgressReport,
) -> pd.DataFrame:
    run = run_patches(
        loaded,
        [row.patch for row in rows],
        sites,
        [list(row.groups.values()) for row in rows],
        token_budget=parameters.token_budget,
        advance=report.worked,
    )
    return tabulate_effects(rows, sites, run, parameters)
