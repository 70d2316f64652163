"""Merging: what models of single locales are worth together, for every locale."""
