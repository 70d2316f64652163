"""Changing what a model computes on the way, and seeing what comes of it."""
