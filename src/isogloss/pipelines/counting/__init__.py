"""Counting: lists of words with known counts, and whether models can count in them."""
