"""Which entries of the catalog lie in a store whose keys stand in credentials.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.zoo import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def name_credentials(catalog: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Let entries in a store take the credentials that are named after its protocol, as `s3`.

    Args:
        catalog: name of an entry -> its configuration.
        known: names of the credentials that there are.

    Returns:
        The catalog, with `credentials` in entries that lie in such a store and name none.
    """
    named = dict(catalog)
    for key, entry in catalog.items():
        protocol = _protocol(entry)
        if protocol in known and "credentials" not in entry and not key.endswith(SUFFIXES):
            named[key] = {**entry, "credentials": protocol}
    return named


def _protocol(entry: object) -> str:
    """Give the protocol of the address of an entry; empty if it has none."""
    filepath = entry.get("filepath") if isinstance(entry, dict) else None
    return filepath.partition("://")[0] if isinstance(filepath, str) and "://" in filepath else ""
