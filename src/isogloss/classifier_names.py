"""What classifiers of one study are called: by locale, or what stands in its place, and seed."""

from __future__ import annotations

BASE, JOINT = "base", "joint"
"""What classifiers that belong to no locale have in place of one: that from which all of a seed
start, and that which is trained on all locales together."""


def classifier_name(locale: str, seed: int) -> str:
    """Name the classifier of a locale and seed: `de-DE-0`.

    Args:
        locale: or `base`, or `joint`.
        seed: of its training.
    """
    return f"{locale}-{seed}"


def classifier_parts(name: str) -> tuple[str, int]:
    """Give locale and seed of a classifier by its name; the reverse of `classifier_name`."""
    locale, _, seed = name.rpartition("-")
    return locale, int(seed)
