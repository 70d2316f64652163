"""A patch that changes nothing where it must is an error, not a result.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.patching.patch_portion import Patch, PatchPortion
from isogloss.language_models.patching.sites import PatchSite, expand

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Share of the difference between two runs by which a patch may miss what it must give, and of the
# whole that is rounding, in single and in half precision.
MISS = 0.1
ROUNDING = {4: 1e-4, 2: 0.02}
# Difference of a component between two runs that cannot be without effect on its block, and share
# of it that is none.
NOTICEABLE, UNNOTICED = 0.01, 1e-5


class PatchingError(Refusal, RuntimeError):
    """A model, read on from a layer or patched, does not do what it must do."""


def check_continuation(found: torch.Tensor, whole: torch.Tensor, name: str) -> None:
    """Refuse a model that ends otherwise if it is read on from a layer and a token, unchanged.

    Args:
        found: what the output layer reads, [units].
        whole: likewise, where the prompt is read as a whole.
        name: of the model.

    Raises:
        PatchingError: if they are not alike.
    """
    if not (found - whole).float().norm() <= ROUNDING[whole.dtype.itemsize] * whole.float().norm():
        raise PatchingError(
            f"Model {name!r} cannot be changed on the way: read on from a layer and a token, it "
            "does not end as when it is read whole. It may keep more than keys and values of "
            "earlier tokens, or exchange its blocks."
        )


def check_before(portion: PatchPortion, name: str) -> None:
    """Try on one pair whether patches do what they must, before many are made.

    Args:
        portion: read, not yet patched.
        name: of the model.

    Raises:
        PatchingError: if they do not.
    """
    _check_restart(portion, name)
    _check_replacement(portion, name)


def _check_restart(portion: PatchPortion, name: str) -> None:
    """Refuse a model whose base run does not become the donor run when it takes all that differs.

    From the first differing token on, the states of a middle layer are the donor's: whatever
    follows must be, too. One pair is tried, that of which the runs differ most.
    """
    base, donor = portion.final[::2].float(), portion.final[1::2].float()
    difference, whole = (donor - base).norm(dim=-1), donor.norm(dim=-1)
    pair = int((difference / whole).nan_to_num().argmax())
    layers = sorted({site.layer for site in portion.request.sites})
    layer = layers[len(layers) // 2]
    differing = portion.request.pairs[pair]
    tokens = tuple(range(differing.first_difference, len(differing.base)))
    if not tokens:
        return
    patch = Patch(2 * pair, 2 * pair + 1, PatchSite("residual", layer), tokens)
    found = portion.final_states(layer, [patch])[0].float()
    rounding = ROUNDING[portion.final.dtype.itemsize]
    if not (found - donor[pair]).norm() <= MISS * difference[pair] + rounding * whole[pair]:
        raise PatchingError(
            f"Model {name!r} cannot be patched: with all that differs from token {tokens[0]} on "
            f"taken from the donor in layer {layer}, it does not end as the donor does. It may "
            "keep more than keys and values of earlier tokens, or exchange its blocks."
        )


def _check_replacement(portion: PatchPortion, name: str) -> None:
    """Refuse a model in which taking a component from another run leaves its block as it was.

    One site of each component is tried, at the token where the runs differ most.
    """
    sites = portion.request.sites
    for component in sorted({site.component for site in sites} - {"residual"}):
        members = [site for site in sites if site.component == component]
        site = members[len(members) // 2]
        most = portion.largest_difference(site)
        taken = Patch(2 * most.pair, 2 * most.pair + 1, site, (most.token,))
        # The same token with its own component stands beside it, rounded alike.
        own, found = portion.states_behind([taken._replace(other=taken.run), taken]).float()
        rounding = 2 * torch.finfo(portion.final.dtype).eps * own.norm()
        if most.share < NOTICEABLE or most.distance < rounding:
            continue
        if (found - own).norm() <= UNNOTICED * most.distance:
            raise PatchingError(
                f"Model {name!r} cannot be patched: what leaves block {site.layer} stays as it is "
                f"if its {component} is taken from another run, in which it differs."
            )


def check_results(portion: PatchPortion, name: str) -> None:
    """Refuse results in which patches had no effect: alike in all layers, or not the other run's.

    Args:
        portion: patched.
        name: of the model.

    Raises:
        PatchingError: if all layers give the same, or if the states of all differing
            tokens before the first block do not give what the other run gives.
    """
    _check_layers(portion, name)
    for index, site in enumerate(portion.request.sites):
        if site == PatchSite("residual", 0):
            _check_tokens(portion, index, name)


def require_finite(portion: PatchPortion, name: str) -> None:
    """Refuse logits that are none.

    Args:
        portion: patched.
        name: of the model.

    Raises:
        NotFiniteError: if a logit is infinite or not a number.
    """
    if not all(np.isfinite(logits).all() for logits in (portion.logits, *portion.patched)):
        raise NotFiniteError(
            f"Model {name!r}: a logit is infinite or not a number. If the model runs in float16, "
            "use bfloat16 or float32."
        )


def _check_layers(portion: PatchPortion, name: str) -> None:
    sites = portion.request.sites
    rows = [index for index, site in enumerate(sites) if site.component == "residual"]
    columns = (
        patched[rows, place][touched[rows, place]]
        for touched, patched in zip(portion.touched, portion.patched, strict=True)
        for place in range(touched.shape[1])
    )
    compared = [column for column in columns if len(column) > 1]
    if compared and all((column == column[0]).all() for column in compared):
        raise PatchingError(
            f"Model {name!r}: patches of the residual give the same in all of {len(rows)} layers, "
            "so they do not reach the model."
        )


def _check_tokens(portion: PatchPortion, index: int, name: str) -> None:
    for number, pair in enumerate(portion.request.pairs):
        for place, position in enumerate(portion.request.positions[number]):
            if not pair.differences or set(pair.differences) - set(expand(position)):
                continue
            for run in portion.request.runs(number):
                own, must = portion.logits[run], portion.logits[run ^ 1]
                _require_close(portion.patched[run][index, place], own, must, portion, name)


def _require_close(
    found: NDArray[np.float64],
    own: NDArray[np.float64],
    must: NDArray[np.float64],
    portion: PatchPortion,
    name: str,
) -> None:
    rounding = ROUNDING[portion.final.dtype.itemsize] * max(1.0, float(np.abs(must).max()))
    if np.abs(found - must).max() > MISS * np.abs(must - own).max() + rounding:
        raise PatchingError(
            f"Model {name!r}: with the states of all differing tokens before the first block, a "
            f"run must give the other's logits {must.tolist()}, but gives {found.tolist()}; by "
            f"itself it gives {own.tolist()}."
        )
