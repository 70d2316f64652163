"""When two similarities are equal."""

from __future__ import annotations

TIE_TOLERANCE = 4 * 2.0**-23
"""Similarities that differ by no more than this are tied.

Four units in the last place of a single-precision 1. The product of the same two vectors differs in
its last digits with the place in the matrix at which it is computed, and since the terms of the sum
are rounded at the size of the vectors, not of the result, that difference is absolute: up to three
such units were seen between duplicates in spaces of 384 to 8192 dimensions. A tie is a miss for the
strict metrics, half a win for AUC and half a place for ranks.
"""
