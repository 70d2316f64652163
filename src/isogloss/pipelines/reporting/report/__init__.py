"""The report: one page that brings all studies together, made of sections that are data."""
