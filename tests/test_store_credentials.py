from __future__ import annotations

from isogloss.store_credentials import name_credentials


def test_only_what_lies_in_the_store_takes_its_credentials() -> None:
    catalog = {
        "_root": "s3://bucket",
        "a": {"filepath": "s3://bucket/a"},
        "b": {"filepath": "gs://bucket/b"},
        "c": {"filepath": "data/c"},
        "d": {"name": "on a hub"},
        "tiny.lm": {"filepath": "s3://bucket/models"},
    }
    named = name_credentials(catalog, {"s3"})
    assert named == {**catalog, "a": {"filepath": "s3://bucket/a", "credentials": "s3"}}
    assert name_credentials(catalog, {}) == catalog
    assert "credentials" not in catalog["a"]
