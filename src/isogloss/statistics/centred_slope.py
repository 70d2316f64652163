"""A slope within groups, such as languages, over units, such as models, that are in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

CONSTANT = 1e-12
"""A sum of squares up to here is none."""
TOLERANCE = 1e-9


class CentredSlope(NamedTuple):
    """The slope of outcomes on a predictor within groups, linear in the outcomes.

    Attributes:
        slope: NaN where the predictor does not vary within any group.
        weights: float64 [units, groups]; the slope is the sum of weights times outcomes.
    """

    slope: float
    weights: Floats


def slope_within_groups(
    outcomes: ArrayLike, predictor: ArrayLike, covariate: ArrayLike | None = None
) -> CentredSlope:
    """Regress outcomes on a predictor, with an intercept of every group, by least squares.

    b = sum x y / sum x^2 with x the predictor less its mean in the group, and less what the centred
    covariate explains of it (Frisch and Waugh 1933, Econometrica 1, p. 387).

    Args:
        outcomes: [units, groups]; NaN for a unit that a group lacks.
        predictor: [units, groups], likewise.
        covariate: [units, groups], likewise; None for none.
    """
    given = [np.asarray(one, np.float64) for one in (outcomes, predictor)]
    extra = [] if covariate is None else [np.asarray(covariate, np.float64)]
    known = np.asarray(~np.isnan(np.stack([*given, *extra]).sum(axis=0)))
    y, x, *rest = (centre_groups(one, known) for one in (*given, *extra))
    for z in rest:
        size = float(np.square(z).sum())
        if size > CONSTANT:
            x = x - z * float((x * z).sum()) / size
    spread = float(np.square(x).sum())
    if spread <= CONSTANT:
        return CentredSlope(float("nan"), np.full_like(x, np.nan))
    weights = x / spread
    return CentredSlope(float((weights * y).sum()), weights)


def centre_groups(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Take off the mean of each group over its known units; 0 where it is not known."""
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    return np.where(known, filled - mean, 0.0)


def label_orders(n: int) -> Integers:
    """Give all n! orders of n labels in lexicographic order, int [n!, n]."""
    found = np.zeros((1, 0), np.intp)
    for size in range(1, n + 1):
        first = np.repeat(np.arange(size), len(found))[:, None]
        rest = np.tile(found, (size, 1))
        found = np.concatenate([first, rest + (rest >= first)], axis=1)
    return found


def unit_orders(
    units: int,
    exact_up_to: int,
    draws: int,
    generator: np.random.Generator,
    families: ArrayLike | None = None,
) -> Integers:
    """Permute units, all of them or within families; the first order is the one as it is.

    Args:
        units: how many.
        exact_up_to: the most units of which all orders are taken.
        draws: orders to draw otherwise.
        generator: the source of randomness.
        families: [units], labels; units change places within their family only. None for one.

    Returns:
        int [orders, units].
    """
    labels = np.zeros(units, np.intp) if families is None else np.asarray(families)
    members = [np.flatnonzero(labels == label) for label in dict.fromkeys(labels.tolist())]
    if units <= exact_up_to:
        found = np.arange(units)[None]
        for own in members:
            orders = own[label_orders(len(own))]
            found = np.repeat(found, len(orders), axis=0)
            found[:, own] = np.tile(orders, (len(found) // len(orders), 1))
        return found
    drawn = np.tile(np.arange(units), (draws, 1))
    for own in members:
        drawn[:, own] = generator.permuted(drawn[:, own], axis=1)
    return np.concatenate([np.arange(units)[None], drawn])


def permuted_slope_p(
    outcomes: ArrayLike,
    predictor: ArrayLike,
    orders: Integers,
    covariate: ArrayLike | None = None,
) -> float:
    """Test a slope by giving the outcomes of one unit to another, in all groups at once.

    p is the share of orders with at least as large an absolute correlation within groups. With a
    covariate it is the residuals of the outcomes that are permuted and made residuals anew
    (Freedman and Lane 1983, Journal of Business & Economic Statistics 1, p. 292). So what the
    groups have in common stays, and there are no more observations than units.

    Args:
        outcomes: [units, groups], without gaps.
        predictor: [units, groups], without gaps.
        orders: [orders, units] of `unit_orders`.
        covariate: [units, groups], without gaps; None for none.

    Returns:
        NaN where the slope is.
    """
    known = np.ones(np.shape(outcomes), np.bool_)
    weights = slope_within_groups(outcomes, predictor, covariate).weights
    y = centre_groups(np.asarray(outcomes, np.float64), known)
    if np.isnan(weights).any():
        return float("nan")
    if covariate is None:
        # the sum of squares of centred outcomes is the same in every order
        found = np.abs(_crossed(weights, y, orders))
        return float((found >= found[0] - TOLERANCE).mean())
    z = centre_groups(np.asarray(covariate, np.float64), known)
    size = float(np.square(z).sum())
    z = z / np.sqrt(size) if size > CONSTANT else np.zeros_like(z)
    rest = y - z * float((y * z).sum())
    whole = float(np.square(rest).sum())
    left = whole - np.square(_crossed(z, rest, orders))
    found = np.abs(_crossed(weights, rest, orders)) / np.sqrt(np.maximum(left, CONSTANT))
    return float((found >= found[0] - TOLERANCE).mean())


def _crossed(first: Floats, second: Floats, orders: Integers) -> Floats:
    """Sum the products of the first and the permuted second units, float64 [orders]."""
    products = first @ second.T
    return np.asarray(products[np.arange(len(products)), orders].sum(axis=1))
