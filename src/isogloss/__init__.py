"""Draws the lines of language inside language models."""

__version__ = "0.1.0"
